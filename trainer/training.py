"""train(job): a generator of all that a training says and leaves behind. It yields, it never calls back.

Whoever iterates carries the events on. Nothing of a run lives in the process: torch's random state
and its number of threads are put in place for each slice of work and back before each yield, so
that several trainings can be stepped in turn, each bit by bit as if it were alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from trainer import checkpoint, weights
from trainer.admission import admit
from trainer.batches import Split, batches, batches_per_epoch, split
from trainer.checkpoint import Place
from trainer.datasets.base import Folders
from trainer.device import pick_device
from trainer.events import Changed, Diverged, Event, Finished, Paused, Resumed, Started, Stopped, Tested
from trainer.isolation import RandomState, in_place
from trainer.job import Job
from trainer.network import Limits
from trainer.observers import Points, Throughput, measure, validate
from trainer.pace import Clock, Pace, Stopwatch
from trainer.step import Step

CURVES_EVERY = 0.2  # seconds
COMMANDS_EVERY = 0.05
CHECKPOINT_EVERY = 2.0
CHECKPOINT_SHARE = 0.02  # of the time at most: large ones are kept less often
SNAPSHOT_EVERY = 0.2
SNAPSHOT_BYTES_PER_SECOND = 8_000_000

Command = dict[str, Any]  # {"kind": "pause"}, {"kind": "stop"}, {"kind": "set_lr", "lr": 0.01}


@dataclass(frozen=True)
class Snapshot:
    """The weights after a step, for those who look. The last one of a run says so and is to be kept."""

    step: int
    blob: bytes
    last: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """The full state after a step, from which the training can go on."""

    step: int
    blob: bytes


Said = Event | Snapshot | Checkpoint


def _nothing() -> list[Command]:
    return []


def _nobody() -> bool:
    return False


def train(
    job: Job,
    *,
    folders: Folders,
    commands: Callable[[], list[Command]] = _nothing,
    watched: Callable[[], bool] = _nobody,
    resume: bytes | None = None,
    limits: Limits | None = None,
    clock: Clock = time.monotonic,
) -> Iterator[Said]:
    """Trains a job, step by step, for whoever asks for the next thing said.

    `commands` is asked between batches, at most every 50 ms; `watched` says whether anybody looks
    at the weights; `resume` is a Checkpoint's bytes. The iterator may be closed at any time. Raises
    Problem before anything is allocated where the job cannot be trained.
    """
    training = _Training(job, folders, commands, watched, resume, limits or Limits(), clock)
    slices = training.say()
    while True:
        with in_place(training.random, training.threads, training.watch):
            said = next(slices, None)
        if said is None:
            return
        yield said


def evaluate(job: Job, blob: bytes, folders: Folders) -> Tested:
    """Opens the test set for the weights of a run."""
    device = pick_device(job.device)
    tensors, facts = weights.unpack(blob)
    assembly = weights.load(admit(job), tensors).to(device)
    images = job.dataset.load(folders)
    parts = split(images, job.validation_of(len(images.train_labels)), job.seed, device)
    loss, right = measure(assembly, job.loss, parts.test)
    total = len(parts.test)
    return Tested(
        step=int(facts.get("step", 0)), loss=loss, accuracy=right / total, correct=right, images=total
    )


class _Over(Exception):
    """All has been said: the training diverged, rests or was stopped."""


class _Training:
    """One training under way: its parts, and what it says in order."""

    def __init__(
        self,
        job: Job,
        folders: Folders,
        commands: Callable[[], list[Command]],
        watched: Callable[[], bool],
        resume: bytes | None,
        limits: Limits,
        clock: Clock,
    ) -> None:
        assembly = admit(job, limits)
        self.job = job
        self.described = job.describe()
        self.device = pick_device(job.device)
        self.threads = job.threads or torch.get_num_threads()
        self.random = RandomState(self.device, job.seed)
        self.parts = self._load(folders)
        self.step = Step(weights.initial(assembly, job.seed).to(self.device), job.optimizer, job.loss)
        self.place = Place(lr=job.optimizer.lr)
        self.per_epoch = batches_per_epoch(len(self.parts.training), job.batch_size)
        self.steps = self.per_epoch * job.epochs
        self.resume = resume
        self.commands = commands
        self.watched = watched
        self.clock = clock
        self.watch = Stopwatch(clock)

    def _load(self, folders: Folders) -> Split:
        images = self.job.dataset.load(folders)
        return split(images, self.job.validation_of(len(images.train_labels)), self.job.seed, self.device)

    # What it says

    def say(self) -> Iterator[Said]:
        """The whole training, to its end or to where it is ended."""
        try:
            yield from self._work()
        except _Over:
            return

    def _work(self) -> Iterator[Said]:
        yield self._begin()
        self.points = Points()
        self.throughput = Throughput(self.job.batch_size, self.steps, self.place)
        self._note_good()
        curves, hear = self._pace(CURVES_EVERY), self._pace(COMMANDS_EVERY)
        self.kept = self._pace(CHECKPOINT_EVERY)
        show = self._pace(max(SNAPSHOT_EVERY, len(self._good_weights) / SNAPSHOT_BYTES_PER_SECOND))
        while self.place.epoch <= self.job.epochs:
            for images, labels in self._batches():
                self.points.add(*self.step(images, labels, self.place.lr), labels)
                self.place.step += 1
                self.place.batch += 1
                if curves.due() or self.points.full:
                    yield from self._tell_points()
                if show.due() and self.watched():
                    yield self._snapshot()
                if self.kept.due():
                    yield from self._keep()
                if hear.due():
                    yield from self._obey()
            yield from self._end_epoch()
        yield from self._finish()

    def _pace(self, seconds: float) -> Pace:
        return Pace(seconds, self.clock)

    def _batches(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        return batches(
            self.parts.training, self.job.batch_size, self.job.seed, self.place.epoch, skip=self.place.batch
        )

    def _begin(self) -> Event:
        if self.resume is not None:
            place, tensors, random = checkpoint.unpack(self.resume, self.described)
            self.step.restore(tensors)
            self.random.restore(random)
            self.place = place
            self.watch.go_on_from(place.seconds)
            return Resumed(step=place.step)
        return Started(
            device=str(self.device),
            threads=self.threads,
            training=len(self.parts.training),
            validation=len(self.parts.validation),
            test=len(self.parts.test),
            parameters=self.step.parameters.numel(),
            epochs=self.job.epochs,
            batch_size=self.job.batch_size,
            batches_per_epoch=self.per_epoch,
            steps=self.steps,
            lr=self.place.lr,
            seed=self.job.seed,
        )

    def _tell_points(self) -> Iterator[Said]:
        """The points since the last time; a loss that is no number ends the run."""
        loss, accuracy = self.points.read()
        if not loss:
            return
        self.place.seconds = self.watch.seconds
        yield self.throughput.curves(self.place, loss, accuracy)
        wrong = next((at for at, value in enumerate(loss) if not math.isfinite(value)), None)
        if wrong is not None:
            yield from self._diverge(self.place.step - len(loss) + 1 + wrong)

    def _diverge(self, step: int) -> Iterator[Said]:
        yield self.good
        yield Snapshot(self.good.step, self._good_weights, last=True)
        message = (
            f"At step {step:,} the loss is no longer a number. A smaller learning rate helps most often."
        )
        yield Diverged(step=step, message=message)
        raise _Over

    def _keep(self) -> Iterator[Said]:
        """A checkpoint, if all is well: it stands for a state that is worth going on from."""
        yield from self._tell_points()
        if not self.step.is_finite():
            return  # the next loss will tell of it
        begin = self.clock()
        self._note_good()
        yield self.good
        self.kept.seconds = max(CHECKPOINT_EVERY, (self.clock() - begin) / CHECKPOINT_SHARE)

    def _note_good(self) -> None:
        """Remembers the state as it is now, should the next steps lead nowhere."""
        self.place.seconds = self.watch.seconds
        state = checkpoint.pack(self.place, self.step.tensors(), self.random.now(), self.described)
        self.good = Checkpoint(self.place.step, state)
        self._good_weights = self._snapshot().blob

    def _snapshot(self, last: bool = False) -> Snapshot:
        step = self.place.step
        return Snapshot(step, weights.pack(self.step.assembly.module, step=step), last)

    def _obey(self) -> Iterator[Said]:
        """What was asked for since the last time, in order."""
        for command in self.commands():
            if command["kind"] == "set_lr":
                yield from self._tell_points()
                self.place.lr = self.job.optimizer.with_lr(command["lr"]).lr
                yield Changed(step=self.place.step, lr=self.place.lr)
            elif command["kind"] in ("pause", "stop"):
                yield from self._rest(stop=command["kind"] == "stop")
            else:
                raise ValueError(f"no training knows the command {command['kind']!r}")

    def _rest(self, stop: bool) -> Iterator[Said]:
        yield from self._keep()
        yield self._snapshot(last=True)
        step = self.place.step
        yield Stopped(step=step, seconds=self.watch.seconds) if stop else Paused(step=step)
        raise _Over

    def _end_epoch(self) -> Iterator[Said]:
        yield from self._tell_points()
        validated = validate(self.step.assembly, self.job.loss, self.parts.validation, self.place)
        yield validated
        if validated.loss is None:
            yield from self._diverge(self.place.step)
        self.place.epoch += 1
        self.place.batch = 0
        yield from self._keep()

    def _finish(self) -> Iterator[Said]:
        yield self._snapshot(last=True)
        tested: dict[str, float] = {}
        if self.job.test == "at_end":
            loss, right = measure(self.step.assembly, self.job.loss, self.parts.test)
            tested = {"test_loss": loss, "test_accuracy": right / len(self.parts.test)}
        yield Finished(
            step=self.place.step,
            seconds=self.watch.seconds,
            validation_loss=self.place.validation_loss,
            validation_accuracy=self.place.validation_accuracy,
            **tested,
        )
