"""Which runs and networks a person may look into."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import close_old_connections

from playground.accounts.models import Person
from playground.networks.models import SavedNetwork
from playground.runs.models import UNDER_WAY, Run
from trainer.problems import Problem

ACCESS_SECONDS = 2.0  # after which a run is read from the database again


@contextmanager
def fresh_connection() -> Iterator[None]:
    """Outside a request: none that the database has closed meanwhile, none that is kept for nothing."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


@dataclass(frozen=True)
class SeenRun:
    """What a look needs to know of a run."""

    job: dict[str, Any]
    network: dict[str, Any]
    seed: int
    under_way: bool
    seen_at: float


class Access:
    """What a person may look into. Answers about runs hold for a moment: strokes don't read the database."""

    def __init__(self, person: Person | AnonymousUser | None) -> None:
        self.person = person or AnonymousUser()
        self._runs: dict[UUID, SeenRun] = {}

    def run(self, pk: UUID) -> SeenRun:
        """The run, if this person may see it."""
        known = self._runs.get(pk)
        if known is None or (known.under_way and time.monotonic() - known.seen_at > ACCESS_SECONDS):
            known = self._runs[pk] = self._read(pk)
        return known

    def _read(self, pk: UUID) -> SeenRun:
        with fresh_connection():
            found = Run.objects.seen_by(self.person).filter(pk=pk).values_list("job", "status").first()
        if found is None:
            raise Problem("There is no such run, or it is not yours to see.", ("weights", "run"))
        job, status = found
        return SeenRun(job, job["network"], _first_weights(job), status in UNDER_WAY, time.monotonic())

    def network(self, pk: UUID) -> dict[str, Any]:
        """A saved network, if this person may see it."""
        with fresh_connection():
            found = SavedNetwork.objects.seen_by(self.person).filter(pk=pk).first()
        if found is None:
            raise Problem("There is no such network, or it is not yours to see.", ("network",))
        network: dict[str, Any] = found.network
        return network


def _first_weights(job: dict[str, Any]) -> int:
    """The seed that the weights of a run were drawn from before it learned."""
    apart = (job.get("seeds") or {}).get("weights")
    seed: int = job["seed"] if apart is None else apart
    return seed
