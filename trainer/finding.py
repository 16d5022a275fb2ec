"""The learning-rate finder: how the loss moves while the rate grows from nearly nothing to far too much.

This is the range test of Leslie N. Smith, "Cyclical Learning Rates for Training Neural Networks" (2015,
arXiv:1506.01186, section 3.3), with a rate that grows by the same factor each batch. The rate where the
loss falls most steeply is suggested, as fastai's `lr_find` does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from itertools import count
from statistics import fmean
from typing import Any, Literal

import torch

from trainer import weights
from trainer.admission import admit
from trainer.assembly import Limits
from trainer.datasets.base import Folders
from trainer.dealing import Dealer
from trainer.device import pick_device
from trainer.events import Event, Number, Paused, Stopped
from trainer.isolation import RandomState, in_slices
from trainer.job import Job
from trainer.pace import COMMANDS_EVERY, CURVES_EVERY, Clock, Pace, Stopwatch
from trainer.problems import Problem
from trainer.sharing import shared_split
from trainer.step import Step

FIRST, LAST, STEPS = 1e-6, 10.0, 100
_AROUND = 4  # rates on each side, over which a loss is smoothed and its slope is read
_FEWEST = 4 * _AROUND
_EXPLODES = 4.0  # times the lowest loss, and above the first one
_FALLS = 0.02  # share of the first loss by which it must fall for a suggestion to mean anything


class Searching(Event):
    """The search begins, or begins anew: which rates it will try at most, and where."""

    kind = "searching"

    format: Literal[1] = 1
    device: str
    threads: int
    first: float
    last: float
    steps: int


class Tried(Event):
    """The loss at every rate since the last time, before the step with it, in order and without a gap."""

    kind = "tried"

    first: int  # number of the first rate told here, from 1
    lr: list[float]
    loss: list[Number]


class Suggested(Event):
    """The end of the search: a rate, or none, and why. `smoothed` has a loss for each rate tried."""

    kind = "suggested"

    lr: Number
    reason: str
    smoothed: list[Number]


def _nothing() -> list[dict[str, Any]]:
    return []


def find_rate(
    job: Job,
    folders: Folders,
    *,
    first: float = FIRST,
    last: float = LAST,
    steps: int = STEPS,
    commands: Callable[[], list[dict[str, Any]]] = _nothing,
    limits: Limits | None = None,
    clock: Clock = time.monotonic,
) -> Iterator[Event]:
    """Tries `steps` rates from `first` to `last` on the job's first weights; nothing of it is kept.

    The schedule of the job is left aside, all else is as it will train. Ends early when the loss explodes.
    The last thing said is a `Suggested`, or a `Stopped` or `Paused` where `commands`, asked between batches,
    has a "stop" or a "pause": a search is never resumed, it begins anew. Raises Problem where the job
    cannot be trained or the range is none.
    """
    if not (0 < first < last and steps >= _FEWEST):
        raise Problem(f"Rates grow from above 0, in at least {_FEWEST} steps.", ("optimizer", "lr"))
    rates = [first * (last / first) ** (at / (steps - 1)) for at in range(steps)]
    search = _Search(job, folders, rates, commands, limits or Limits(), clock)
    yield from in_slices(search.say(), search.random, search.threads, search.watch)


class _Search:
    """A search under way: a network with its first weights, images, random numbers, and what was seen."""

    def __init__(
        self,
        job: Job,
        folders: Folders,
        rates: list[float],
        commands: Callable[[], list[dict[str, Any]]],
        limits: Limits,
        clock: Clock,
    ) -> None:
        assembly = admit(job, limits)
        self.device = pick_device(job.device)
        self.job = job
        self.aim = job.aim()
        self.threads = job.threads or torch.get_num_threads()
        self.random = RandomState(self.device, job.seed_of("dropout"))
        self.dealer = Dealer(job, shared_split(job, folders, self.device).training)
        weights.initial(assembly, job.seed_of("weights")).to(self.device)
        self.step = Step(assembly, job.optimizer, job.loss, job.restraints(), trace=False)
        self.rates = rates
        self.commands = commands
        self.clock = clock
        self.watch = Stopwatch(clock)
        self.losses: list[float] = []
        self.lowest = math.inf  # of the means over a few losses
        self.told = 0

    def say(self) -> Iterator[Event]:
        """The whole search, to its end or to where it is ended."""
        yield Searching(
            device=str(self.device),
            threads=self.threads,
            first=self.rates[0],
            last=self.rates[-1],
            steps=len(self.rates),
        )
        telling, obeying = Pace(CURVES_EVERY, self.clock), Pace(COMMANDS_EVERY, self.clock)
        dealt = self._batches()
        for rate in self.rates:
            self.losses.append(self.step(*next(dealt), rate)[0].item())
            if self._explodes():
                break
            if telling.due():
                yield self._news()
            end = self._asked_to_end() if obeying.due() else None
            if end:
                yield end
                return
        yield self._news()
        finite = [loss if math.isfinite(loss) else None for loss in self.losses]
        yield suggestion(self.rates[: len(finite)], finite)

    def _batches(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches in the order of the training, epoch after epoch, for ever."""
        for epoch in count(1):
            yield from self.aim.asked(self.dealer.batches(epoch))

    def _explodes(self) -> bool:
        if not math.isfinite(self.losses[-1]):
            return True
        recent = fmean(self.losses[-_AROUND:])
        self.lowest = min(self.lowest, recent)
        return recent > max(_EXPLODES * self.lowest, self.losses[0])

    def _news(self) -> Tried:
        begin, self.told = self.told, len(self.losses)
        return Tried(first=begin + 1, lr=self.rates[begin : self.told], loss=self.losses[begin:])

    def _asked_to_end(self) -> Event | None:
        kinds = [command["kind"] for command in self.commands()]
        if "stop" in kinds:
            return Stopped(step=len(self.losses), seconds=self.watch.seconds)
        return Paused(step=len(self.losses)) if "pause" in kinds else None


