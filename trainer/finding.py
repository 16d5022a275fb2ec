"""The learning-rate finder: how the loss moves while the rate grows from nearly nothing to far too much.

This is the range test of Leslie N. Smith, "Cyclical Learning Rates for Training Neural Networks" (2015,
arXiv:1506.01186, section 3.3), with a rate that grows by the same factor each batch. The rate where the
loss falls most steeply is suggested, as fastai's `lr_find` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import fmean

import torch

from trainer import weights
from trainer.admission import admit
from trainer.assembly import Limits
from trainer.batches import Part, batches
from trainer.datasets.base import Folders
from trainer.device import pick_device
from trainer.events import Event, Number
from trainer.isolation import RandomState, in_place
from trainer.job import Job
from trainer.pace import Clock, Stopwatch
from trainer.problems import Problem
from trainer.sharing import shared_split
from trainer.step import Step

FIRST, LAST, STEPS = 1e-6, 10.0, 100
_AROUND = 4  # rates on each side, over which a loss is smoothed and its slope is read
_FEWEST = 4 * _AROUND
_EXPLODES = 4.0  # times the lowest loss, and above the first one
_FALLS = 0.02  # share of the first loss by which it must fall for a suggestion to mean anything


class Tried(Event):
    """One batch at one rate: the loss before the step with it."""

    kind = "tried"

    step: int  # from 1
    lr: float
    loss: Number


class Suggested(Event):
    """The end of the search: a rate, or none, and why. `smoothed` has a loss for each rate tried."""

    kind = "suggested"

    lr: Number
    reason: str
    smoothed: list[Number]


def find_rate(
    job: Job,
    folders: Folders,
    *,
    first: float = FIRST,
    last: float = LAST,
    steps: int = STEPS,
    limits: Limits | None = None,
    clock: Clock = lambda: 0.0,
) -> Iterator[Tried | Suggested]:
    """Tries `steps` rates from `first` to `last` on the job's first weights; nothing of it is kept.

    The schedule of the job is left aside, all else is as it will train. Ends early when the loss explodes.
    The last thing said is a `Suggested`. Raises Problem where the job cannot be trained or the range is none.
    """
    if not (0 < first < last and steps >= _FEWEST):
        raise Problem(f"Rates grow from above 0, in at least {_FEWEST} steps.", ("optimizer", "lr"))
    search = _Search(job, folders, limits or Limits())
    rates = [first * (last / first) ** (at / (steps - 1)) for at in range(steps)]
    tried: list[Tried] = []
    lowest = math.inf
    dealt = search.batches()
    for at, rate in enumerate(rates):
        with in_place(search.random, search.threads, Stopwatch(clock)):
            loss = search.step(*next(dealt), rate)[0].item()
        tried.append(Tried(step=at + 1, lr=rate, loss=loss))
        yield tried[-1]
        if not math.isfinite(loss):
            break
        recent = fmean(point.loss or 0.0 for point in tried[-_AROUND:])
        lowest = min(lowest, recent)
        if recent > max(_EXPLODES * lowest, tried[0].loss or 0.0):
            break
    yield suggestion([point.lr for point in tried], [point.loss for point in tried])


class _Search:
    """What a search needs of its own: a network with its first weights, images and random numbers."""

    def __init__(self, job: Job, folders: Folders, limits: Limits) -> None:
        assembly = admit(job, limits)
        device = pick_device(job.device)
        self.job = job
        self.threads = job.threads or torch.get_num_threads()
        self.random = RandomState(device, job.seed_of("dropout"))
        self.part: Part = shared_split(job.dataset, folders, job.validation_of, job.seed, device).training
        weights.initial(assembly, job.seed_of("weights")).to(device)
        self.step = Step(assembly, job.optimizer, job.loss, job.restraints(), trace=False)

    def batches(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches in the order of the training, epoch after epoch, for ever."""
        epoch = 1
        while True:
            yield from batches(self.part, self.job.batch_size, self.job.seed_of("shuffle"), epoch)
            epoch += 1


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
