"""What the tests of the web share: a real Redis, a real worker, three people."""

from collections.abc import AsyncIterator, Iterator

import pytest

from playground.accounts.models import Person
from tests.playground.parts import RedisServer, Worker, serving


@pytest.fixture(scope="session")
def django_db_modify_db_settings_parallel_suffix() -> None:
    """The database keeps its name, which other processes know: tests/settings.py gives each lane its own."""


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def _one_worker(redis_server: RedisServer, django_db_setup: None) -> Iterator[Worker]:
    """Gone with its module: it would take the runs of tests that want none."""
    worker = Worker()
    yield worker
    worker.terminate()


@pytest.fixture
def worker(_one_worker: Worker, transactional_db: None) -> Worker:
    """A worker that runs; tests that end it leave it so, and the next one starts it again."""
    if not _one_worker.runs:
        _one_worker.start()
    return _one_worker


@pytest.fixture
def operator(db: None) -> Person:
    """Runs this server: staff, comes with a token."""
    return Person.objects.operator()


@pytest.fixture
def pupil(db: None) -> Person:
    """Draws, builds and trains without an account: a guest."""
    return Person.objects.make_guest()


@pytest.fixture
def stranger(db: None) -> Person:
    """Another guest, who has no business with the pupil's things."""
    return Person.objects.make_guest()


@pytest.fixture
async def address(redis_server: RedisServer, transactional_db: None) -> AsyncIterator[str]:
    """Where a real web server answers."""
    async with serving() as where:
        yield where
