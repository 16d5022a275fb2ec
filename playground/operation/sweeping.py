"""The sweep: removes what nobody will ask for again, so that disk and database stay bounded.

Every step may be repeated and may break off: rows go before their files, and files without a row are
found by the next sweep.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from playground import live
from playground.accounts.models import Link, Person
from playground.networks.models import SavedNetwork
from playground.operation.models import Sweep
from playground.runs import archive
from playground.runs.models import UNDER_WAY, Run
from playground.runs.purposes import Purpose
from playground.runs.studies.models import Study
from playground.storage import Kept

logger = logging.getLogger(__name__)
SWEEPS_KEPT = timedelta(days=30)
KEYFRAMES_OF_OLD = 8  # runs, whose full states are gone too
RECENT = timedelta(days=1)  # what was deleted or written since then is left alone
AT_ONCE = 200  # runs, so that no lock is held for long
FILE_OF_RUN = re.compile(r"runs/([0-9a-f-]{36})/(.+)")


def sweep(now: datetime | None = None) -> Sweep | None:
    """Sweeps once for this hour; None where that was done, or is being done, elsewhere."""
    now = now or timezone.now()
    mine = Sweep.objects.begin(now.replace(minute=0, second=0, microsecond=0))
    if mine is None:
        return None
    steps: dict[str, Callable[[datetime], int]] = {
        "guests": remove_idle_guests,
        "runs": purge_deleted_runs,
        "studies": purge_deleted_studies,
        "networks": purge_deleted_networks,
        "files": remove_files,
        "sessions": clear_sessions,
        "links": remove_old_links,
        "streams": _bound_streams,
    }
    for name, step in steps.items():
        try:
            mine.removed[name] = step(now)
        except Exception:
            logger.exception("the sweep of %s failed; the next one tries again", name)
    mine.kept = measure()
    mine.ended = timezone.now()
    mine.save()
    Sweep.objects.filter(hour__lt=now - SWEEPS_KEPT).delete()
    logger.info("swept: %s", mine.removed)
    return mine


def remove_idle_guests(now: datetime) -> int:
    """Removes guests who did nothing for `GUEST_DAYS`, with all that is theirs; how many."""
    since = now - timedelta(days=settings.GUEST_DAYS)
    recently = Q(runs__created__gt=since) | Q(networks__changed__gt=since) | Q(runs__ended__gt=since)
    busy = Q(runs__status__in=[status for status in UNDER_WAY if status != "paused"])
    active = Person.objects.filter(recently | busy | Q(last_login__gt=since) | Q(date_joined__gt=since))
    idle = Person.objects.filter(is_guest=True, is_staff=False).exclude(pk__in=active.values("pk"))
    people = list(idle.values_list("pk", flat=True))
    _remove_runs(list(Run.objects.filter(owner__in=people).values_list("pk", flat=True)))
    for person in people:
        Person.objects.filter(pk=person).delete()
    return len(people)


def purge_deleted_runs(now: datetime) -> int:
    """Removes runs that were deleted a day ago, with their transcripts and files; how many.

    Searches for a rate go a day after their end: they are in no list, so nobody could delete them.
    """
    answered = Q(purpose=Purpose.FIND_RATE, ended__lt=now - RECENT)
    gone = Run.objects.filter(Q(deleted__lt=now - RECENT) | answered).exclude(status__in=UNDER_WAY)
    return _remove_runs(list(gone.values_list("pk", flat=True)))


def purge_deleted_studies(now: datetime) -> int:
    """Removes studies that were deleted a day ago; their runs go as runs do. How many."""
    return Study.objects.filter(deleted__lt=now - RECENT).delete()[0]


def purge_deleted_networks(now: datetime) -> int:
    """Removes networks that were deleted a day ago and not restored since; how many."""
    return SavedNetwork.objects.filter(deleted__lt=now - RECENT).delete()[0]


def _remove_runs(runs: list[UUID]) -> int:
    for first in range(0, len(runs), AT_ONCE):
        some = runs[first : first + AT_ONCE]
        Run.objects.filter(pk__in=some).delete()
        for run in some:
            _remove([kept.name for kept in default_storage.below(f"runs/{run}")])  # type: ignore[attr-defined]
    return len(runs)


def remove_files(now: datetime) -> int:
    """Removes files that belong to no run, and full states that nobody will go on from; how many."""
    of_run: dict[UUID, list[Kept]] = {}
    useless: list[str] = []
    for kept in default_storage.below("runs"):  # type: ignore[attr-defined]
        run = _run_of(kept.name)
        if run:
            of_run.setdefault(run, []).append(kept)
        elif kept.changed < now - RECENT:
            useless.append(kept.name)
    ended = _ended(list(of_run))
    for run, files in of_run.items():
        if run not in ended:  # no such run
            useless += [kept.name for kept in files if kept.changed < now - RECENT]
        else:
            useless += _outlived(files, ended[run], now)
    return _remove(useless)


def _ended(runs: list[UUID]) -> dict[UUID, datetime | None]:
    """When these runs ended, None for those under way; without those that are not there."""
    found: dict[UUID, datetime | None] = {}
    for first in range(0, len(runs), AT_ONCE):
        rows = Run.objects.filter(pk__in=runs[first : first + AT_ONCE]).values_list("pk", "ended")
        found |= dict(rows)
    return found


def _outlived(files: list[Kept], ended: datetime | None, now: datetime) -> list[str]:
    """Files of a run that go: half-written ones, after its end full states, and later most keyframes."""
    half = [kept.name for kept in files if kept.name.endswith(".part") and kept.changed < now - RECENT]
    if ended is None or ended > now - RECENT:
        return half
    states = sorted(kept.name for kept in files if "/checkpoint-" in kept.name)
    if ended > now - timedelta(days=settings.CHECKPOINT_DAYS):
        return half + states[:-1]
    keyframes = [kept.name for kept in files if f"/{archive.KEYFRAME}-" in kept.name]
    return half + states + archive.keyframes_beyond(keyframes, KEYFRAMES_OF_OLD)


def _run_of(name: str) -> UUID | None:
    found = FILE_OF_RUN.fullmatch(name)
    try:
        return UUID(found[1]) if found else None
    except ValueError:
        return None


def _remove(names: list[str]) -> int:
    for name in names:
        default_storage.delete(name)
        folder = name.rpartition("/")[0]
        if (
            folder != "runs"
            and default_storage.exists(folder)
            and default_storage.listdir(folder) == ([], [])
        ):
            default_storage.delete(folder)
    return len(names)


def clear_sessions(now: datetime) -> int:
    """Removes sessions that can't be used any more; how many."""
    from django.contrib.sessions.models import Session

    before = Session.objects.filter(expire_date__lt=now).count()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return before


def remove_old_links(now: datetime) -> int:
    """Removes one-time links that can't be used any more; how many."""
    return Link.objects.filter(expires__lt=now).delete()[0]


def _bound_streams(now: datetime) -> int:
    return live.bound_streams()


def measure() -> dict[str, object]:
    """Bytes in the file storage: of all runs, and of each person's."""
    of_run: Counter[UUID] = Counter()
    for kept in default_storage.below("runs"):  # type: ignore[attr-defined]
        run = _run_of(kept.name)
        if run:
            of_run[run] += kept.size
    owners: dict[UUID, int] = {}
    runs = list(of_run)
    for first in range(0, len(runs), AT_ONCE):
        owners |= dict(Run.objects.filter(pk__in=runs[first : first + AT_ONCE]).values_list("pk", "owner_id"))
    people: Counter[str] = Counter()
    for run, size in of_run.items():
        people[str(owners.get(run, ""))] += size
    return {"bytes": sum(of_run.values()), "people": dict(people.most_common(100))}
