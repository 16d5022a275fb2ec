"""What people ask of a run, as rows: a command outlives the worker that did not come to it."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils import timezone

FOR_A_TRAINING = ("pause", "resume", "stop", "set_lr")  # a running run does these itself, between batches


class Command(models.Model):
    """What somebody asked of a run; `handled` once it was passed on."""

    run = models.ForeignKey("runs.Run", models.CASCADE, related_name="commands")
    kind = models.CharField(max_length=10)
    lr = models.FloatField(null=True)
    reason = models.CharField(max_length=10, default="")  # why to stop, where it was not a person who asked
    asked = models.DateTimeField(default=timezone.now)
    handled = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["kind"], condition=Q(handled=None), name="unhandled_commands")]


def due(kinds: Iterable[str]) -> models.QuerySet[Command]:
    """Commands of these kinds that nobody has handled yet, oldest first."""
    return Command.objects.filter(kind__in=list(kinds), handled=None).select_related("run")
