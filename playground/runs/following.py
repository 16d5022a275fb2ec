"""What a worker does with a claimed run: trains it, stores and announces what it says, passes commands on."""

import logging
import time
from collections.abc import Iterator
from threading import Event as Flag
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from playground import live
from playground.runs import archive
from playground.runs.models import LEASE, Command, Fenced, Run, Status, due
from trainer.calibration import calibrate
from trainer.datasets.base import Folders
from trainer.events import Event, Failed
from trainer.job import Job
from trainer.network import Limits
from trainer.problems import Problem
from trainer.training import Checkpoint, Snapshot, evaluate, train

logger = logging.getLogger(__name__)

# What a run is after these events; every other event leaves it running.
STATUS_AFTER = {
    "paused": Status.PAUSED,
    "stopped": Status.STOPPED,
    "diverged": Status.DIVERGED,
    "finished": Status.FINISHED,
}
COMMAND_BEHIND = {"changed": "set_lr", "paused": "pause", "stopped": "stop"}  # what makes a training say this
HEAR_EVERY = 0.04  # seconds between questions to Redis
ROWS_EVERY = 2.0  # seconds after which command rows are read even if nobody rang


def folders() -> Folders:
    """Where data sets are read and kept."""
    return Folders(data=settings.DATA, cache=settings.HOME / "cache")


