"""A worker's life beside its work: it shows itself, keeps its leases, and looks after what others lost."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import close_old_connections, connection

from playground import live
from playground.runs.bell import ring
from playground.runs.claiming import DEVICE_WISHES, RENEW_EVERY, free_expired, wishes_for
from playground.runs.commands import due
from playground.runs.leases import Leases
from playground.runs.models import Run, Status
from playground.runs.reviving import revive_paused
from playground.runs.studies.advancing import advance_all

if TYPE_CHECKING:
    from playground.runs.turns import Turns

logger = logging.getLogger(__name__)
BEAT = 1.0  # seconds
SHOW_EVERY = 2
REVIVE_EVERY = 3


class Life:
    """What a worker does once a second, in a thread of its own. `turns` is there while it works."""

    def __init__(self, leases: Leases, leaving: threading.Event) -> None:
        self.leases = leases
        self.turns: Turns | None = None
        self.wishes: tuple[str, ...] = DEVICE_WISHES
        self._leaving = leaving
        self._name = self._queue = ""
        self._beats = 0

    def begin(self, name: str, queue: str) -> None:
        """The worker is ready."""
        self._name, self._queue = name, queue
        self.wishes = wishes_for(name, live.workers())
        threading.Thread(target=self._live, name="life", daemon=True).start()

    def _live(self) -> None:
        while True:
            close_old_connections()
            for chore in self._chores():
                self._do(chore)
            connection.close()
            self._beats += 1
            time.sleep(BEAT)

    def _chores(self) -> list[Callable[[], object]]:
        chores: list[Callable[[], object]] = [
            self._renew,
            free_expired,
            advance_all,
            self._ring_for_lost_bells,
        ]
        if self._beats % SHOW_EVERY == 0:
            chores.insert(0, self._show)
        if self._beats % REVIVE_EVERY == 0:
            chores.append(revive_paused)
        return chores

    def _do(self, chore: Callable[[], object]) -> None:
        try:
            chore()
        except Exception:
            logger.exception("a chore of the worker failed; it is tried again")

    def _renew(self) -> None:
        self.leases.renew(after=RENEW_EVERY - BEAT / 2)

    def _show(self) -> None:
        """Shows life, and looks at the others: who has nothing to do may get a run of ours."""
        turns = self.turns
        sign = {"busy": turns is not None, "queue": self._queue, "runs": len(turns.held) if turns else 0}
        live.show_life(self._name, sign)
        others = live.workers()
        self.wishes = wishes_for(self._name, others)
        idle = [name for name, other in others.items() if other["queue"] == self._queue and not other["busy"]]
        if turns and any(name != self._name for name in idle):
            turns.share.set()

    def _ring_for_lost_bells(self) -> None:
        """Rings for work that lies there while this worker does nothing."""
        if not self.turns and not self._leaving.is_set() and self.is_there_work():
            ring(self._queue)

    def is_there_work(self) -> bool:
        """Whether a worker would find something to do."""
        waiting = Run.objects.filter(status=Status.QUEUED, job__device__in=self.wishes, deleted=None)
        return waiting.exists() or due(["test"]).exists()
