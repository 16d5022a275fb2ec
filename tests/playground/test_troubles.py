"""Troubles of the server: a run waits with a sentence, and goes on by itself."""

import errno
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from playground.accounts.models import Person
from playground.runs import troubles
from playground.runs.models import Run
from tests.playground.jobs import Browser, told_steps

ENDLESS: dict[str, Any] = {"network": "small-cnn", "epochs": 1_000}


@pytest.fixture
def full() -> Iterator[Path]:
    """The file that says which error the storage raises."""
    told = settings.HOME / "storage-error"
    yield told
    told.unlink(missing_ok=True)


@pytest.mark.parametrize(("error", "said"), [(errno.ENOSPC, "full"), (errno.EROFS, "can't be written")])
def test_a_disk_that_takes_nothing_pauses_the_run_until_it_does(
    mine: Browser, full: Path, error: int, said: str
) -> None:
    run = mine.launch(**ENDLESS)
    mine.wait_for_step(run, 20)
    full.write_text(str(error))
    waiting = mine.wait(run, "paused")
    assert said in waiting["pause_reason"]
    assert [event["reason"] for event in mine.events(run) if event["kind"] == "paused"] == [
        waiting["pause_reason"]
    ]
    full.unlink()
    assert mine.wait(run, "running")["pause_reason"] is None
    step = mine.run(run)["step"]
    mine.wait_for_step(run, step + 50)
    events = mine.events(run)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    steps = told_steps(events)
    assert steps == list(range(1, len(steps) + 1))


def test_a_pause_by_the_server_can_be_made_ones_own(pupil: Person, redis_server: Any) -> None:
    run = Run.objects.launch(pupil, {"network": {}, "device": "cpu"}, "Mine")
    run.record([], status="paused", pause_reason="The disk is full.")
    mine = Browser(pupil)
    assert mine.ask(str(run.pk), "pause").json()["pause_reason"] is None
    assert mine.run(str(run.pk))["status"] == "paused"
    run.refresh_from_db()
    run.record([], pause_reason="The disk is full.")
    assert mine.ask(str(run.pk), "resume").json()["status"] == "queued"


@pytest.mark.long
def test_a_locked_database_is_waited_for(mine: Browser) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite locks as a whole")
    run = mine.launch(**ENDLESS)
    mine.wait_for_step(run, 20)
    with sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        told = mine.wait(run, "paused")
        assert "locked" in told["pause_reason"]
        other.execute("ROLLBACK")
    step = mine.wait(run, "running")["step"]
    mine.wait_for_step(run, step + 50)
    assert told_steps(mine.events(run))[:step] == list(range(1, step + 1))


def test_writing_is_insisted_on_until_it_works_but_not_for_ever() -> None:
    told: list[str] = []
    answers = iter([OperationalError("database is locked"), OperationalError("disk is full"), "stored"])

    def write() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    # in a thread: whether a test before this one left an event loop running in this one doesn't matter
    with ThreadPoolExecutor(1) as worker:
        assert worker.submit(troubles.insist, write, told.append, Flag()).result() == "stored"
    assert told == [troubles.LOCKED, troubles.FULL]
    leaving = Flag()
    leaving.set()
    answers = iter([OperationalError("away")])
    with pytest.raises(OperationalError, match="away"):
        troubles.insist(write, told.append, leaving)
