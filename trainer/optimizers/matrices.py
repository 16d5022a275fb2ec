"""Optimizers that look at a matrix of weights as a whole."""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
from pydantic import Field
from torch import Tensor

from trainer.optimizers.base import ADVANCED, LR, Optimizer, State, torchs
from trainer.writing import Code, Raw

ORDER = 40
_ITERATION = (3.4445, -4.775, 2.0315)  # a quintic that drives every singular value towards 1
_ROUNDS = 5
_EPS = 1e-7
_BETAS, _SMALL = (0.9, 0.95), 1e-8  # of the AdamW for what is no matrix


class Muon(Optimizer):
    """Momentum made orthogonal: a matrix turns in all its directions alike. What is no matrix gets AdamW."""

    kind, label = "muon", "Muon"
    apart = True

    lr: float = Field(
        0.02, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )
    momentum: float = Field(0.95, ge=0, lt=1, description="How long the mean of the gradients remembers.")
    nesterov: bool = Field(True, description="Looks ahead along the momentum.", json_schema_extra=ADVANCED)
    weight_decay: float = Field(0.0, ge=0, le=1, description="Shrinks the weights themselves at every step.")
    others: float = Field(
        0.05,
        gt=0,
        le=10,
        description="Rate for biases and convolutions, as a part of the learning rate.",
        json_schema_extra=ADVANCED,
    )

    def start(self, parameters: Tensor) -> State:
        names = ("momentum",) if parameters.ndim == 2 else ("mean", "square")
        state = {name: torch.zeros_like(parameters) for name in names}
        return {**state, "updates": torch.zeros((), dtype=torch.float32, device=parameters.device)}

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        if parameters.ndim == 2:
            self._turn(parameters, gradients, state, lr)
        else:
            self._adapt(parameters, gradients, state, lr * self.others)

    def code(self, sides: Collection[int]) -> list[Code]:
        chosen = {name: value for name, value in self if name != "others"}
        others = {"lr": self.lr * self.others, "betas": _BETAS, "weight_decay": self.weight_decay}
        both = [
            (2 in sides, torch.optim.Muon, "==", chosen),
            (any(side != 2 for side in sides), torch.optim.AdamW, "!=", others),
        ]
        return [
            torchs(kind, Raw(f"[w for w in network.parameters() if w.dim() {which} 2]"), **given)
            for has, kind, which, given in both
            if has
        ]

    def _turn(self, matrix: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        mean = state["momentum"].lerp_(gradients, 1 - self.momentum)
        ahead = gradients.lerp(mean, self.momentum) if self.nesterov else mean
        rows, columns = matrix.shape
        matrix.mul_(1 - lr * self.weight_decay)
        matrix.add_(_orthogonal(ahead), alpha=-lr * math.sqrt(max(1, rows / columns)))

    def _adapt(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        torch._fused_adamw_(
            [parameters],
            [gradients],
            [state["mean"]],
            [state["square"]],
            [],
            [state["updates"].add_(1)],
            lr=lr,
            beta1=_BETAS[0],
            beta2=_BETAS[1],
            weight_decay=self.weight_decay,
            eps=_SMALL,
            amsgrad=False,
            maximize=False,
        )


def _orthogonal(matrix: Tensor) -> Tensor:
    """Nearly the matrix with its directions and all singular values 1, by Newton and Schulz, in bfloat16."""
    a, b, c = _ITERATION
    wide = matrix.bfloat16()
    if matrix.shape[0] > matrix.shape[1]:
        wide = wide.T
    wide = wide / wide.norm().clamp(min=_EPS)
    for _ in range(_ROUNDS):
        square = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(square, square, square, beta=b, alpha=c), wide, beta=a)
    return wide.T if matrix.shape[0] > matrix.shape[1] else wide
