"""A run, its transcript, and what people ask of it."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from playground import live
from playground.accounts.models import Person
from playground.networks.models import SavedNetwork
from playground.runs.bell import ring_on_commit
from trainer.events import Failed, Paused, Stopped
from trainer.problems import Problem

LEASE = timedelta(seconds=8)
DEVICE_WISHES = ("auto", "cpu", "cuda")  # of a job


class Status(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    DIVERGED = "diverged"
    FAILED = "failed"


UNDER_WAY = (Status.QUEUED, Status.RUNNING, Status.PAUSED)


class Fenced(Exception):
    """Somebody else has changed this run's transcript: what this process knows of it no longer counts."""


class Runs(models.QuerySet["Run"]):
    def of(self, person: Person | AnonymousUser) -> "Runs":
        """What this person started."""
        return self.filter(owner=person, deleted=None) if person.is_authenticated else self.none()

    def seen_by(self, person: Person | AnonymousUser) -> "Runs":
        """What this person may look at: their own and whatever was shared."""
        mine = Q(owner=person) if person.is_authenticated else Q()
        return self.filter(Q(shared=True) | mine if mine else Q(shared=True), deleted=None)

    def waiting(self) -> "Runs":
        """The queue, next one first."""
        return self.filter(status=Status.QUEUED).order_by("-ahead", "queued", "id")

    @transaction.atomic
    def launch(
        self, owner: Person, job: dict[str, Any], name: str, saved: SavedNetwork | None = None
    ) -> "Run":
        """Puts a job, already read and checked, into the queue."""
        run = self.create(owner=owner, job=job, name=name, saved_network=saved)
        transaction.on_commit(lambda: live.announce_state(run.pk, run.seq))
        ring_on_commit()
        return run


class Run(models.Model):
    """One execution of a job. Only its verbs change its status; only `record` writes its transcript."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="runs")
    saved_network = models.ForeignKey(SavedNetwork, models.SET_NULL, null=True, related_name="runs")
    name = models.CharField(max_length=100)
    job = models.JSONField()
    shared = models.BooleanField(default=False)

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    queued = models.DateTimeField(default=timezone.now)
    ahead = models.BooleanField(default=False)  # goes on before anything new begins
    seq = models.PositiveIntegerField(default=0)  # of the last event
    step = models.PositiveIntegerField(default=0)  # batches told of
    device = models.CharField(max_length=20, default="")

    worker = models.CharField(max_length=200, default="", db_index=True)
    attempt = models.PositiveIntegerField(default=0)  # claims so far; an older claim can't write any more
    lease = models.DateTimeField(null=True)
    losses = models.PositiveIntegerField(default=0)  # workers lost since it last got any further
    lost = models.BooleanField(
        default=False
    )  # it goes on because its worker went, not because it was asked to

    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    deleted = models.DateTimeField(null=True)

    objects = Runs.as_manager()

    class Meta:
        ordering = ["-created"]
        indexes = [
            models.Index(fields=["owner", "-created"]),
            models.Index(fields=["status", "-ahead", "queued"]),
        ]

    @property
    def has_ended(self) -> bool:
        return self.status not in UNDER_WAY

    def record(self, events: Iterable[dict[str, Any]], **changes: Any) -> None:
        """Appends events to the transcript, together with what they change on the run, then announces them.

        Raises Fenced, and stores nothing, where somebody else wrote in the meantime.
        """
        numbered = [{"seq": seq, **event} for seq, event in enumerate(events, self.seq + 1)]
        changes["seq"] = self.seq + len(numbered)
        with transaction.atomic():
            unchanged = Run.objects.filter(pk=self.pk, seq=self.seq, worker=self.worker, attempt=self.attempt)
            if not unchanged.update(**changes):
                raise Fenced(f"run {self.pk} belongs to somebody else now")
            rows = [
                Event(run_id=self.pk, seq=event["seq"], kind=event["kind"], body=event) for event in numbered
            ]
            Event.objects.bulk_create(rows)
            status_changed = changes.get("status", self.status) != self.status
            for field, value in changes.items():
                setattr(self, field, value)
            transaction.on_commit(lambda: self._announce(numbered, status_changed))

    def _announce(self, events: list[dict[str, Any]], status_changed: bool) -> None:
        if events:
            live.announce(self.pk, events)
        if status_changed:
            live.announce_state(self.pk, self.seq)

    def ask(self, kind: str, lr: float | None = None) -> None:
        """Takes `pause`, `resume`, `stop`, `set_lr` or `test`. A running run does it between batches."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Run.objects.select_for_update())
            if self.status == Status.RUNNING and kind != "test":
                self.commands.create(kind=kind, lr=lr)
                transaction.on_commit(lambda: live.ring_for_commands(self.pk))
            else:
                self.do_without_worker(kind, lr)

    def do_without_worker(self, kind: str, lr: float | None) -> None:
        """Does a command on a run that no worker holds; raises a Problem where it makes no sense any more."""
        if kind == "test":
            self._open_test()
        elif self.has_ended:
            raise Problem(f"This run is {self.status}; it can't be changed any more.", ("kind",))
        elif kind == "set_lr":
            self.commands.create(kind=kind, lr=lr)
        elif kind == "stop":
            stopped = Stopped(step=self.step, seconds=self._seconds_trained())
            self.record([stopped.describe()], status=Status.STOPPED, ended=timezone.now())
        elif kind == "pause" and self.status == Status.QUEUED:
            self.record([Paused(step=self.step).describe()], status=Status.PAUSED)
        elif kind == "resume" and self.status == Status.PAUSED:
            self.record([], status=Status.QUEUED, queued=timezone.now(), ahead=True, lost=False)
            ring_on_commit()

    def _seconds_trained(self) -> float:
        told = self.events.filter(kind="curves").last()
        return float(told.body["seconds"]) if told else 0.0

    def _open_test(self) -> None:
        if self.status not in (Status.FINISHED, Status.STOPPED):
            raise Problem(
                f"The test set is opened for a run that has ended; this one is {self.status}.", ("kind",)
            )
        self.commands.create(kind="test")
        ring_on_commit()

    @property
    def place(self) -> int | None:
        """Place in the queue, 1 = next; None for a run that doesn't wait."""
        if self.status != Status.QUEUED:
            return None
        same = Q(ahead=self.ahead) & (Q(queued__lt=self.queued) | Q(queued=self.queued, pk__lt=self.pk))
        before = same if self.ahead else same | Q(ahead=True)
        return Run.objects.waiting().filter(before).count() + 1

    def share(self) -> None:
        """Lets everyone who has the link look at it."""
        self.shared = True
        self.save(update_fields=["shared"])

    def delete_softly(self) -> None:
        """Takes it away from every list; whatever still runs is stopped."""
        if not self.has_ended:
            self.ask("stop")
        self.deleted = timezone.now()
        self.save(update_fields=["deleted"])

    def describe(self, person: Person | AnonymousUser) -> dict[str, Any]:
        """The run as the page and scripts see it."""
        times = {name: getattr(self, name) for name in ("created", "started", "ended")}
        return {
            "id": str(self.pk),
            "name": self.name,
            "status": self.status,
            "job": self.job,
            "mine": self.owner_id == person.pk,
            "shared": self.shared,
            "place": self.place,
            "seq": self.seq,
            "step": self.step,
            "device": self.device,
            **{name: at.isoformat() if at else None for name, at in times.items()},
        }

    def transcript(self, after: int, count: int) -> list[dict[str, Any]]:
        """At most `count` events whose seq is larger than `after`, in order."""
        return list(self.events.filter(seq__gt=after).values_list("body", flat=True)[:count])