def suggestion(rates: list[float], losses: list[float | None]) -> Suggested:
    """The rate where the smoothed loss falls most steeply before its lowest point, or why there is none."""
    seen = [loss for loss in losses if loss is not None]  # only the last one can be no number
    curve = smoothed(seen)
    told: list[float | None] = [*curve, *[None] * (len(losses) - len(seen))]
    lowest = min(range(len(curve)), key=curve.__getitem__, default=0)
    if lowest < _AROUND or curve[0] - curve[lowest] < _FALLS * abs(curve[0]):
        return Suggested(lr=None, reason=_why_none(len(losses) > len(seen), rates[-1]), smoothed=told)
    steepest = min(range(lowest), key=lambda at: _slope(curve, at))
    rate = float(f"{rates[steepest]:.2g}")
    return Suggested(lr=rate, reason=_why(rate, rates[lowest], rates[-1]), smoothed=told)


def _why(rate: float, lowest: float, last: float) -> str:
    end = (
        f"at {lowest:.2g} it is lowest, and steps are nearly too large"
        if lowest < last
        else "it still falls at the largest rate that was tried"
    )
    return f"The loss falls most steeply at a rate of {rate:g}; {end}."


def _slope(curve: list[float], at: int) -> float:
    """How a curve moves from one rate to the next around a place."""
    begin, end = max(0, at - _AROUND), min(len(curve) - 1, at + _AROUND)
    return (curve[end] - curve[begin]) / (end - begin)


def _why_none(exploded: bool, last: float) -> str:
    if exploded:
        return f"The loss was no number any more at a rate of {last:.2g} and had not fallen before."
    return f"The loss did not fall at any rate up to {last:.2g}: something else is in the way."


def smoothed(losses: list[float]) -> list[float]:
    """Means over the losses around each one, so that nothing is shifted to later rates."""
    return [fmean(losses[max(0, at - _AROUND) : at + _AROUND + 1]) for at in range(len(losses))]
