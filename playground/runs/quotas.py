"""How much one person may have here, said with numbers before anything starts."""

from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from playground.accounts.models import Person
from playground.runs.models import Run, Status
from playground.runs.queue import takers
from trainer.problems import Problem


def require_place(person: Person, group: UUID | None = None, but: UUID | None = None) -> None:
    """Refuses a run more than a person may have in training and waiting; a group counts as one."""
    under_way = Run.objects.of(person).filter(status__in=(Status.RUNNING, Status.QUEUED))
    if but:
        under_way = under_way.exclude(pk=but)
    if group:
        _require_room_in(under_way.filter(group=group).count())
    others = under_way.exclude(group=group) if group else under_way
    count = len(list(takers(others.values_list("owner", "group"))))
    if count >= settings.RUNS_AT_ONCE + settings.RUNS_WAITING:
        raise Problem(
            f"You have {count} runs in training or waiting; this server lets {settings.RUNS_AT_ONCE} train "
            f"and {settings.RUNS_WAITING} wait for each person. Wait for one to end, or stop one.",
            ("queue",),
        )


def _require_room_in(members: int) -> None:
    if members >= settings.RUNS_IN_GROUP:
        raise Problem(
            f"This group has {members} runs under way; this server takes {settings.RUNS_IN_GROUP}.",
            ("group",),
        )


def require_storage(person: Person, more: int) -> None:
    """Refuses a run whose files would go beyond what is kept for one person."""
    kept = Run.objects.of(person).aggregate(sum=Sum("stored"))["sum"] or 0
    if kept + more > settings.PERSON_BYTES:
        raise Problem(
            f"Your runs keep {_mega(kept)} MB, and this one would add {_mega(more)} MB; this server keeps "
            f"{_mega(settings.PERSON_BYTES)} MB for each person. Delete a run.",
            ("queue",),
        )


def _mega(size: int) -> str:
    return f"{size / 1e6:,.1f}"
