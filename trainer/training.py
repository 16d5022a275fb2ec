"""train(job): a generator of all that a training says and leaves behind. It yields, it never calls back.

Whoever iterates carries the events on. Nothing of a run lives in the process: torch's random state
and its number of threads are put in place for each slice of work and back before each yield, so
that several trainings can be stepped in turn, each bit by bit as if it were alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from trainer import weights
from trainer.admission import admit
from trainer.assembly import Limits
from trainer.batches import Split
from trainer.checkpoint import Place
from trainer.datasets.base import Folders
from trainer.dealing import Dealer
from trainer.device import pick_device
from trainer.events import (
    Changed,
    Diverged,
    Event,
    Paused,
    Reason,
    Resumed,
    Started,
    Stopped,
    Tested,
)
from trainer.isolation import RandomState, in_slices
from trainer.job import Job
from trainer.keeping import Checkpoint, Keeper, Keyframe, Snapshot
from trainer.keyframes import next_key
from trainer.observers import Points, Throughput, finished, measure, validate
from trainer.pace import Clock, Rhythm, Stopwatch
from trainer.schedules import Moment
from trainer.sharing import shared_split
from trainer.step import Step

__all__ = ["Checkpoint", "Command", "Keyframe", "Said", "Snapshot", "train"]

# {"kind": "pause"}, {"kind": "set_lr", "lr": 0.01}, {"kind": "stop"}, which may say its "reason"
Command = dict[str, Any]


Said = Event | Snapshot | Keyframe | Checkpoint


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
    yield from in_slices(training.say(), training.random, training.threads, training.watch)


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
        self.aim = job.aim()
        self.device = pick_device(job.device)
        self.threads = job.threads or torch.get_num_threads()
        self.random = RandomState(self.device, job.seed_of("dropout"))
        self.parts = self._load(folders)
        self.dealer = Dealer(job, self.parts.training)
        weights.initial(assembly, job.seed_of("weights")).to(self.device)
        self.step = Step(assembly, job.optimizer, job.loss, job.restraints())
        self.keeper = Keeper(self.step, self.random, job.describe(), self.parts.training.preparation)
        self.place = Place(lr=job.optimizer.lr)
        self.rate = job.optimizer.lr  # of the last step, as the schedule has it
        self.per_epoch = self.dealer.per_epoch
        self.steps = self.per_epoch * job.epochs
        self.resume = resume
        self.commands = commands
        self.watched = watched
        self.clock = clock
        self.watch = Stopwatch(clock)

    def _load(self, folders: Folders) -> Split:
        return shared_split(self.job, folders, self.device)

    # What it says

    def say(self) -> Iterator[Said]:
        """The whole training, to its end or to where it is ended."""
        try:
            yield from self._work()
        except _Over:
            return

    def _work(self) -> Iterator[Said]:
        yield self._begin()
        self.points = Points(self.aim)
        self.throughput = Throughput(self.aim, self.job.batch_size, self.steps, self.place)
        self._note_good()
        self.rhythm = Rhythm(self.clock, len(self.keeper.good_weights))
        self.next_key = next_key(self.place.step)
        self.key = -1  # the step of the last keyframe
        while self._goes_on():
            self.step.begin_epoch(self.place.epoch)
            factor = self._factor()
            dealt = self.dealer.batches(self.place.epoch, self.place.batch)
            for images, targets in self.aim.asked(dealt):
                if self.job.schedule.each_step:
                    factor = self._factor()
                self.rate = self.place.lr * factor
                self.points.add(*self.step(images, targets, self.rate), targets)
                self.place.step += 1
                self.place.batch += 1
                yield from self._look_up()
            yield from self._end_epoch()
        yield from self._end()

    def _look_up(self) -> Iterator[Said]:
        """Between two batches: whatever it is time for."""
        rhythm = self.rhythm
        if self.place.step == self.next_key:
            self.next_key = next_key(self.place.step)
            yield from self._keep_key()
        if rhythm.curves.due() or self.points.full:
            yield from self._tell_points()
        if rhythm.snapshots.due() and self.watched():
            yield self.keeper.snapshot(self.place.step)
        if rhythm.checkpoints.due():
            yield from self._keep()
        if rhythm.commands.due():
            yield from self._obey()

    def _factor(self) -> float:
        """What the schedule makes of the learning rate for the next batch."""
        losses = [loss for loss, _ in self.place.history]
        return self.job.schedule.factor(Moment(self.place.step, self.steps, self.per_epoch, losses))

    def _begin(self) -> Event:
        if self.resume is not None:
            self.place, anew = self.keeper.take_on(self.resume)
            self.watch.go_on_from(self.place.seconds)
            return Resumed(step=self.place.step, anew=anew)
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
            lr=self.place.lr * self._factor(),
            seed=self.job.seed,
        )

    def _tell_points(self) -> Iterator[Said]:
        """The points since the last time; a loss that is no number ends the run."""
        loss, measured = self.points.read()
        if not loss:
            return
        self.place.seconds = self.watch.seconds
        yield self.throughput.curves(self.place, self.rate, loss, measured)
        wrong = next((at for at, value in enumerate(loss) if not math.isfinite(value)), None)
        if wrong is not None:
            yield from self._diverge(self.place.step - len(loss) + 1 + wrong)

    def _diverge(self, step: int) -> Iterator[Said]:
        yield self.keeper.good
        yield Snapshot(self.keeper.good.step, self.keeper.good_weights, last=True)
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
        yield self.keeper.good
        self.rhythm.keeping_took(self.clock() - begin)

    def _keep_key(self) -> Iterator[Said]:
        """A keyframe of this step, once, if all is well; where it is not, the next loss will tell of it."""
        if self.place.step != self.key and self.step.is_finite():
            self.key = self.place.step
            yield self.keeper.keyframe(self.key)

    def _note_good(self) -> None:
        self.place.seconds = self.watch.seconds
        self.keeper.note_good(self.place)

    def _obey(self) -> Iterator[Said]:
        """What was asked for since the last time, in order."""
        for command in self.commands():
            if command["kind"] == "set_lr":
                yield from self._tell_points()
                wished = self.job.optimizer.with_lr(command["lr"]).lr
                self.place.lr = wished / self._factor()  # from now on; the schedule goes on from there
                yield Changed(step=self.place.step, lr=wished)
            elif command["kind"] in ("pause", "stop"):
                reason = command.get("reason", "asked") if command["kind"] == "stop" else None
                yield from self._rest(reason)
            else:
                raise ValueError(f"no training knows the command {command['kind']!r}")

    def _rest(self, stopped: Reason | None) -> Iterator[Said]:
        """The end, or a pause where nobody says why to stop."""
        yield from self._keep()
        yield self.keeper.snapshot(self.place.step, last=True)
        step, seconds = self.place.step, self.watch.seconds
        yield Stopped(step=step, seconds=seconds, reason=stopped) if stopped else Paused(step=step)
        raise _Over

    def _end_epoch(self) -> Iterator[Said]:
        yield from self._tell_points()
        validated = validate(self.step.assembly, self.aim, self.parts.validation, self.place)
        yield validated
        if validated.loss is None:
            yield from self._diverge(self.place.step)
        stopping = self.job.early_stopping
        if stopping and stopping.best(self.place.history) == len(self.place.history) - 1:
            self.keeper.note_best()
            self.place.best_epoch = self.place.epoch
        yield from self._keep_key()
        self.place.epoch += 1
        self.place.batch = 0
        yield from self._keep()
        if self._goes_on():
            yield from self._obey()  # at once: whoever compares trainings decides by their validations

    def _goes_on(self) -> bool:
        """Whether there is an epoch to train. A training that goes on after its last one decides the same."""
        stopping = self.job.early_stopping
        over = stopping and self.place.history and stopping.is_over(self.place.history)
        return self.place.epoch <= self.job.epochs and not over

    def _end(self) -> Iterator[Said]:
        """The weights that are the run's, and what they are worth."""
        epoch = self._go_back_to_best()
        step = self.place.step if epoch is None else epoch * self.per_epoch
        yield self.keeper.snapshot(step, last=True)
        tested = self._tested(step) if self.job.test == "at_end" else None
        if self.place.epoch <= self.job.epochs:
            if tested:
                yield tested
            yield Stopped(step=self.place.step, seconds=self.watch.seconds, reason="early", epoch=epoch)
            return
        yield finished(self.aim, self.place, self.watch.seconds, tested, epoch)

    def _go_back_to_best(self) -> int | None:
        """Puts the weights of the best epoch in place, where early stopping asks for them; tells which."""
        history, stopping = self.place.history, self.job.early_stopping
        best = stopping.best(history) if stopping and history else None
        if best is None or best == len(history) - 1:
            return None
        epoch = self.place.epoch - len(history) + best
        if epoch != self.place.best_epoch:
            return None  # it was before early stopping was asked for: its weights are gone
        self.keeper.go_back_to_best()
        self.place.validation_loss, self.place.validation_accuracy = history[best]
        return epoch

    def _tested(self, step: int) -> Tested:
        part = self.parts.test
        found = measure(self.step.assembly, self.aim, part)
        return Tested(step=step, loss=found.loss, correct=found.right, images=len(part), **found.told())
