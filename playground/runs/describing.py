"""A run as the page and scripts see it."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from playground import live
from playground.accounts.models import Person
from playground.runs.models import Run, Status


class Standing:
    """Places in the queue, read once for all who ask."""

    @cached_property
    def _places(self) -> dict[UUID, int]:
        return {one.pk: place for place, one in enumerate(Run.objects.queue().in_order(), 1)}

    def place_of(self, run: Run) -> int | None:
        """Place in the queue, 1 = next; None for a run that doesn't wait."""
        return self._places.get(run.pk) if run.status == Status.QUEUED else None


def describe(run: Run, person: Person | AnonymousUser, standing: Standing | None = None) -> dict[str, Any]:
    """A run as `person` sees it; `standing` is shared where many are described."""
    standing = standing or Standing()
    times = {name: getattr(run, name) for name in ("created", "started", "ended")}
    trouble = live.trouble(run.pk) if run.status == Status.RUNNING else None
    return {
        "id": str(run.pk),
        "name": run.name,
        "status": Status.PAUSED if trouble else run.status,
        "job": run.job,
        "mine": run.owner_id == person.pk,
        "shared": run.shared,
        "group": str(run.group) if run.group else None,
        "place": standing.place_of(run),
        "pause_reason": trouble or run.pause_reason or None,
        "seq": run.seq,
        "step": run.step,
        "device": run.device,
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }
