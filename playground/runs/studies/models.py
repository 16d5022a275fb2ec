"""A study and its trials, as rows. A trial is a run of the study's group and knows what that run said."""

import json
import uuid
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from playground import live
from playground.accounts.models import Person
from trainer.studies.trial import UNDER_WAY
from trainer.studies.trial import Trial as Told

if TYPE_CHECKING:
    from trainer.studies.study import Study as Plan

HEARD = (
    "started",
    "resumed",
    "validated",
    "finished",
    "stopped",
    "diverged",
    "failed",
)  # events a trial is made of


@lru_cache(maxsize=64)
def _plan(text: str) -> "Plan":
    """A plan, read once for all the reports of its trials."""
    from trainer.studies.study import Study as Plan  # here: it loads PyTorch, and the web must answer before

    return Plan.read(json.loads(text))


class Studies(models.QuerySet["Study"]):
    def of(self, person: Person | AnonymousUser) -> "Studies":
        """What this person started."""
        return self.filter(owner=person, deleted=None) if person.is_authenticated else self.none()

    def seen_by(self, person: Person | AnonymousUser) -> "Studies":
        """What this person may look at: their own and whatever was shared."""
        mine = Q(owner=person) if person.is_authenticated else Q(pk=None)
        return self.filter(Q(shared=True) | mine, deleted=None)

    def open(self) -> "Studies":
        """Those that go on."""
        return self.filter(status=Study.Status.RUNNING, deleted=None)


class Study(models.Model):
    """What is tried, how far it got, and what came of it. `seq` counts every change, for those who follow."""

    class Status(models.TextChoices):
        RUNNING = "running"
        STOPPED = "stopped"
        FINISHED = "finished"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="studies")
    name = models.CharField(max_length=100)
    plan = models.JSONField()  # the study as trainer.studies.study has it
    group = models.UUIDField(default=uuid.uuid4, unique=True)  # of its runs: they take one turn together
    shared = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    made = models.PositiveIntegerField(default=0)  # trials so far; who makes the next one counts it up, once
    result = models.JSONField(default=dict)  # of the trials that have ended
    seq = models.PositiveIntegerField(default=0)
    estimate = models.FloatField(null=True)  # seconds, of all its trials one after the other
    created = models.DateTimeField(default=timezone.now)
    ended = models.DateTimeField(null=True)
    deleted = models.DateTimeField(null=True)

    objects = Studies.as_manager()

    class Meta:
        ordering = ["-created"]
        indexes = [models.Index(fields=["status"]), models.Index(fields=["owner", "-created"])]

    def read(self) -> "Plan":
        """What it plans to try."""
        return _plan(json.dumps(self.plan))

    def told(self) -> list[Told]:
        """Its trials and what they told, in the order of their numbers."""
        return [row.told() for row in self.trials.all()]

    def change(self, expected: Q | None = None, **fields: Any) -> bool:
        """Changes the row, where it still is as expected, and rings for those who follow."""
        rows = Study.objects.filter(expected or Q(), pk=self.pk)
        if not rows.update(**fields, seq=F("seq") + 1):
            return False
        transaction.on_commit(lambda: live.ring(self.pk))
        return True

    def stop(self) -> None:
        """Ends it, and what it has under way."""
        self.end(Study.Status.STOPPED)
        for trial in self.trials.filter(state__in=UNDER_WAY).exclude(run=None).select_related("run"):
            if trial.run and not trial.run.has_ended:
                trial.run.ask("stop")
        self.refresh_from_db()

    def delete_softly(self) -> None:
        """Takes it and its runs away from every list."""
        self.stop()
        for trial in self.trials.exclude(run=None).select_related("run"):
            if trial.run and not trial.run.deleted:
                trial.run.delete_softly()
        self.change(deleted=timezone.now())

    def end(self, status: Status, made: int | None = None) -> bool:
        """Ends it; False where it has ended already, or another trial was made since `made`."""
        expected = Q(status=Study.Status.RUNNING) & (Q() if made is None else Q(made=made))
        return self.change(expected, status=status, ended=timezone.now())


class Trial(models.Model):
    """One set of values, and the run that tries them. `seq` is that of the study when this changed last."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="trials")
    run = models.OneToOneField("runs.Run", models.SET_NULL, null=True, related_name="trial")
    number = models.PositiveIntegerField()  # from 0
    values = models.JSONField()
    seed = models.BigIntegerField()
    repeats = models.PositiveIntegerField(
        null=True
    )  # the number of the trial that it repeats with another seed
    state = models.CharField(max_length=10, default="waiting")
    reports = models.JSONField(default=list)  # [epoch, validation loss, validation accuracy]
    epoch = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(default=0.0)  # of training
    reason = models.CharField(max_length=500, default="")
    seq = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="one_trial_a_number")]

    def told(self) -> Told:
        """What it told, as the trainer reads it."""
        reports = tuple((epoch, loss, right) for epoch, loss, right in self.reports)
        same = {
            name: getattr(self, name) for name in ("number", "values", "seed", "repeats", "epoch", "seconds")
        }
        return Told(**same, state=self.state, reports=reports, reason=self.reason)  # type: ignore[arg-type]

    def keep(self, trial: Told) -> None:
        """Stores what it told."""
        self.study.change()
        self.seq = Study.objects.values_list("seq", flat=True).get(pk=self.study_id)
        for name in ("state", "reports", "epoch", "seconds"):
            setattr(self, name, getattr(trial, name))
        self.reason = trial.reason[:500]
        self.save()


def hear(run: UUID, events: Iterable[dict[str, Any]], seconds: float) -> None:
    """Has a trial hear what its run said, in the transaction that stores it. `seconds`: trained up to now."""
    row = Trial.objects.select_related("study").filter(run=run).first()
    if row is None:
        return  # another group
    trial = row.told()
    for event in events:
        trial = trial.heard({"seconds": seconds, **event})
    row.keep(trial)
