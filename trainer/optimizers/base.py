"""What every optimizer is: a rate, what it remembers, and what a step makes of the gradients.

A network's parameters lie in one flat tensor (see `trainer.step`), so an optimizer is arithmetic on
whole tensors: the same numbers as `torch.optim` gives for each parameter apart, in one pass.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import ClassVar, TypeAlias

import torch
from pydantic import Field
from pydantic.config import JsonDict
from torch import Tensor

from trainer.entry import Entry, discover
from trainer.problems import reading
from trainer.writing import Code, Raw, call

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
    goes: ClassVar[str] = "optimizer.step()"  # how a script lets it take its step
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

    def code(self, sides: Collection[int]) -> list[Code]:
        """How a script makes it for `network`: one optimizer of PyTorch's, or several.

        `sides` are the numbers of dimensions that its parameters have.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it is written")

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


EVERYTHING = Raw("network.parameters()")


def torchs(kind: type[torch.optim.Optimizer], parameters: Raw = EVERYTHING, **chosen: object) -> Code:
    """How one of PyTorch's optimizers is written: its rate, and what is not its default."""
    lr = Raw(f"lr={chosen.pop('lr')}")
    return Code(call(f"torch.optim.{kind.__name__}", kind, parameters, lr, **chosen))


@cache
def kinds() -> dict[str, type[Optimizer]]:
    """Every optimizer that exists, by kind, in the order of the form."""
    import trainer.optimizers as package

    return discover(package, Optimizer)
