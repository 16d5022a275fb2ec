"""What every loss is: which tasks and which answers it fits, and how it is computed."""

from __future__ import annotations

from functools import cache
from typing import ClassVar, Literal, TypeAlias

import torch
from torch import Tensor

from trainer.entry import Entry, discover
from trainer.problems import Problem
from trainer.reach import Reach
from trainer.writing import Code

Family: TypeAlias = Literal["classes", "two", "numbers", "pictures"]  # of tasks
Targets: TypeAlias = Literal["index", "one_hot", "alike"]  # numbers of classes, or of the answers' own shape

SUREST = 0.99  # what an answer must be able to say of its own certainty


class Loss(Entry):
    """How wrong an answer is, as the mean over a batch."""

    fits: ClassVar[tuple[Family, ...]]
    takes_logits: ClassVar[bool] = False  # what stands before a softmax at the end of the network
    middle: ClassVar[float] = 0.5  # of two classes: from here on the answer is yes
    chance: ClassVar[Literal["itself", "sigmoid"] | None] = (
        "itself"  # what makes a probability of that answer
    )

    def of(self, answers: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of a batch: what the network gives (batch, …), and what would be right.

        `targets` are numbers of classes, int64 (batch,), or floats of the answers' shape: one-hot, or the
        numbers themselves.
        """
        raise NotImplementedError(f"{type(self).__name__} measures nothing")

    def weight(self, targets: Tensor) -> Tensor | int:
        """What a batch counts where the means of several are put together."""
        return len(targets)

    def refusal(self, reach: Reach, answers: int, low: float, high: float) -> str | None:
        """Why it cannot be taken of `answers` numbers of such reach; None where it can.

        `low` and `high` are the ends of what is right.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it takes")

    def misfit(self, answers: int) -> Problem | None:
        """What is wrong with its own fields for so many answers, at their place."""
        return None

    def code(self, targets: Targets) -> Code:
        """How a script makes it: a function of answers and targets, which are given as `targets` says."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is written")


def one_hot(answers: Tensor, targets: Tensor) -> Tensor:
    """Targets in the shape of the answers: 1 for the class that is right, 0 for all others."""
    if targets.dim() == answers.dim():
        return targets
    classes = torch.arange(answers.shape[1], device=answers.device)
    return (targets[:, None] == classes).to(answers.dtype)


def index(answers: Tensor, targets: Tensor) -> Tensor:
    """Targets as numbers of classes."""
    return targets.argmax(1) if targets.dim() == answers.dim() else targets


ONE_HOT = """
def one_hot(answers, labels):
    return nn.functional.one_hot(labels, answers.shape[1]).float()
"""


def of_alike(name: str, targets: Targets) -> Code:
    """A loss of `torch.nn` that takes targets in the shape of the answers, as code."""
    if targets != "index":
        return Code(name)
    return Code(f"lambda answers, labels: {name}(answers, one_hot(answers, labels))", (ONE_HOT,))


@cache
def kinds() -> dict[str, type[Loss]]:
    """Every loss that exists, by kind."""
    import trainer.losses as package

    return discover(package, Loss)
