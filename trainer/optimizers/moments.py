"""The Adam family: the mean of recent gradients, divided by their usual size."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from trainer.optimizers.base import ADVANCED, EPS, LR, Decaying, Optimizer, State, torchs
from trainer.writing import Code

ORDER = 20


class _Moments(Optimizer):
    """Remembers the mean of the gradients and their size."""

    moments = ("mean", "square")

    beta1: float = Field(
        0.9,
        ge=0,
        lt=1,
        description="How long the mean of the gradients remembers.",
        json_schema_extra=ADVANCED,
    )
    beta2: float = Field(
        0.999, ge=0, lt=1, description="How long their usual size remembers.", json_schema_extra=ADVANCED
    )
    eps: float = Field(1e-8, gt=0, le=1, description=EPS, json_schema_extra=ADVANCED)

    same: ClassVar[type[torch.optim.Optimizer]]  # as PyTorch has it

    def code(self, sides: Collection[int]) -> list[Code]:
        chosen: dict[str, Any] = dict(self)
        betas = (chosen.pop("beta1"), chosen.pop("beta2"))
        return [torchs(self.same, **chosen, betas=betas)]


class _Fused(_Moments):
    """One pass over all numbers, in PyTorch's own kernel; a script asks for the same."""

    _update: ClassVar = staticmethod(torch._fused_adam_)

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

    def code(self, sides: Collection[int]) -> list[Code]:
        chosen: dict[str, Any] = dict(self)
        betas = (chosen.pop("beta1"), chosen.pop("beta2"))
        return [torchs(self.same, **chosen, betas=betas, fused=True)]


class Adam(_Fused, Decaying):
    """Adaptive moments: steps of nearly equal size in every direction. Quick and forgiving."""

    kind, label = "adam", "Adam"
    same = torch.optim.Adam

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        self._fused(parameters, gradients, state, lr, self.weight_decay)


class AdamW(_Fused):
    """Adam whose weight decay acts on the weights directly, not through the gradients."""

    kind, label = "adamw", "AdamW"
    same = torch.optim.AdamW

    weight_decay: float = Field(0.01, ge=0, le=1, description="Shrinks the weights themselves at every step.")

    _update: ClassVar = staticmethod(torch._fused_adamw_)

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        self._fused(parameters, gradients, state, lr, self.weight_decay)


class NAdam(_Moments, Decaying):
    """Adam that looks ahead along its momentum, as Nesterov does; that momentum grows on the way."""

    kind, label = "nadam", "NAdam"
    same = torch.optim.NAdam

    lr: float = Field(
        0.002, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )
    momentum_decay: float = Field(
        0.004,
        ge=0,
        le=1,
        description="How quickly the momentum grows to full size.",
        json_schema_extra=ADVANCED,
    )

    def start(self, parameters: Tensor) -> State:
        one = torch.ones((), dtype=torch.float64, device=parameters.device)
        return {**super().start(parameters), "momenta": one}

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        gradients = self.decayed(parameters, gradients)
        # as tensors, so that nothing waits for a GPU; in double precision, as torch.optim has them
        step = state["updates"].add_(1).double()
        momentum, next_momentum = self._momentum(step), self._momentum(step + 1)
        product = state["momenta"].mul_(momentum)
        state["mean"].lerp_(gradients, 1 - self.beta1)
        state["square"].mul_(self.beta2).addcmul_(gradients, gradients, value=1 - self.beta2)
        size = (state["square"] / (1 - self.beta2**step)).sqrt_().add_(self.eps)
        ahead = gradients * (lr * (1 - momentum) / (1 - product))
        ahead += state["mean"] * (lr * next_momentum / (1 - product * next_momentum))
        parameters.addcdiv_(ahead, size, value=-1)

    def _momentum(self, step: Tensor) -> Tensor:
        return self.beta1 * (1 - 0.5 * 0.96 ** (step * self.momentum_decay))


class Adamax(_Moments, Decaying):
    """Adam that divides by the largest recent gradient instead of the usual one: calm where they leap."""

    kind, label = "adamax", "Adamax"
    same = torch.optim.Adamax

    lr: float = Field(
        0.002, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        gradients = self.decayed(parameters, gradients)
        step = state["updates"].add_(1).double()
        state["mean"].lerp_(gradients, 1 - self.beta1)
        largest = state["square"].mul_(self.beta2)
        torch.maximum(largest, gradients.abs().add_(self.eps), out=largest)
        parameters.addcdiv_(state["mean"] * (lr / (1 - self.beta1**step)), largest, value=-1)
