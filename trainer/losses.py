"""Losses: two answers, the network's and the right one, become one number."""

from __future__ import annotations

import sys
from functools import cache

from torch import Tensor
from torch.nn import functional

from trainer.entry import Entry, discover
from trainer.writing import Code


class Loss(Entry):
    """How wrong an answer is. It takes what the network gives before any softmax, and averages a batch."""

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The mean loss of a batch: logits (batch, classes), labels int64 (batch,)."""
        raise NotImplementedError(f"{type(self).__name__} measures nothing")

    def code(self) -> Code:
        """How a script makes it: a function of logits and labels."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is written")


class CrossEntropy(Loss):
    """How surprised the network is by the right answer: 0 when certain and right, ln 10 when guessing."""

    kind, label = "cross_entropy", "Cross-entropy"

    def of(self, logits: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(logits, labels)

    def code(self) -> Code:
        return Code("nn.CrossEntropyLoss()")


@cache
def kinds() -> dict[str, type[Loss]]:
    """Every loss that exists, by kind."""
    return discover(sys.modules[__name__], Loss)
