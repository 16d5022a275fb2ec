"""What tests with a real worker share."""

from collections.abc import Iterator

import pytest

from playground.accounts.models import Person
from playground.runs.models import Run
from tests.playground.jobs import Browser
from tests.playground.parts import Worker


@pytest.fixture
def mine(worker: Worker, pupil: Person) -> Iterator[Browser]:
    """The pupil's browser, with a worker at work; what still runs at the end, anybody's, is stopped."""
    yield Browser(pupil)
    for run in Run.objects.filter(ended=None):
        run.ask("stop")
        Browser(run.owner).wait(str(run.pk), "stopped", "finished")
