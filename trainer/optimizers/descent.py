"""Descent: a step against the gradient, plain or with momentum."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import torch
from pydantic import Field, model_validator
from torch import Tensor

from trainer.optimizers.base import ADVANCED, LR, Decaying, State, torchs
from trainer.problems import Problem
from trainer.writing import Code

ORDER = 10


class SGD(Decaying):
    """Stochastic gradient descent: a step against the gradient. Robust; momentum lets it roll on."""

    kind, label = "sgd", "SGD"

    lr: float = Field(
        0.01, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )
    momentum: float = Field(0.0, ge=0, lt=1, description="How much of the last step is kept.")
    nesterov: bool = Field(
        False, description="Looks ahead along the momentum; needs one.", json_schema_extra=ADVANCED
    )

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> SGD:
        if self.nesterov and self.momentum == 0:
            raise Problem("Nesterov looks ahead along a momentum: set one above 0, like 0.9.", ("momentum",))
        return self

    def remembered(self) -> Iterable[str]:
        return ("momentum",) if self.momentum else ()

    def code(self, sides: Collection[int]) -> list[Code]:
        return [torchs(torch.optim.SGD, **dict(self))]

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