class Follower:
    """Carries one claimed run from the training to the database, and commands the other way.

    `leaving` is set when the worker shall end: then the run is handed back with its full state.
    """

    def __init__(self, run: Run, leaving: Flag) -> None:
        self.run = run
        self._leaving = leaving
        self._pause_asked = False
        self._counter: bytes | None = None
        self._watched = False
        self._heard_at = self._rows_at = float("-inf")
        self._read_rows = True
        self._passed: list[Command] = []  # commands that the training knows, but has not answered yet

    def follow(self) -> None:
        """Trains until the run ends, pauses, or is somebody else's."""
        try:
            for thing in self._training():
                self._take(thing)
        except Fenced as fenced:
            logger.warning("%s; this worker lets go of it", fenced)
        except Problem as problem:
            self._fail(str(problem))
        except Exception as error:
            logger.exception("run %s broke off", self.run.pk)
            self._fail(f"The training broke off: {type(error).__name__}: {_first_line(error)}")

    def _training(self) -> Iterator[Any]:
        self._repeat_lost_change()
        return train(
            self._job(),
            folders=folders(),
            commands=self.commands,
            watched=self.watched,
            resume=archive.newest_checkpoint(self.run.pk),
            limits=Limits(**settings.RUN_LIMITS),
        )

    def _job(self) -> Job:
        """The job, its number of threads fixed when it is first claimed: another number gives other bits."""
        if self.run.job.get("threads") is None:
            threads = calibrate(settings.HOME)
            self.run.record([], job={**self.run.job, "threads": threads})
        return Job.read(self.run.job)

    def _take(self, thing: Any) -> None:
        if isinstance(thing, Event):
            self._take_event(thing.describe())
        elif isinstance(thing, Snapshot):
            live.publish_weights(self.run.pk, self.run.seq, thing.step, thing.blob)
            if thing.last:
                archive.keep_weights(self.run.pk, thing.blob)
        elif isinstance(thing, Checkpoint):
            self._keep(thing)
        else:
            raise TypeError(f"a training yielded {type(thing).__name__}")

    def _keep(self, checkpoint: Checkpoint) -> None:
        further = checkpoint.step > archive.newest_step(self.run.pk)
        archive.keep_checkpoint(self.run.pk, checkpoint.step, checkpoint.blob)
        if further and self.run.losses:
            self.run.record([], losses=0)

    def _take_event(self, event: dict[str, Any]) -> None:
        changes: dict[str, Any] = {"lease": timezone.now() + LEASE}
        match event["kind"]:
            case "started":
                changes["device"] = event["device"]
            case "curves":
                changes["step"] = event["first"] + len(event["loss"]) - 1
            case "resumed":
                changes["step"] = event["step"]
                event["reason"] = "worker_lost" if self.run.lost else "asked"
            case "paused" if self._leaving.is_set() and not self._pause_asked:
                self._hand_back()
                return
        self._mark_answered(event["kind"])
        status = STATUS_AFTER.get(event["kind"])
        if status:
            changes |= {"status": status, "worker": "", "lease": None}
            if status != Status.PAUSED:
                changes["ended"] = timezone.now()
        self.run.record([event], **changes)
        if status == Status.PAUSED:
            self._settle()

    def _settle(self) -> None:
        """Does what was asked while the run was on its way into the pause."""
        for command in due(["pause", "resume", "stop"]).filter(run=self.run):
            self.run.do_without_worker(command.kind, command.lr)
            _mark_handled([command])

    def _hand_back(self) -> None:
        self.run.record([], status=Status.QUEUED, ahead=True, worker="", lease=None, lost=True)
        logger.info("run %s is handed back at step %s", self.run.pk, self.run.step)

    def _fail(self, message: str) -> None:
        try:
            self.run.record(
                [Failed(message=message).describe()],
                status=Status.FAILED,
                ended=timezone.now(),
                worker="",
                lease=None,
            )
        except Fenced as fenced:
            logger.warning("%s; its failure is not told: %s", fenced, message)

    # What the training asks

    def commands(self) -> list[dict[str, Any]]:
        """Commands since the last time, oldest first; asked between batches."""
        self._hear()
        found: list[dict[str, Any]] = []
        if self._read_rows:
            self._read_rows = False
            found = self._unhandled()
        if self._leaving.is_set():
            found.append({"kind": "pause"})
        return found

    def watched(self) -> bool:
        """Whether somebody looks at the weights."""
        self._hear()
        return self._watched

    def _hear(self) -> None:
        now = time.monotonic()
        if now - self._heard_at < HEAR_EVERY:
            return
        self._heard_at = now
        counter, self._watched = live.hear(self.run.pk) or (self._counter, False)
        if counter != self._counter or now - self._rows_at > ROWS_EVERY:
            self._counter, self._rows_at, self._read_rows = counter, now, True

    def _unhandled(self) -> list[dict[str, Any]]:
        """Commands that the training does not know yet. They count as handled once it answers, not before:
        a worker that dies in between leaves them to the next one."""
        known = [command.pk for command in self._passed]
        for row in due(["pause", "resume", "stop", "set_lr"]).filter(run=self.run).exclude(pk__in=known):
            if row.kind == "resume":  # a pause that did not come to pass yet is taken back
                _mark_handled([row, *self._take_back_pauses()])
            else:
                self._passed.append(row)
        found = [row for row in self._passed if row.pk not in known]
        self._pause_asked = any(row.kind == "pause" for row in self._passed)
        return [{"kind": row.kind} | ({"lr": row.lr} if row.lr is not None else {}) for row in found]

    def _take_back_pauses(self) -> list[Command]:
        pauses = [row for row in self._passed if row.kind == "pause"]
        self._passed = [row for row in self._passed if row.kind != "pause"]
        return pauses

    def _mark_answered(self, kind: str) -> None:
        answered = [row for row in self._passed if row.kind == COMMAND_BEHIND.get(kind)][:1]
        self._passed = [row for row in self._passed if row not in answered]
        _mark_handled(answered)

    def _repeat_lost_change(self) -> None:
        """Asks again for a learning rate that was told of, but that the last checkpoint doesn't know yet."""
        changed = self.run.events.filter(kind="changed").last()
        if self.run.lost and changed and changed.body["step"] >= archive.newest_step(self.run.pk):
            self.run.commands.create(kind="set_lr", lr=changed.body["lr"])


def _mark_handled(rows: list[Command]) -> None:
    if rows:
        Command.objects.filter(pk__in=[row.pk for row in rows]).update(handled=timezone.now())


def open_test(command: Command) -> None:
    """Opens the test set for an ended run and appends what it gave."""
    run = command.run
    blob = archive.weights(run.pk)
    if blob is None:
        raise FileNotFoundError(f"run {run.pk} has no stored weights")
    tested = evaluate(Job.read(run.job), blob, folders()).describe()
    run.refresh_from_db()
    run.record([tested])


def next_test() -> Command | None:
    """An opening of a test set that nobody has begun yet, now this worker's."""
    for command in due(["test"]).exclude(Q(run__status=Status.RUNNING)):
        if Command.objects.filter(pk=command.pk, handled=None).update(handled=timezone.now()):
            return command
    return None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else "no reason was given"
