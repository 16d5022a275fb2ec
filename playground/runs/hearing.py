"""What is asked of the runs that a worker holds, heard in one place and between batches."""

import time
from collections.abc import Iterable
from uuid import UUID

from playground import live
from playground.runs.commands import FOR_A_TRAINING, due

HEAR_EVERY = 0.04  # seconds between questions to Redis
ROWS_EVERY = 2.0  # seconds after which command rows are looked for even if nobody rang
ROWS_EVERY_WITHOUT_REDIS = 0.2


class Hearing:
    """`rung` are held runs with commands to be read; `watched` tells of the one whose turn it is."""

    def __init__(self) -> None:
        self.rung: set[UUID] = set()
        self.watched = False
        self._counters: dict[UUID, bytes | None] = {}
        self._heard_at = self._looked_at = float("-inf")

    def attend(self, run: UUID) -> None:
        """A run is held from now on: what was asked before is read at once."""
        self.rung.add(run)

    def forget(self, run: UUID) -> None:
        """A run is no longer held."""
        self.rung.discard(run)
        self._counters.pop(run, None)

    def listen(self, turn_of: UUID, held: Iterable[UUID]) -> None:
        """Asks Redis, at most every 40 ms."""
        now = time.monotonic()
        if now - self._heard_at < HEAR_EVERY:
            return
        self._heard_at = now
        runs = list(held)
        heard = live.hear_all(turn_of, runs)
        if heard is not None:
            counters, self.watched = heard
            self.rung |= {run for run in runs if counters[run] != self._counters.get(run, counters[run])}
            self._counters = counters
        if now - self._looked_at > (ROWS_EVERY if heard else ROWS_EVERY_WITHOUT_REDIS):
            self._looked_at = now
            self.rung |= set(due(FOR_A_TRAINING).filter(run__in=runs).values_list("run_id", flat=True))
