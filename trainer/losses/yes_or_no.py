"""Losses for answers that are yes or no: one of two classes, each of many, or each pixel."""

from __future__ import annotations

import math
from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from trainer.losses.base import SUREST, Family, Loss, Targets, of_alike, one_hot
from trainer.reach import Reach
from trainer.writing import Code

ORDER = 20


class BCE(Loss):
    """Binary cross-entropy of probabilities: how surprised the network is by a yes or a no."""

    kind, label = "bce", "Binary cross-entropy"
    fits: ClassVar[tuple[Family, ...]] = ("two", "classes", "pictures")

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        # PyTorch's own refuses what is no number; a training that diverges is to say so instead
        probabilities = answers.nan_to_num(SUREST)
        return functional.binary_cross_entropy(probabilities, one_hot(answers, targets)) + 0 * answers.mean()

    def refusal(self, reach: Reach, answers: int, low: float, high: float) -> str | None:
        is_constant = reach.what == "probabilities" and answers == 1
        if reach.what in ("numbers", "probabilities") and reach.low >= 0 and reach.high <= 1:
            return "the softmax of one number alone is always 1" if is_constant else None
        return f"it takes probabilities from 0 to 1, not {reach.described()}"

    def code(self, targets: Targets) -> Code:
        name = "nn.functional.binary_cross_entropy" if targets == "index" else "nn.BCELoss()"
        return of_alike(name, targets)


class BCEWithLogits(Loss):
    """Binary cross-entropy of any numbers: it takes their sigmoid itself, exactly also far from zero."""

    kind, label = "bce_with_logits", "Binary cross-entropy with logits"
    fits: ClassVar[tuple[Family, ...]] = ("two", "classes", "pictures")
    middle, chance = 0.0, "sigmoid"

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        # PyTorch's own gives other last bits when it is played back; this is as exact, far from zero too
        right = one_hot(answers, targets)
        return (right * functional.softplus(-answers) + (1 - right) * functional.softplus(answers)).mean()

    def refusal(self, reach: Reach, answers: int, low: float, high: float) -> str | None:
        surest = min(_sigmoid(reach.high), 1 - _sigmoid(reach.low))
        if reach.what == "numbers" and surest >= SUREST:
            return None
        return f"it takes the sigmoid itself, of any number, not of {reach.described()}"

    def code(self, targets: Targets) -> Code:
        name = (
            "nn.functional.binary_cross_entropy_with_logits"
            if targets == "index"
            else "nn.BCEWithLogitsLoss()"
        )
        return of_alike(name, targets)


def _sigmoid(number: float) -> float:
    return 1 / (1 + math.exp(-number)) if number > -700 else 0.0


class Hinge(Loss):
    """Yes is to be above 1, no below −1; what is beyond counts no more. The loss of support vectors."""

    kind, label = "hinge", "Hinge"
    fits: ClassVar[tuple[Family, ...]] = ("two",)
    middle, chance = 0.0, None

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        return (1 - (2 * one_hot(answers, targets) - 1) * answers).clamp(min=0).mean()

    def refusal(self, reach: Reach, answers: int, low: float, high: float) -> str | None:
        if reach.what == "numbers" and reach.covers(-1, 1):
            return None
        return f"it asks for numbers above 1 and below −1, not for {reach.described()}"

    def code(self, targets: Targets) -> Code:
        return Code("lambda answers, targets: (1 - (2 * targets - 1) * answers).clamp(min=0).mean()")
