"""What a worker does with a claimed run: has it work turn by turn, stores and announces what it says."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event as Flag
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from playground import live
from playground.runs import archive
from playground.runs.asked import Asked, mark_handled
from playground.runs.commands import due
from playground.runs.data import folders
from playground.runs.hearing import Hearing
from playground.runs.leases import Leases
from playground.runs.models import Back, Fenced, Run, Status
from playground.runs.purposes import Given, Purpose
from playground.runs.studies.advancing import judge
from playground.runs.troubles import Trouble, insist, keeping_files
from trainer.calibration import calibrate
from trainer.events import Event, Failed, Paused
from trainer.job import Job
from trainer.pace import Stopwatch
from trainer.problems import Problem
from trainer.training import Checkpoint, Keyframe, Snapshot

logger = logging.getLogger(__name__)

# What a run is after these events; every other event leaves it running.
STATUS_AFTER = {
    "paused": Status.PAUSED,
    "stopped": Status.STOPPED,
    "diverged": Status.DIVERGED,
    "finished": Status.FINISHED,
    "suggested": Status.FINISHED,
}
RELEASED = {"worker": "", "lease": None, "suspect": False}  # of a run that is no worker's any more


@dataclass(frozen=True)
class Surroundings:
    """What the runs of one worker share. `between_batches` is called by the one whose turn it is."""

    leases: Leases
    hearing: Hearing
    leaving: Flag
    tell_trouble: Callable[[str], None]
    between_batches: Callable[["Follower"], None]


class Follower:
    """Carries one claimed run from the training to the database, and commands the other way.

    It works in turns; between them the training rests in memory. Its clock runs only during its turns,
    so that whatever has a pace keeps it in seconds of training.
    """

    def __init__(self, run: Run, around: Surroundings) -> None:
        self.run = run
        self.turns = 0
        self.clock = Stopwatch(time.monotonic)
        self._around = around
        self._said: Iterator[Any] | None = None
        self._give_up: Back | None = None  # why it is handed back
        self._kept_step = self._furthest = 0
        self._has_got_further = False
        self._bytes = {"checkpoint": 0, "keyframes": 0, "weights": 0}
        self._asked = Asked(run)

    def turn(self, enough: Callable[[], bool]) -> bool:
        """Trains until that is enough; False where the run has ended, paused, or is somebody else's."""
        self.clock.start()
        try:
            return self._turn(enough)
        except Fenced as fenced:
            logger.warning("%s; this worker lets go of it", fenced)
        except Trouble as trouble:
            self._wait_for_room(str(trouble))
        except (OperationalError, InterfaceError) as error:
            self._go_on_later(error)
        except Problem as problem:
            self._fail(problem.message)
        except Exception as error:
            logger.exception("run %s broke off", self.run.pk)
            self._fail(f"The training broke off: {type(error).__name__}: {_first_line(error)}")
        finally:
            self.clock.stop()
            self.turns += 1
        return False

    def _turn(self, enough: Callable[[], bool]) -> bool:
        self._mark_suspect(True)
        if self._said is None:
            self._said = self._work()
        for thing in self._said:
            self._take(thing)
            if enough():
                self._mark_suspect(False)
                return True
        return False

    def _mark_suspect(self, suspect: bool) -> None:
        """Notes whose fault it would be if the worker died now; not of a run that has got further."""
        if not self._has_got_further and self.run.suspect != suspect:
            self._record([], suspect=suspect)

    def hand_back(self, back: Back) -> None:
        """Keeps the full state and puts the run into the queue again."""
        self._give_up = back
        self.turn(lambda: False)

    def _requeue(self) -> None:
        self.run.requeue(self._give_up or Back.WORKER_LOST)

    def release(self) -> None:
        """Puts the run into the queue as its last checkpoint knows it, where there is no time for more."""
        try:
            self._requeue()
        except (Fenced, OperationalError, InterfaceError) as error:
            logger.warning("run %s is left to its lease: %s", self.run.pk, error)

    def _go_on_later(self, error: Exception) -> None:
        """The database was lost in the middle of something: the run goes on from its last checkpoint."""
        logger.warning("run %s lost the database: %s", self.run.pk, error)
        self._give_up = Back.RECOVERED
        try:
            insist(self._requeue, self._around.tell_trouble, self._around.leaving)
        except Fenced as fenced:
            logger.warning("%s; this worker lets go of it", fenced)

    def _work(self) -> Iterator[Any]:
        with keeping_files():
            kept = archive.newest_checkpoint(self.run.pk)
        self._kept_step = kept[0] if kept else 0
        self._furthest = self.run.furthest_step() if self.run.losses else 0
        self._repeat_lost_change()
        clock, resume = (lambda: self.clock.seconds), (kept[1] if kept else None)
        given = Given(folders(), self.commands, self.watched, clock, resume)
        return Purpose(self.run.purpose).work.say(self._job(), given)

    def _job(self) -> Job:
        """The job, its number of threads fixed when it is first claimed: another number gives other bits."""
        if self.run.job.get("threads") is None:
            threads = calibrate(settings.HOME)
            self._record([], job={**self.run.job, "threads": threads})
        return Job.read(self.run.job)

    def _take(self, thing: Any) -> None:
        if isinstance(thing, Event):
            self._take_event(thing.describe())
        elif isinstance(thing, Snapshot):
            self._around.leases.require(self.run)
            live.publish_weights(self.run.pk, self.run.seq, thing.step, thing.blob)
            if thing.last:
                with keeping_files():
                    archive.keep_weights(self.run.pk, thing.blob, self.run.attempt)
                self._bytes["weights"] = len(thing.blob)
        elif isinstance(thing, Keyframe):
            self._around.leases.require(self.run)
            kept = self.run.pk, thing.step, thing.blob, settings.KEYFRAME_BYTES, self.run.attempt
            with keeping_files():
                self._bytes["keyframes"] = archive.keep_keyframe(*kept)
        elif isinstance(thing, Checkpoint):
            self._keep(thing)
        else:
            raise TypeError(f"a training yielded {type(thing).__name__}")

    def _keep(self, checkpoint: Checkpoint) -> None:
        self._around.leases.require(self.run)
        with keeping_files():
            archive.keep_checkpoint(self.run.pk, checkpoint.step, checkpoint.blob, self.run.attempt)
        self._bytes["checkpoint"] = archive.CHECKPOINTS_KEPT * len(checkpoint.blob)
        if checkpoint.step > self._kept_step and not self._has_got_further:
            self._has_got_further = True
            self._record([], losses=0, suspect=False, stored=sum(self._bytes.values()))
        self._kept_step = checkpoint.step

    def _take_event(self, event: dict[str, Any]) -> None:
        changes: dict[str, Any] = {}
        match event["kind"]:
            case "started" | "searching":
                changes["device"] = event["device"]
            case "tried":
                changes["step"] = event["first"] + len(event["loss"]) - 1
            case "curves":
                changes["step"] = event["first"] + len(event["loss"]) - 1
                if self.run.losses and changes["step"] > self._furthest:
                    changes["losses"] = 0
            case "resumed":
                changes["step"] = event["step"]
                event["reason"] = self.run.back
            case "finished":
                changes["seconds"] = event["seconds"]
            case "paused" if self._give_up and not self._asked.for_a_pause:
                insist(self._requeue, self._around.tell_trouble, self._around.leaving)
                logger.info("run %s is handed back at step %s", self.run.pk, self.run.step)
                return
        status = STATUS_AFTER.get(event["kind"])
        if status:
            changes |= {"status": status, "stored": sum(self._bytes.values()), **RELEASED}
            if status != Status.PAUSED:
                changes["ended"] = timezone.now()
            else:
                changes["back"] = Back.ASKED
        self._record([event], **changes)
        if status == Status.PAUSED:
            self._settle()
        if event["kind"] == "validated" and judge(self.run):
            self._around.hearing.rung.add(self.run.pk)

    def _record(self, events: list[dict[str, Any]], **changes: Any) -> None:
        """Stores events, however long the database takes to be there again."""
        target = self.run.seq + len(events)
        answered = [row for event in events for row in self._asked.answered_by(event["kind"])]
        troubles: list[str] = []

        def write() -> None:
            if troubles and events and self._has_come_through(target):
                return
            with transaction.atomic():
                mark_handled(answered)
                self.run.record(events, **changes)

        def tell(sentence: str) -> None:
            troubles.append(sentence)
            self._around.tell_trouble(sentence)

        insist(write, tell, self._around.leaving)
        self._asked.forget(answered)

    def _has_come_through(self, seq: int) -> bool:
        """Whether a write was stored although its answer got lost together with the connection."""
        if not Run.objects.filter(pk=self.run.pk, attempt=self.run.attempt, seq=seq).exists():
            return False
        self.run.refresh_from_db()
        return True

    def _settle(self) -> None:
        """Does what was asked while the run was on its way into the pause."""
        for command in due(["pause", "resume", "stop"]).filter(run=self.run):
            self.run.do_without_worker(command.kind, command.lr)
            mark_handled([command])

    def _wait_for_room(self, reason: str) -> None:
        """The server pauses the run: it goes on from its last checkpoint once files can be kept again."""
        told = Paused(step=self.run.step, reason=reason).describe()
        paused = {"status": Status.PAUSED, "pause_reason": reason, **RELEASED}
        try:
            self._record([told], **paused)
        except Fenced as fenced:
            logger.warning("%s; its pause is not told", fenced)

    def _fail(self, message: str) -> None:
        failed = {"status": Status.FAILED, "ended": timezone.now(), **RELEASED}
        try:
            self._record([Failed(message=message).describe()], **failed)
        except Fenced as fenced:
            logger.warning("%s; its failure is not told: %s", fenced, message)

    # What the training asks

    def commands(self) -> list[dict[str, Any]]:
        """Commands since the last time, oldest first; asked between batches."""
        self._around.between_batches(self)
        found: list[dict[str, Any]] = []
        if self.run.pk in self._around.hearing.rung:
            self._around.hearing.rung.discard(self.run.pk)
            found = self._asked.unhandled()
        if self._around.leaving.is_set() or self._give_up:
            self._give_up = self._give_up or Back.WORKER_LOST
            found.append({"kind": "pause"})
        return found

    def watched(self) -> bool:
        """Whether somebody looks at the weights."""
        self._around.between_batches(self)
        return self._around.hearing.watched

    @property
    def is_obeying(self) -> bool:
        """Whether it has been asked something that it did not do yet."""
        return self._asked.is_open or self.run.pk in self._around.hearing.rung

    def _repeat_lost_change(self) -> None:
        """Asks again for a learning rate that was told of, but that the last checkpoint doesn't know yet."""
        changed = self.run.events.filter(kind="changed").last()
        if self.run.back != Back.ASKED and changed and changed.body["step"] >= self._kept_step:
            self.run.commands.create(kind="set_lr", lr=changed.body["lr"])


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else "no reason was given"
