"""What every optimizer is: a rate, what it remembers, and what a step makes of the gradients.

A network's parameters lie in one flat tensor (see `trainer.step`), so an optimizer is arithmetic on
whole tensors: the same numbers as `torch.optim` gives for each parameter apart, in one pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import ClassVar, TypeAlias

import torch
from pydantic import Field
from pydantic.config import JsonDict
from torch import Tensor

from trainer.entry import Entry, discover
from trainer.problems import reading

State: TypeAlias = dict[str, Tensor]

LR = "How far a step goes. Too small takes for ever, too large swings wildly."
EPS = "Keeps a division by nearly nothing in bounds."
ADVANCED: JsonDict = {"advanced": True}  # a form folds these: one rarely needs them


class Optimizer(Entry):
    """How parameters follow their gradients. `lr` is the rate at the start; it may change on the way."""

    lr: float = Field(
        0.001, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )

    moments: ClassVar[tuple[str, ...]] = ()  # what is remembered: one number per parameter each
    apart: ClassVar[bool] = False  # called for each parameter apart, in its own shape, not for all as a row

    def remembered(self) -> Iterable[str]:
        """Which moments these parameters call for."""
        return self.moments

    def start(self, parameters: Tensor) -> State:
        """The state before the first step: zeros as large as `parameters`, and the count of updates."""
        state = {name: torch.zeros_like(parameters) for name in self.remembered()}
        return {**state, "updates": torch.zeros((), dtype=torch.float32, device=parameters.device)}

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        """One step, in place."""
        raise NotImplementedError(f"{type(self).__name__} updates nothing")

    def with_lr(self, lr: object) -> Optimizer:
        """The same with another rate; a Problem where it is out of range."""
        with reading("optimizer"):
            return type(self).model_validate({**dict(self), "lr": lr})


class Decaying(Optimizer):
    """An optimizer with a weight decay that acts through the gradients, as an L2 penalty does."""

    weight_decay: float = Field(0.0, ge=0, le=1, description="Pulls weights towards zero at every step.")

    def decayed(self, parameters: Tensor, gradients: Tensor) -> Tensor:
        """The gradients with that pull."""
        return gradients.add(parameters, alpha=self.weight_decay) if self.weight_decay else gradients


@cache
def kinds() -> dict[str, type[Optimizer]]:
    """Every optimizer that exists, by kind, in the order of the form."""
    import trainer.optimizers as package

    return discover(package, Optimizer)