class Event(models.Model):
    """One line of a run's transcript. `body` is what was said, `seq` and `kind` included."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    body = models.JSONField()

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["run", "seq"], name="one_event_a_number")]


class Command(models.Model):
    """What somebody asked of a run; `handled` once it was passed on."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="commands")
    kind = models.CharField(max_length=10)
    lr = models.FloatField(null=True)
    asked = models.DateTimeField(default=timezone.now)
    handled = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["kind"], condition=Q(handled=None), name="unhandled_commands")]


def due(kinds: Iterable[str]) -> models.QuerySet[Command]:
    """Commands of these kinds that nobody has handled yet, oldest first."""
    return Command.objects.filter(kind__in=list(kinds), handled=None).select_related("run")


def claim_next(worker: str, wishes: Iterable[str] = DEVICE_WISHES) -> Run | None:
    """The next run of the queue whose job has one of these wishes for a device, now this worker's.

    None where nothing waits. Exactly one claim wins.
    """
    while True:
        run = Run.objects.waiting().filter(job__device__in=wishes).first()
        if run is None:
            return None
        now = timezone.now()
        changes = {"status": Status.RUNNING, "worker": worker, "lease": now + LEASE, "ahead": False}
        started = run.started or now
        queued = Run.objects.filter(pk=run.pk, status=Status.QUEUED, attempt=run.attempt)
        if queued.update(**changes, attempt=F("attempt") + 1, started=started):
            run.refresh_from_db()
            live.announce_state(run.pk, run.seq)
            return run


def free_runs(worker: str) -> int:
    """Puts back what a worker left behind when it died; how many runs that were.

    A run that has lost its worker too often without getting any further is failed instead.
    """
    left = Run.objects.filter(worker=worker, status=Status.RUNNING)
    for run in left:
        try:
            _free(run)
        except Fenced:  # it ended or was freed by somebody else at this moment
            continue
    return len(left)


def _free(run: Run) -> None:
    losses = run.losses + 1
    if losses >= settings.LOSSES_ALLOWED:
        message = f"This run lost its worker {losses} times without getting any further, so it was given up."
        run.record(
            [Failed(message=message).describe()],
            status=Status.FAILED,
            ended=timezone.now(),
            losses=losses,
            worker="",
        )
    else:
        run.record([], status=Status.QUEUED, ahead=True, worker="", losses=losses, lost=True)
        ring_on_commit()
