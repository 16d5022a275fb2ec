"""Who trains a run: a claim is a lease, and one that is not renewed is taken over."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from playground import live
from playground.runs.models import Back, Run, Runs, Status, Turn
from trainer.events import Failed

LEASE = timedelta(seconds=8)
RENEW_EVERY = 2.0  # seconds
DEVICE_WISHES = ("auto", "cpu", "cuda")  # of a job
_CLAIMING = 7301  # the lock on PostgreSQL that makes claims one after another; SQLite's transactions are so


def claim_next(worker: str, wishes: Iterable[str] = DEVICE_WISHES, alone: bool = True) -> Run | None:
    """The next run of the queue whose job has one of these wishes for a device, now this worker's.

    None where nothing may begin. `alone`: the worker holds nothing else. Exactly one claim wins.
    """
    wishes = tuple(wishes)
    if Run.objects.queue().next(wishes, settings.RUNS_AT_ONCE, alone) is None:  # seen without any lock
        return None
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CLAIMING])
        chosen = Run.objects.queue().next(wishes, settings.RUNS_AT_ONCE, alone)
        if chosen is None:
            return None
        return _take(Run.objects.get(pk=chosen.pk), worker)


def _take(run: Run, worker: str) -> Run | None:
    """The run, now this worker's; None where somebody paused or stopped it at this moment."""
    now = timezone.now()
    taken = Run.objects.filter(pk=run.pk, status=Status.QUEUED, attempt=run.attempt).update(
        status=Status.RUNNING, worker=worker, lease=Now() + LEASE, attempt=F("attempt") + 1,
        ahead=False, called=None, suspect=True, started=run.started or now,
    )  # fmt: skip
    if not taken:
        return None
    Turn.objects.update_or_create(owner_id=run.owner_id, defaults={"served": now})
    run.refresh_from_db()
    transaction.on_commit(lambda: live.announce_state(run.pk, run.seq))
    return run


def renew(runs: Iterable[Run]) -> None:
    """Puts the end of these runs' leases off, as far as they still are their worker's."""
    mine = Q(pk=None)
    for run in runs:
        mine |= Q(pk=run.pk, worker=run.worker, attempt=run.attempt)
    Run.objects.filter(mine, status=Status.RUNNING).update(lease=Now() + LEASE)


def free_runs(worker: str, died: datetime | None = None) -> int:
    """Puts back what a worker left behind when it died; how many runs that were.

    Where it is known when it died, what it has claimed since its return stays its own: those leases are
    longer. A run that has lost its worker too often without getting any further is failed instead.
    """
    left = Run.objects.filter(worker=worker, status=Status.RUNNING)
    if died:
        left = left.filter(lease__lte=died + LEASE)
    return sum(_free(run.pk, left) for run in left)


def free_expired() -> int:
    """Puts back runs whose lease ended without being renewed; how many. Exactly one caller wins each."""
    left = Run.objects.filter(status=Status.RUNNING, lease__lt=Now())
    return sum(_free(run.pk, left) for run in left)


@transaction.atomic
def _free(pk: UUID, left: Runs) -> bool:
    """Frees a run if it still is among those left behind: it may have been renewed at this moment."""
    run = left.select_for_update().filter(pk=pk).first()
    if run is None:
        return False
    losses = run.losses + run.suspect
    if losses < settings.LOSSES_ALLOWED:
        run.requeue(Back.WORKER_LOST, losses=losses)
    else:
        message = f"This run lost its worker {losses} times without getting any further, so it was given up."
        failed = {"status": Status.FAILED, "ended": timezone.now(), "losses": losses}
        run.record([Failed(message=message).describe()], **failed, worker="", lease=None)
    return True


def wishes_for(worker: str, alive: Iterable[str]) -> tuple[str, ...]:
    """Which jobs a worker takes, by its device, which its name begins with.

    A GPU takes what asks for one or leaves the choice; then a processor keeps to what asks for it.
    Without a GPU a processor takes all: who asked for one hears from the training that there is none.
    """
    if worker.startswith("cuda"):
        return ("auto", "cuda")
    return ("cpu",) if any(name.startswith("cuda") for name in alive) else DEVICE_WISHES
