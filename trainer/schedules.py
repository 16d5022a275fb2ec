"""Schedules: how the learning rate moves while a network trains.

A schedule is a pure function of where the training is, so a training that goes on has the same rates. It
gives a factor above 0; the rate of a step is the learning rate times it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

from pydantic import Field

from trainer.entry import Entry, discover


@dataclass(frozen=True)
class Moment:
    """Where a training is. `losses` are those of the validations so far, one an epoch, the oldest first."""

    step: int  # batches done
    steps: int  # batches of the whole training
    per_epoch: int  # batches of an epoch
    losses: Sequence[float] = ()

    @property
    def epochs(self) -> int:
        """Whole epochs done."""
        return self.step // self.per_epoch


class Schedule(Entry):
    """How the learning rate moves."""

    each_step: ClassVar[bool] = False  # moves with every batch, not only from epoch to epoch

    def factor(self, at: Moment) -> float:
        """What the learning rate is multiplied with for the batch that comes next; above 0."""
        raise NotImplementedError(f"{type(self).__name__} schedules nothing")


class Constant(Schedule):
    """The learning rate stays as it is."""

    kind, label = "constant", "Constant"

    def factor(self, at: Moment) -> float:
        return 1.0


class Stepwise(Schedule):
    """The learning rate drops at once, after every so many epochs."""

    kind, label = "step", "Step"

    every: int = Field(3, ge=1, le=1_000, description="Epochs between two drops.")
    gamma: float = Field(0.1, gt=0, le=1, description="What the rate is multiplied with at a drop.")

    def factor(self, at: Moment) -> float:
        return self.gamma ** (at.epochs // self.every)


class Exponential(Schedule):
    """The learning rate shrinks by the same share after every epoch."""

    kind, label = "exponential", "Exponential"

    gamma: float = Field(0.9, gt=0, le=1, description="What the rate is multiplied with after every epoch.")

    def factor(self, at: Moment) -> float:
        return self.gamma**at.epochs


class Cosine(Schedule):
    """The learning rate glides down along half a wave, to its end at the last step."""

    kind, label = "cosine", "Cosine"
    each_step = True

    floor: float = Field(0.01, gt=0, le=1, description="What is left at the end, as a share of the rate.")

    def factor(self, at: Moment) -> float:
        return _glide(1.0, self.floor, at.step / at.steps)


class OneCycle(Schedule):
    """Up to the learning rate and far down again: large steps in the middle, fine ones at the end."""

    kind, label = "one_cycle", "One cycle"
    each_step = True

    share: float = Field(0.3, gt=0, lt=1, description="Share of the training on the way up.")
    start: float = Field(0.04, gt=0, le=1, description="Where it begins, as a share of the rate.")
    end: float = Field(0.000_004, gt=0, le=1, description="Where it ends, as a share of the rate.")

    def factor(self, at: Moment) -> float:
        top = self.share * at.steps - 1
        if at.step <= top:
            return _glide(self.start, 1.0, at.step / top)
        return _glide(1.0, self.end, (at.step - max(top, 0)) / max(1, at.steps - 1 - max(top, 0)))


class WarmUp(Schedule):
    """The learning rate rises from nearly nothing, so that the first steps do no harm."""

    kind, label = "warmup", "Warm-up"
    each_step = True

    epochs: float = Field(1.0, gt=0, le=100, description="Epochs of rising; a part of one is fine.")
    then: Literal["constant", "cosine"] = Field("constant", description="How it goes on afterwards.")

    def factor(self, at: Moment) -> float:
        rising = max(1, round(self.epochs * at.per_epoch))
        if at.step < rising:
            return (at.step + 1) / rising
        if self.then == "constant":
            return 1.0
        return _glide(1.0, 0.01, (at.step - rising) / max(1, at.steps - rising))


class Plateau(Schedule):
    """The learning rate drops when the validation loss has not improved for some epochs."""

    kind, label = "plateau", "On plateau"

    patience: int = Field(3, ge=1, le=100, description="Epochs without a better loss before a drop.")
    gamma: float = Field(0.1, gt=0, lt=1, description="What the rate is multiplied with at a drop.")
    min_delta: float = Field(0.0001, ge=0, le=1, description="Share by which a loss must be lower.")

    def factor(self, at: Moment) -> float:
        best, waited, drops = math.inf, 0, 0
        for loss in at.losses:
            if loss < best * (1 - self.min_delta):
                best, waited = loss, 0
                continue
            waited += 1
            if waited == self.patience:
                drops, waited = drops + 1, 0
        return max(self.gamma**drops, sys.float_info.min)


def _glide(begin: float, end: float, share: float) -> float:
    """From `begin` to `end` along half a cosine wave; 0 ≤ share ≤ 1."""
    return end + (begin - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2


@cache
def kinds() -> dict[str, type[Schedule]]:
    """Every schedule that exists, by kind."""
    return discover(sys.modules[__name__], Schedule)
