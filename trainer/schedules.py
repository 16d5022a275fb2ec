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
from torch.optim import lr_scheduler

from trainer.entry import Entry, discover
from trainer.writing import Code, Raw, call


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
    needs: ClassVar[str] = ""  # what a script tells it when it moves on

    def factor(self, at: Moment) -> float:
        """What the learning rate is multiplied with for the batch that comes next; above 0."""
        raise NotImplementedError(f"{type(self).__name__} schedules nothing")

    def code(self, lr: float | None, steps: int, per_epoch: int) -> Code | None:
        """How a script makes it for `optimizer`; None where nothing moves.

        `lr` is the learning rate, None where several optimizers have rates of their own; `steps` are all
        batches of the training, `per_epoch` those of an epoch.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it is written")


class Constant(Schedule):
    """The learning rate stays as it is."""

    kind, label = "constant", "Constant"

    def factor(self, at: Moment) -> float:
        return 1.0

    def code(self, lr: float | None, steps: int, per_epoch: int) -> None:
        return None


class Stepwise(Schedule):
    """The learning rate drops at once, after every so many epochs."""

    kind, label = "step", "Step"

    every: int = Field(3, ge=1, le=1_000, description="Epochs between two drops.")
    gamma: float = Field(0.1, gt=0, le=1, description="What the rate is multiplied with at a drop.")

    def factor(self, at: Moment) -> float:
        return self.gamma ** (at.epochs // self.every)

    def code(self, lr: float | None, steps: int, per_epoch: int) -> Code:
        return _scheduler(lr_scheduler.StepLR, step_size=self.every, gamma=self.gamma)


class Exponential(Schedule):
    """The learning rate shrinks by the same share after every epoch."""

    kind, label = "exponential", "Exponential"

    gamma: float = Field(0.9, gt=0, le=1, description="What the rate is multiplied with after every epoch.")

    def factor(self, at: Moment) -> float:
        return self.gamma**at.epochs

    def code(self, lr: float | None, steps: int, per_epoch: int) -> Code:
        return _scheduler(lr_scheduler.ExponentialLR, gamma=self.gamma)


class Cosine(Schedule):
    """The learning rate glides down along half a wave, to its end at the last step."""

    kind, label = "cosine", "Cosine"
    each_step = True

    floor: float = Field(0.01, gt=0, le=1, description="What is left at the end, as a share of the rate.")

    def factor(self, at: Moment) -> float:
        return _glide(1.0, self.floor, at.step / at.steps)

    def code(self, lr: float | None, steps: int, per_epoch: int) -> Code:
        return _scheduler(lr_scheduler.CosineAnnealingLR, T_max=steps, eta_min=_share_of(lr, self.floor))


class OneCycle(Schedule):
    """Up to the learning rate and far down again: large steps in the middle, fine ones at the end."""

    kind, label = "one_cycle", "One cycle"
    each_step = True

    share: float = Field(0.3, gt=0, lt=1, description="Share of the training on the way up.")
    start: float = Field(0.04, gt=0, le=1, description="Where it begins, as a share of the rate.")
    end: float = Field(0.000_004, gt=0, le=1, description="Where it ends, as a share of the rate.")

    def factor(self, at: Moment) -> float:
        top = self.share * at.steps - 1
        if at.step <= top and top > 0:
            return _glide(self.start, 1.0, at.step / top)
        return _glide(1.0, self.end, (at.step - max(top, 0)) / max(1, at.steps - 1 - max(top, 0)))

    def code(self, lr: float | None, steps: int, per_epoch: int) -> Code:
        return _scheduler(
            lr_scheduler.OneCycleLR,
            max_lr=_share_of(lr, 1.0),
            total_steps=steps,
            pct_start=self.share,
            div_factor=1 / self.start,
            final_div_factor=self.start / self.end,
            cycle_momentum=False,
        )


WARM_UP = """
def factor(step):  # of the learning rate: it rises evenly, then glides down along half a wave
    if step < {rising}:
        return (step + 1) / {rising}
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (step - {rising}) / {left})) / 2
"""


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

    def code(self, lr: float | None, steps: int, per_epoch: int) -> Code:
        rising = max(1, round(self.epochs * per_epoch))
        if self.then == "constant":
            return _scheduler(lr_scheduler.LambdaLR, Raw(f"lambda step: min(1, (step + 1) / {rising})"))
        factor = WARM_UP.format(rising=rising, left=max(1, steps - rising))
        return _scheduler(lr_scheduler.LambdaLR, Raw("factor"), above=(factor,), imports=("import math",))


class Plateau(Schedule):
    """The learning rate drops when the validation loss has not improved for some epochs."""

    kind, label = "plateau", "On plateau"
    needs = "loss"

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

    def code(self, lr: float | None, steps: int, per_epoch: int) -> Code:
        """PyTorch counts the epochs that it bears, this the one after which it drops."""
        return _scheduler(
            lr_scheduler.ReduceLROnPlateau,
            factor=self.gamma,
            patience=self.patience - 1,
            threshold=self.min_delta,
        )


def _scheduler(
    kind: type, *arguments: Raw, above: tuple[str, ...] = (), imports: tuple[str, ...] = (), **named: object
) -> Code:
    name = f"torch.optim.lr_scheduler.{kind.__name__}"
    return Code(call(name, kind, Raw("optimizer"), *arguments, **named), above, imports)


def _share_of(lr: float | None, share: float) -> float | Raw:
    """A share of the learning rate as a number, or as code where it is the optimizer's own."""
    own = 'optimizer.defaults["lr"]'
    if lr is None:
        return Raw(own if share == 1 else f"{share} * {own}")
    return float(f"{share * lr:.15g}")


def _glide(begin: float, end: float, share: float) -> float:
    """From `begin` to `end` along half a cosine wave; 0 ≤ share ≤ 1."""
    return end + (begin - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2


@cache
def kinds() -> dict[str, type[Schedule]]:
    """Every schedule that exists, by kind."""
    return discover(sys.modules[__name__], Schedule)
