"""Losses for numbers: how far off an answer is."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from trainer.losses.base import ONE_HOT, Family, Loss, Targets, of_alike, one_hot
from trainer.reach import Reach
from trainer.writing import Code, call

ORDER = 30


class OfNumbers(Loss):
    """A loss of the differences between what was given and what is right."""

    fits: ClassVar[tuple[Family, ...]] = ("numbers", "pictures", "two", "classes")

    def refusal(self, reach: Reach, answers: int, low: float, high: float) -> str | None:
        if reach.what == "probabilities" and answers == 1:
            return "the softmax of one number alone is always 1"
        if reach.covers(low, high):
            return None
        return f"what is right goes from {_short(low)} to {_short(high)}, but there are {reach.described()}"


def _short(number: float) -> str:
    return f"{number:.3g}".replace("-", "−")


class MSE(OfNumbers):
    """The mean of the squared differences: large mistakes weigh most."""

    kind, label = "mse", "Mean squared error"

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        return functional.mse_loss(answers, one_hot(answers, targets))

    def code(self, targets: Targets) -> Code:
        return of_alike("nn.functional.mse_loss" if targets == "index" else "nn.MSELoss()", targets)


class L1(OfNumbers):
    """The mean of the differences without their signs: each mistake weighs as much as it is large."""

    kind, label = "l1", "Mean absolute error"

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        return functional.l1_loss(answers, one_hot(answers, targets))

    def code(self, targets: Targets) -> Code:
        return of_alike("nn.functional.l1_loss" if targets == "index" else "nn.L1Loss()", targets)


class Huber(OfNumbers):
    """Squared where the difference is small, straight where it is large: calm at both ends."""

    kind, label = "huber", "Huber"

    delta: float = Field(1.0, gt=0, le=100, description="From which difference on it is straight.")

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        return functional.huber_loss(answers, one_hot(answers, targets), delta=self.delta)

    def code(self, targets: Targets) -> Code:
        made = call("nn.HuberLoss", torch.nn.HuberLoss, delta=self.delta)
        return of_alike(made, targets)


class SumOfSquares(OfNumbers):
    """The squared differences of all outputs of an example added up; the cost that textbooks begin with."""

    kind, label = "sum_of_squares", "Sum of squares"

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        return (answers - one_hot(answers, targets)).square().flatten(1).sum(1).mean()

    def code(self, targets: Targets) -> Code:
        right = "one_hot(answers, targets)" if targets == "index" else "targets"
        expression = f"lambda answers, targets: (answers - {right}).square().flatten(1).sum(1).mean()"
        return Code(expression, (ONE_HOT,) if targets == "index" else ())
