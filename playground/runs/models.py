"""A run, its transcript, and what people ask of it."""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from playground import live
from playground.accounts.models import Person
from playground.networks.models import SavedNetwork
from playground.runs.bell import ring_on_commit
from playground.runs.commands import FOR_A_TRAINING
from playground.runs.purposes import Purpose
from playground.runs.queue import Queue, Waiting, busy_people
from playground.runs.studies.models import HEARD, hear
from trainer.events import Paused, Stopped
from trainer.problems import Problem


class Status(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    DIVERGED = "diverged"
    FAILED = "failed"


class Back(models.TextChoices):
    """Why a run goes on that has been under way before."""

    ASKED = "asked"
    WORKER_LOST = "worker_lost"
    RECOVERED = "recovered"  # the server can keep files again
    TURN = "turn"  # others had theirs


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

    def trainings(self) -> "Runs":
        """Those that leave something to look at: a search for a rate is over with its answer."""
        return self.filter(purpose=Purpose.TRAIN)

    def but_trials(self) -> "Runs":
        """Those that stand for themselves; trials are listed by their study."""
        return self.filter(trial=None)

    def queue(self) -> Queue:
        """All that waits, with what decides whose turn it is."""
        fields = ("pk", "owner", "group", "queued", "ahead", "called", "job__device", "attempt")
        rows = self.filter(status=Status.QUEUED, deleted=None).order_by().values_list(*fields)
        waiting = [Waiting(*row) for row in rows]
        if not waiting:
            return Queue([], Counter(), set(), {})
        running = list(self.filter(status=Status.RUNNING).order_by().values_list("owner", "group"))
        served = Turn.objects.filter(owner__runs__status=Status.QUEUED).values_list("owner", "served")
        return Queue(
            waiting,
            busy_people(running),
            {group for _, group in running if group},
            {owner: at.timestamp() for owner, at in served},
        )

    @transaction.atomic
    def launch(
        self,
        owner: Person,
        job: dict[str, Any],
        name: str,
        saved: SavedNetwork | None = None,
        **more: Any,
    ) -> "Run":
        """Puts a job, already read and checked, into the queue. `more` are fields of the run."""
        run = self.create(owner=owner, job=job, name=name, saved_network=saved, **more)
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
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.TRAIN)
    shared = models.BooleanField(default=False)

    # A study, a bet, five seeds: runs of one group take one turn together.
    group = models.UUIDField(null=True, db_index=True)

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    pause_reason = models.CharField(
        max_length=200, default=""
    )  # why the server paused it; it goes on by itself
    queued = models.DateTimeField(default=timezone.now)
    ahead = models.BooleanField(default=False)  # goes on before anything new begins
    called = models.DateTimeField(
        null=True
    )  # to the front, by someone in charge; the last one called is first
    seq = models.PositiveIntegerField(default=0)  # of the last event
    step = models.PositiveIntegerField(default=0)  # batches told of
    device = models.CharField(max_length=20, default="")

    worker = models.CharField(max_length=200, default="", db_index=True)
    attempt = models.PositiveIntegerField(default=0)  # claims so far; an older claim can't write any more
    lease = models.DateTimeField(null=True)  # until then it is its worker's, which renews it
    suspect = models.BooleanField(default=False)  # in its worker's hands, and not got further yet
    losses = models.PositiveIntegerField(default=0)  # workers that died of it since it last got any further
    back = models.CharField(max_length=20, default=Back.ASKED)  # why it goes on, when it does

    memory = models.BigIntegerField(default=0)  # bytes that it needs while it is held, estimated
    stored = models.BigIntegerField(default=0)  # bytes of its files
    likeness = models.CharField(max_length=64, default="", db_index=True)  # the same for runs as fast as this
    steps = models.PositiveIntegerField(default=0)  # of the whole training, as far as known beforehand
    forecast = models.FloatField(null=True)  # seconds of training, estimated from the job alone
    estimate = models.FloatField(null=True)  # the same, corrected by what runs really took here
    seconds = models.FloatField(null=True)  # that it really took

    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    deleted = models.DateTimeField(null=True)

    objects = Runs.as_manager()

    class Meta:
        ordering = ["-created"]
        indexes = [
            models.Index(fields=["owner", "-created"]),
            models.Index(fields=["status", "owner"]),
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
            heard = [event for event in numbered if event["kind"] in HEARD] if self.group else []
            if heard:
                hear(self.pk, heard, self._seconds_trained())
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
        """Takes a command; a running run does what is for a training between batches."""
        if kind not in Purpose(self.purpose).work.commands:
            raise Problem("This run only looks for a learning rate; it can be stopped.", ("kind",))
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Run.objects.select_for_update())
            if self.status == Status.RUNNING and kind in FOR_A_TRAINING:
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
        elif kind == "ahead":
            self._call_ahead()
        elif kind == "set_lr":
            self.commands.create(kind=kind, lr=lr)
        elif kind == "stop":
            stopped = Stopped(step=self.step, seconds=self._seconds_trained())
            self.record([stopped.describe()], status=Status.STOPPED, ended=timezone.now(), pause_reason="")
        elif kind == "pause" and self.status == Status.QUEUED:
            self.record([Paused(step=self.step).describe()], status=Status.PAUSED)
        elif kind == "pause" and self.pause_reason:
            self.record([], pause_reason="")  # now it waits to be asked
        elif kind == "resume" and self.status == Status.PAUSED:
            self.requeue(Back.RECOVERED if self.pause_reason else Back.ASKED)

    def requeue(self, back: Back, **changes: Any) -> None:
        """Puts a run that was under way into the queue again, before anything new."""
        queued = {"status": Status.QUEUED, "ahead": True, "back": back, "pause_reason": ""}
        self.record([], **queued, **changes, worker="", lease=None, suspect=False)
        ring_on_commit()

    def _call_ahead(self) -> None:
        if self.status != Status.QUEUED:
            raise Problem(f"Only a queued run can move up; this one is {self.status}.", ("kind",))
        self.record([], called=timezone.now())
        transaction.on_commit(lambda: live.announce_state(self.pk, self.seq))
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

    def furthest_step(self) -> int:
        """The last step that was ever told of, also if a later worker began before it."""
        told = self.events.filter(kind="curves").values_list("body", flat=True)
        return max((body["first"] + len(body["loss"]) - 1 for body in told), default=0)

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


class Turn(models.Model):
    """When a person had a turn last."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    served = models.DateTimeField()
