"""A sweep: one for every hour, by whoever comes first."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.utils import IntegrityError


class Sweeps(models.Manager["Sweep"]):
    def begin(self, hour: datetime) -> "Sweep | None":
        """The sweep of this hour, now ours; None where somebody else has it."""
        try:
            with transaction.atomic():
                return self.create(hour=hour)
        except IntegrityError:
            return None


class Sweep(models.Model):
    """What a sweep removed and what it found kept."""

    hour = models.DateTimeField(unique=True)
    ended = models.DateTimeField(null=True)
    removed: Any = models.JSONField(default=dict)  # how many of what
    kept: Any = models.JSONField(default=dict)  # bytes in the file storage: all, and by person

    objects = Sweeps()

    class Meta:
        ordering = ["-hour"]
