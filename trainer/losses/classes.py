"""Losses for many classes, of which one is right."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from trainer.losses.base import SUREST, Family, Loss, Targets, index, one_hot
from trainer.problems import Problem
from trainer.reach import Reach
from trainer.writing import Code, call

ORDER = 10


class OfClasses(Loss):
    """A loss for classes alone."""

    fits: ClassVar[tuple[Family, ...]] = ("classes",)


class CrossEntropy(OfClasses):
    """How surprised the network is by the right answer: 0 when certain and right, ln 10 when guessing."""

    kind, label = "cross_entropy", "Cross-entropy"
    takes_logits = True

    label_smoothing: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="Share of certainty that is spread over all classes, so that none is ever wholly sure.",
        json_schema_extra={"advanced": True},
    )
    class_weights: tuple[float, ...] | None = Field(
        None,
        max_length=1_000,
        description="How much each class counts, like 1, 1, 5; empty: all alike.",
        json_schema_extra={"advanced": True},
    )

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        weight = _weights(self.class_weights, answers.device) if self.class_weights else None
        if weight is None or targets.dim() == 1:
            return functional.cross_entropy(answers, targets, weight, label_smoothing=self.label_smoothing)
        whole = functional.cross_entropy(
            answers, targets, weight, label_smoothing=self.label_smoothing, reduction="sum"
        )
        return whole / (targets @ weight).sum()

    def weight(self, targets: Tensor) -> Tensor | int:
        if not self.class_weights:
            return len(targets)
        weights = _weights(self.class_weights, targets.device)
        return (weights[targets] if targets.dim() == 1 else targets @ weights).sum()

    def refusal(self, reach: Reach, answers: int, low: float, high: float) -> str | None:
        surest = 1 / (1 + (answers - 1) * math.exp(reach.low - reach.high))
        if reach.what == "log_probabilities" or (surest >= SUREST and reach.what == "numbers"):
            return None
        return f"with {reach.described()} the surest answer is {surest:.0%}; it takes numbers that may grow"

    def misfit(self, answers: int) -> Problem | None:
        given = self.class_weights
        if given is None:
            return None
        if len(given) != answers:
            message = f"There are {answers} classes, but {len(given)} weights of classes."
            return Problem(message, ("class_weights",))
        if not all(0 <= weight <= 1_000 for weight in given) or not any(given):
            return Problem("Weights of classes are from 0 to 1,000, and not all are 0.", ("class_weights",))
        return None

    def code(self, targets: Targets) -> Code:
        more = {"label_smoothing": self.label_smoothing} if self.label_smoothing else {}
        if not self.class_weights:
            return Code(call("nn.CrossEntropyLoss", torch.nn.CrossEntropyLoss, **more))
        weights = ", ".join(f"{weight:g}" for weight in self.class_weights)
        if targets == "index":
            told = "".join(f", {name}={value}" for name, value in more.items())
            return Code(f"nn.CrossEntropyLoss(torch.tensor([{weights}]){told})")
        above = _WEIGHED.format(weights=weights, smoothing=self.label_smoothing)
        return Code("weighed_cross_entropy", (above,))


_WEIGHED = """
def weighed_cross_entropy(answers, targets):
    weight = torch.tensor([{weights}])
    loss_of = nn.CrossEntropyLoss(weight, label_smoothing={smoothing}, reduction="sum")
    return loss_of(answers, targets) / (targets @ weight).sum()
"""


@lru_cache(maxsize=64)
def _weights(given: tuple[float, ...], device: torch.device) -> Tensor:
    return torch.tensor(given, device=device)


class OfLogProbabilities(OfClasses):
    """A loss that takes the logarithms of probabilities."""

    def refusal(self, reach: Reach, answers: int, low: float, high: float) -> str | None:
        if reach.what == "log_probabilities":
            return None
        return f"it takes logarithms of probabilities, not {reach.described()}"


class NLL(OfLogProbabilities):
    """Minus the logarithm of the probability of the right answer. With log-softmax: cross-entropy."""

    kind, label = "nll", "Negative log-likelihood"

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        if targets.dim() == 1:
            return functional.nll_loss(answers, targets)
        return -(targets * answers).sum(1).mean()

    def code(self, targets: Targets) -> Code:
        if targets == "index":
            return Code("nn.NLLLoss()")
        return Code("lambda answers, targets: -(targets * answers).sum(1).mean()")


class KLDivergence(OfLogProbabilities):
    """How much is lost when the network's distribution stands for the right one, in nats."""

    kind, label = "kl_div", "Kullback-Leibler divergence"

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        return functional.kl_div(answers, one_hot(answers, targets), reduction="batchmean")

    def code(self, targets: Targets) -> Code:
        if targets == "one_hot":
            return Code('nn.KLDivLoss(reduction="batchmean")')
        right = "nn.functional.one_hot(labels, answers.shape[1]).float()"
        divergence = f'nn.functional.kl_div(answers, {right}, reduction="batchmean")'
        return Code("divergence", (f"def divergence(answers, labels):\n    return {divergence}",))


class MultiMargin(OfClasses):
    """The hinge for many classes: the right one must lead every other by a margin; more is not asked."""

    kind, label = "multi_margin", "Multi-class hinge"
    takes_logits = True

    margin: float = Field(1.0, gt=0, le=100, description="By how much the right class must lead.")
    p: Literal[1, 2] = Field(1, description="2: what is missing is squared.")

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        loss = functional.multi_margin_loss(answers, index(answers, targets), p=self.p, margin=self.margin)
        return loss + 0 * answers.mean()  # PyTorch's own calls what is no number right

    def refusal(self, reach: Reach, answers: int, low: float, high: float) -> str | None:
        if reach.what in ("numbers", "log_probabilities") and reach.high - reach.low > self.margin:
            return None
        return f"the right class must lead by {self.margin:g}, which {reach.described()} never do"

    def code(self, targets: Targets) -> Code:
        made = call("nn.MultiMarginLoss", torch.nn.MultiMarginLoss, p=self.p, margin=self.margin)
        if targets == "index":
            return Code(made)
        return Code(f"lambda answers, targets: {made}(answers, targets.argmax(1))")
