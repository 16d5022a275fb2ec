"""Adaptive rates: every number has a step of its own, by the size of its gradients so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import torch
from pydantic import Field
from torch import Tensor

from trainer.optimizers.base import ADVANCED, EPS, LR, Decaying, State, torchs
from trainer.writing import Code

ORDER = 30


class RMSprop(Decaying):
    """Divides every step by the recent size of its gradients, which is forgotten little by little."""

    kind, label = "rmsprop", "RMSprop"

    alpha: float = Field(
        0.99,
        ge=0,
        lt=1,
        description="How long the size of the gradients is remembered.",
        json_schema_extra=ADVANCED,
    )
    eps: float = Field(1e-8, gt=0, le=1, description=EPS, json_schema_extra=ADVANCED)
    momentum: float = Field(0.0, ge=0, lt=1, description="How much of the last step is kept.")

    def remembered(self) -> Iterable[str]:
        return ("square", "momentum") if self.momentum else ("square",)

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        gradients = self.decayed(parameters, gradients)
        state["square"].mul_(self.alpha).addcmul_(gradients, gradients, value=1 - self.alpha)
        size = state["square"].sqrt().add_(self.eps)
        if self.momentum:
            state["momentum"].mul_(self.momentum).addcdiv_(gradients, size)
            parameters.add_(state["momentum"], alpha=-lr)
        else:
            parameters.addcdiv_(gradients, size, value=-lr)

    def code(self, sides: Collection[int]) -> list[Code]:
        return [torchs(torch.optim.RMSprop, **dict(self))]


class Adagrad(Decaying):
    """Divides every step by the size of all its gradients so far: steps only ever get smaller."""

    kind, label = "adagrad", "Adagrad"
    moments = ("squares",)

    lr: float = Field(
        0.01, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )
    lr_decay: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Makes the rate smaller with every step besides.",
        json_schema_extra=ADVANCED,
    )
    eps: float = Field(1e-10, gt=0, le=1, description=EPS, json_schema_extra=ADVANCED)

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        gradients = self.decayed(parameters, gradients)
        steps = state["updates"].add_(1)
        state["squares"].addcmul_(gradients, gradients)
        size = state["squares"].sqrt().add_(self.eps)
        if self.lr_decay:
            size *= 1 + (steps.double() - 1) * self.lr_decay
        parameters.addcdiv_(gradients, size, value=-lr)

    def code(self, sides: Collection[int]) -> list[Code]:
        return [torchs(torch.optim.Adagrad, **dict(self))]


class Adadelta(Decaying):
    """Measures its steps by the size of earlier ones, so that a rate of 1 fits: it needs no tuning."""

    kind, label = "adadelta", "Adadelta"
    moments = ("square", "steps")

    lr: float = Field(
        1.0, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )
    rho: float = Field(
        0.9,
        ge=0,
        lt=1,
        description="How long sizes of gradients and steps are remembered.",
        json_schema_extra=ADVANCED,
    )
    eps: float = Field(
        1e-6, gt=0, le=1, description="Lets the first steps begin.", json_schema_extra=ADVANCED
    )

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        gradients = self.decayed(parameters, gradients)
        state["square"].mul_(self.rho).addcmul_(gradients, gradients, value=1 - self.rho)
        step = state["steps"].add(self.eps).sqrt_()
        step.div_(state["square"].add(self.eps).sqrt_()).mul_(gradients)
        state["steps"].mul_(self.rho).addcmul_(step, step, value=1 - self.rho)
        parameters.add_(step, alpha=-lr)

    def code(self, sides: Collection[int]) -> list[Code]:
        return [torchs(torch.optim.Adadelta, **dict(self))]
