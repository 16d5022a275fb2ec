"""Optimizers: what a step makes of the gradients.

A network's parameters lie in one flat tensor (see `trainer.step`), so an optimizer is arithmetic on
whole tensors: the same numbers as `torch.optim` gives for each parameter apart, in one pass.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from typing import ClassVar, TypeAlias

import torch
from pydantic import Field, model_validator
from torch import Tensor

from trainer.entry import Entry, discover
from trainer.problems import Problem, reading

State: TypeAlias = dict[str, Tensor]

LR = "How far a step goes. Too small takes for ever, too large swings wildly."
WEIGHT_DECAY = "Pulls weights towards zero at every step."


class Optimizer(Entry):
    """How parameters follow their gradients. `lr` is the rate at the start; it may change on the way."""

    lr: float = Field(
        0.001, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )

    moments: ClassVar[tuple[str, ...]] = ()  # what is remembered: one number per parameter each

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


class SGD(Optimizer):
    """Stochastic gradient descent: a step against the gradient. Robust; momentum lets it roll on."""

    kind, label = "sgd", "SGD"

    lr: float = Field(
        0.01, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )
    momentum: float = Field(0.0, ge=0, lt=1, description="How much of the last step is kept.")
    nesterov: bool = Field(False, description="Looks ahead along the momentum; needs one.")
    weight_decay: float = Field(0.0, ge=0, le=1, description=WEIGHT_DECAY)

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> SGD:
        if self.nesterov and self.momentum == 0:
            raise Problem("Nesterov looks ahead along a momentum: set one above 0, like 0.9.", ("momentum",))
        return self

    def remembered(self) -> Iterable[str]:
        return ("momentum",) if self.momentum else ()

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        torch._fused_sgd_(
            [parameters],
            [gradients],
            [state["momentum"]] if self.momentum else [],
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            lr=lr,
            dampening=0.0,
            nesterov=self.nesterov,
            maximize=False,
            is_first_step=False,  # with a momentum of zeros the first step is the same
        )


class _AdamFamily(Optimizer):
    """Steps as large as the mean of recent gradients, divided by their usual size."""

    moments = ("mean", "square")

    beta1: float = Field(0.9, ge=0, lt=1, description="How long the mean of the gradients remembers.")
    beta2: float = Field(0.999, ge=0, lt=1, description="How long their usual size remembers.")
    eps: float = Field(1e-8, gt=0, le=1, description="Keeps a division by nearly nothing in bounds.")

    def _fused(self, parameters: Tensor, gradients: Tensor, state: State, lr: float, decay: float) -> None:
        state["updates"].add_(1)
        self._update(
            [parameters],
            [gradients],
            [state["mean"]],
            [state["square"]],
            [],
            [state["updates"]],
            lr=lr,  # type: ignore[arg-type]  # its stub knows one of two forms
            beta1=self.beta1,
            beta2=self.beta2,
            weight_decay=decay,
            eps=self.eps,
            amsgrad=False,
            maximize=False,
        )

    _update: ClassVar = staticmethod(torch._fused_adam_)


class Adam(_AdamFamily):
    """Adaptive moments: steps of nearly equal size in every direction. Quick and forgiving."""

    kind, label = "adam", "Adam"

    weight_decay: float = Field(0.0, ge=0, le=1, description=WEIGHT_DECAY)

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        self._fused(parameters, gradients, state, lr, self.weight_decay)


class AdamW(_AdamFamily):
    """Adam whose weight decay acts on the weights directly, not through the gradients."""

    kind, label = "adamw", "AdamW"

    weight_decay: float = Field(0.01, ge=0, le=1, description=WEIGHT_DECAY)

    _update: ClassVar = staticmethod(torch._fused_adamw_)

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        self._fused(parameters, gradients, state, lr, self.weight_decay)


class RMSprop(Optimizer):
    """Divides every step by the recent size of its gradients, which is forgotten little by little."""

    kind, label = "rmsprop", "RMSprop"

    alpha: float = Field(0.99, ge=0, lt=1, description="How long the size of the gradients is remembered.")
    eps: float = Field(1e-8, gt=0, le=1, description="Keeps a division by nearly nothing in bounds.")
    momentum: float = Field(0.0, ge=0, lt=1, description="How much of the last step is kept.")
    weight_decay: float = Field(0.0, ge=0, le=1, description=WEIGHT_DECAY)

    def remembered(self) -> Iterable[str]:
        return ("square", "momentum") if self.momentum else ("square",)

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        if self.weight_decay:
            gradients = gradients.add(parameters, alpha=self.weight_decay)
        state["square"].mul_(self.alpha).addcmul_(gradients, gradients, value=1 - self.alpha)
        size = state["square"].sqrt().add_(self.eps)
        if self.momentum:
            state["momentum"].mul_(self.momentum).addcdiv_(gradients, size)
            parameters.add_(state["momentum"], alpha=-lr)
        else:
            parameters.addcdiv_(gradients, size, value=-lr)


@cache
def kinds() -> dict[str, type[Optimizer]]:
    """Every optimizer that exists, by kind."""
    return discover(sys.modules[__name__], Optimizer)
