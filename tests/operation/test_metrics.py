"""What a web process counts while people look and follow."""

import json

import pytest
import websockets
from prometheus_client import REGISTRY

from playground.accounts.models import Person
from playground.runs.models import Event, Run
from tests.playground.jobs import NETWORK

pytestmark = pytest.mark.django_db(transaction=True)


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_looks_and_open_sockets_are_counted(address: str) -> None:
    looks = count("playground_look_seconds_count")
    async with websockets.connect(f"ws://{address}/ws/probe/", max_size=None) as socket:
        assert count("playground_sockets", socket="ProbeSocket") == 1
        look = {"kind": "look", "request": 1, "network": NETWORK, "weights": {"kind": "initial", "seed": 1}}
        await socket.send(json.dumps(look | {"probes": [{"id": "pad", "strokes": []}]}))
        assert isinstance(await socket.recv(), bytes)
    assert count("playground_look_seconds_count") == looks + 1


async def test_events_that_followers_got_are_counted(address: str, shared_run: Run) -> None:
    events = count("playground_events_sent_total")
    async with websockets.connect(f"ws://{address}/ws/runs/{shared_run.pk}/") as socket:
        await socket.send(json.dumps({"kind": "follow", "after": 2}))
        while json.loads(await socket.recv())["kind"] != "state":
            pass
    assert count("playground_events_sent_total") == events + 3


@pytest.fixture
def shared_run(pupil: Person) -> Run:
    """A run with five events that everyone may follow."""
    job = {"network": NETWORK, "seed": 1}
    run = Run.objects.create(owner=pupil, name="Ours", job=job, shared=True, seq=5, status="stopped")
    rows = [{"seq": seq, "kind": "curves", "first": seq, "loss": [1.0]} for seq in range(1, 6)]
    Event.objects.bulk_create([Event(run=run, seq=row["seq"], kind="curves", body=row) for row in rows])
    return run
