"""The leases of the runs that this process holds: renewed by a thread, between batches where that is late."""

import logging
import threading
import time

from django.db import DatabaseError

from playground.runs.claiming import LEASE, RENEW_EVERY, renew
from playground.runs.models import Fenced, Run, Status

logger = logging.getLogger(__name__)
SURE = LEASE.total_seconds() - RENEW_EVERY  # so long after a renewal nobody else can have taken over


class Leases:
    """Which runs are held. Any thread may renew."""

    def __init__(self) -> None:
        self._renewed: dict[Run, float] = {}
        self._lock = threading.Lock()

    def hold(self, run: Run, since: float) -> None:
        """A run that was claimed, at the earliest at `since` (monotonic seconds)."""
        with self._lock:
            self._renewed[run] = since

    def let_go(self, run: Run) -> None:
        """The run is no longer ours to renew."""
        with self._lock:
            self._renewed.pop(run, None)

    def renew(self, after: float = 0.0) -> None:
        """Renews all leases if the last time is `after` seconds ago; the database may be away meanwhile."""
        with self._lock:
            held = dict(self._renewed)
        now = time.monotonic()
        if not held or now - min(held.values()) < after:
            return
        try:
            renew(held)
        except DatabaseError as error:
            logger.warning("leases can't be renewed (%s); it is tried again", error)
            return
        with self._lock:
            self._renewed |= {run: now for run in held if run in self._renewed}

    def require(self, run: Run) -> None:
        """Raises Fenced where somebody else has taken the run over. Costs a query only when that may be."""
        if time.monotonic() - self._renewed.get(run, 0.0) < SURE:
            return
        mine = Run.objects.filter(pk=run.pk, worker=run.worker, attempt=run.attempt, status=Status.RUNNING)
        if not mine.exists():
            raise Fenced(f"run {run.pk} belongs to somebody else now")
