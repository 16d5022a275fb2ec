"""A run as the page and scripts see it, and what to expect of one."""

from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from playground import live
from playground.accounts.models import Person
from playground.runs.durations import duration, ordinal
from playground.runs.foretelling import UNKNOWN, Span, Task, foretell
from playground.runs.jobs import Admitted
from playground.runs.models import UNDER_WAY, Run, Status
from playground.runs.queue import Queue, Waiting

_ORDER = [Status.RUNNING, Status.QUEUED, Status.PAUSED]
NOBODY = 0  # stands for whoever has no account yet


class Standing:
    """The queue, read once for all who ask: places, and when each run starts and ends."""

    def __init__(self, more: Waiting | None = None, seconds: float | None = None) -> None:
        """`more` is a run that might be put into the queue, which would train for `seconds`."""
        self._more, self._seconds = more, seconds

    @cached_property
    def order(self) -> list[Waiting]:
        """What waits, the next one first."""
        queue = Run.objects.queue()
        if self._more is None:
            return queue.in_order()
        return Queue([*queue.waiting, self._more], queue.busy, queue.groups, queue.served).in_order()

    @cached_property
    def _places(self) -> dict[UUID, int]:
        return {one.pk: place for place, one in enumerate(self.order, 1)}

    @cached_property
    def spans(self) -> dict[UUID, Span]:
        """When those start and end that run or wait, in seconds from now."""
        under_way = Run.objects.filter(status__in=(Status.RUNNING, Status.QUEUED), deleted=None)
        fields = ("pk", "owner", "status", "estimate", "step", "steps")
        tasks: dict[UUID, Task] = {}
        running: dict[UUID, Task] = {}
        for pk, owner, status, estimate, step, steps in under_way.order_by().values_list(*fields):
            left = (UNKNOWN if estimate is None else estimate) * (
                1 - min(step / steps, 1.0) if steps else 1.0
            )
            (running if status == Status.RUNNING else tasks)[pk] = Task(owner, left)
        if self._more:
            seconds = UNKNOWN if self._seconds is None else self._seconds
            tasks[self._more.pk] = Task(self._more.owner, seconds)
        waiting = {one.pk: tasks[one.pk] for one in self.order if one.pk in tasks}
        workers = max(1, len(live.workers()))
        return foretell(running, waiting, workers, settings.RUNS_HELD, settings.RUNS_AT_ONCE)

    def place_of(self, run: Run) -> int | None:
        """Place in the queue, 1 = next; None for a run that doesn't wait."""
        return self._places.get(run.pk) if run.status == Status.QUEUED else None

    def wait_of(self, run: Run) -> int | None:
        """Seconds until it starts; None for a run that doesn't wait."""
        span = self.spans.get(run.pk) if run.status == Status.QUEUED else None
        return round(span.start) if span else None

    def place_of_more(self) -> int:
        """The place that the run would have which might be put into the queue."""
        assert self._more
        return self._places[self._more.pk]


def describe(run: Run, person: Person | AnonymousUser, standing: Standing | None = None) -> dict[str, Any]:
    """A run as `person` sees it; `standing` is shared where many are described."""
    standing = standing or Standing()
    times = {name: getattr(run, name) for name in ("created", "started", "ended")}
    trouble = live.trouble(run.pk) if run.status == Status.RUNNING else None
    return {
        "id": str(run.pk),
        "name": run.name,
        "purpose": run.purpose,
        "status": Status.PAUSED if trouble else run.status,
        "job": run.job,
        "mine": run.owner_id == person.pk,
        "shared": run.shared,
        "group": str(run.group) if run.group else None,
        "place": standing.place_of(run),
        "wait_seconds": standing.wait_of(run),
        "estimate_seconds": run.estimate,
        "pause_reason": trouble or run.pause_reason or None,
        "seq": run.seq,
        "step": run.step,
        "device": run.device,
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }


def describe_under_way() -> list[dict[str, Any]]:
    """Every run that has not ended, with whose it is: what trains, the queue in order, what pauses."""
    standing = Standing()
    runs = Run.objects.filter(status__in=UNDER_WAY, deleted=None).select_related("owner").defer("job")
    rows = [_row_under_way(run, standing) for run in runs.order_by("created", "pk")]
    return sorted(rows, key=lambda row: (_ORDER.index(row["status"]), row["place"] or 0))


def _row_under_way(run: Run, standing: Standing) -> dict[str, Any]:
    trouble = live.trouble(run.pk) if run.status == Status.RUNNING else None
    return {
        "id": str(run.pk),
        "name": run.name,
        "purpose": run.purpose,
        "person": run.owner.username,
        "status": Status.PAUSED if trouble else run.status,
        "place": standing.place_of(run),
        "wait_seconds": standing.wait_of(run),
        "step": run.step,
        "steps": run.steps,
        "device": run.device,
        "pause_reason": trouble or run.pause_reason or None,
    }


def foretell_job(person: Person | AnonymousUser, admitted: Admitted) -> dict[str, Any]:
    """What to expect of a job that is put into the queue now."""
    new = Waiting(uuid4(), person.pk or NOBODY, None, timezone.now(), False, None, admitted.job["device"], 0)
    standing = Standing(new, admitted.estimate)
    span, place = standing.spans[new.pk], standing.place_of_more()
    return {
        "seconds": admitted.estimate,
        "place": place,
        "wait_seconds": round(span.start),
        "said": _said(admitted.estimate, place, span.end),
    }


def _said(seconds: float | None, place: int, end: float) -> str:
    if seconds is None:
        return "How long it takes here is not known yet" + (
            f"; you are {ordinal(place)}" if place > 1 else ""
        )
    alone = f"{duration(seconds)} on this server"
    if place > 1:
        return f"{alone}, you are {ordinal(place)}, {duration(end)}"
    return alone if end < 1.2 * seconds + 1 else f"{alone}, {duration(end)} as others train too"
