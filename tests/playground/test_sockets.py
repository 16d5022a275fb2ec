"""Following a run over a real WebSocket: everything once and in order, however late, however broken."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import websockets
from channels.db import database_sync_to_async

from playground import live, tails
from playground.accounts.models import Person, Token
from playground.runs.models import Run
from tests.playground.jobs import NETWORK
from tests.playground.parts import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(pupil: Person, redis_server: RedisServer) -> Run:
    """A run of the pupil's that nobody trains."""
    job = {"network": NETWORK, "seed": 42}
    return Run.objects.launch(pupil, job, "Mine")


def curves(first: int) -> dict[str, Any]:
    return {"kind": "curves", "first": first, "loss": [0.5], "accuracy": [0.1], "seconds": 1.5}


async def record(run: Run, *events: dict[str, Any], **changes: Any) -> None:
    await database_sync_to_async(run.record, thread_sensitive=False)(events, **changes)


async def token_of(person: Person) -> str:
    return await database_sync_to_async(Token.objects.issue, thread_sensitive=False)(person)


class Viewer:
    """A socket that collects what it is told."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.told: list[dict[str, Any]] = []

    async def say(self, message: Any) -> None:
        await self._connection.send(message if isinstance(message, str) else json.dumps(message))

    async def hear_until(self, claim: Any) -> None:
        async with asyncio.timeout(10):
            while not claim(self):
                self.told.append(json.loads(await self._connection.recv()))

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for message in self.told for event in message.get("events", [])]

    @property
    def statuses(self) -> list[tuple[str, Any]]:
        return [
            (said["run"]["status"], said["run"]["place"]) for said in self.told if said["kind"] == "state"
        ]

    @property
    def steps(self) -> list[int]:
        return [said["step"] for said in self.told if said["kind"] == "weights"]

    @property
    def liveness(self) -> list[bool]:
        return [said["live"] for said in self.told if said["kind"] == "state"]


@contextlib.asynccontextmanager
async def viewing(address: str, run: Run, **more: Any) -> AsyncIterator[Viewer]:
    async with websockets.connect(f"ws://{address}/ws/runs/{run.pk}/", max_size=None) as connection:
        viewer = Viewer(connection)
        await viewer.say({"kind": "follow", "after": 0} | more)
        yield viewer


async def test_early_late_and_returning_viewers_see_everything_once_and_in_order(
    address: str, run: Run
) -> None:
    token = await token_of(run.owner)
    async with viewing(address, run, token=token) as early:
        for step in range(1, 31):
            await record(run, curves(step))
        async with (
            viewing(address, run, token=token) as late,
            viewing(address, run, token=token, after=25) as again,
        ):
            for step in range(31, 41):
                await record(run, curves(step))
            for viewer, first in ((early, 1), (late, 1), (again, 26)):
                await viewer.hear_until(lambda viewer: 40 in viewer.seqs)
                assert viewer.seqs == list(range(first, 41))


async def test_states_are_told_as_they_change(address: str, run: Run) -> None:
    async with viewing(address, run, token=await token_of(run.owner)) as viewer:
        await viewer.hear_until(lambda viewer: viewer.statuses)
        await database_sync_to_async(run.ask, thread_sensitive=False)("pause")
        await viewer.hear_until(lambda viewer: len(viewer.statuses) > 1)
    assert viewer.statuses == [("queued", 1), ("paused", None)]


async def test_nothing_is_missed_while_redis_is_away(
    address: str, run: Run, redis_server: RedisServer
) -> None:
    async with viewing(address, run, token=await token_of(run.owner)) as viewer:
        await record(run, curves(1))
        await viewer.hear_until(lambda viewer: 1 in viewer.seqs)
        await asyncio.to_thread(redis_server.stop)
        try:
            await record(run, curves(2))
            await viewer.hear_until(lambda viewer: 2 in viewer.seqs and viewer.liveness[-1:] == [False])
        finally:
            await asyncio.to_thread(redis_server.start)
        await record(run, curves(3))
        await viewer.hear_until(lambda viewer: 3 in viewer.seqs and viewer.liveness[-1:] == [True])
    assert viewer.seqs == [1, 2, 3]


async def test_a_hidden_page_gets_points_now_and_then_and_bells_when_it_is_seen_again(
    address: str, run: Run
) -> None:
    async with viewing(address, run, token=await token_of(run.owner)) as viewer:
        await viewer.hear_until(lambda viewer: viewer.statuses)
        await viewer.say({"kind": "pace", "hidden": True})
        for step in range(1, 21):
            await record(run, curves(step))
            live.publish_weights(run.pk, step, step, b"weights")
        await viewer.hear_until(lambda viewer: 20 in viewer.seqs)
        assert viewer.seqs == list(range(1, 21))
        assert [said["kind"] for said in viewer.told].count("events") <= 3
        assert viewer.steps == []
        await viewer.say({"kind": "pace", "hidden": False})
        await viewer.hear_until(lambda viewer: viewer.steps)
        assert viewer.steps == [20]
        await record(run, curves(21))
        await viewer.hear_until(lambda viewer: 21 in viewer.seqs)


async def test_a_page_that_falls_behind_loses_no_point(
    address: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tails, "WAITING_EVENTS", 3)
    async with viewing(address, run, token=await token_of(run.owner)) as viewer:
        await viewer.hear_until(lambda viewer: viewer.statuses)
        await viewer.say({"kind": "pace", "hidden": True})  # so that events gather in the server
        for first in range(1, 41, 4):
            await record(run, *(curves(step) for step in range(first, first + 4)))
        await viewer.say({"kind": "pace", "hidden": False})
        await record(run, curves(41))
        await viewer.hear_until(lambda viewer: 41 in viewer.seqs)
    assert viewer.seqs == list(range(1, 42))


async def test_many_viewers_of_many_runs_each_get_their_own(address: str, run: Run, stranger: Person) -> None:
    other = await database_sync_to_async(Run.objects.launch, thread_sensitive=False)(
        stranger, run.job, "Other"
    )
    async with contextlib.AsyncExitStack() as stack:
        viewers = []
        for one in [run, other] * 10:
            token = await token_of(one.owner)
            viewers.append((one, await stack.enter_async_context(viewing(address, one, token=token))))
        for step in range(1, 11):
            await record(run, curves(step))
            await record(other, curves(step) | {"epoch": 2})
        for one, viewer in viewers:
            await viewer.hear_until(lambda viewer: 10 in viewer.seqs)
            assert viewer.seqs == list(range(1, 11))
            epochs = {event.get("epoch") for said in viewer.told for event in said.get("events", [])}
            assert epochs == ({2} if one == other else {None})
            assert {said["run"]["name"] for said in viewer.told if said["kind"] == "state"} == {one.name}


async def test_what_is_not_yours_cannot_be_followed_until_it_is_shared(
    address: str, run: Run, stranger: Person
) -> None:
    token = await token_of(stranger)
    for more in ({}, {"token": token}, {"token": "wrong"}):
        async with viewing(address, run, **more) as viewer:
            await viewer.hear_until(lambda viewer: viewer.told)
            assert [said["kind"] for said in viewer.told] == ["problem"]
    await database_sync_to_async(run.share, thread_sensitive=False)()
    async with viewing(address, run, token=token) as viewer:
        await viewer.hear_until(lambda viewer: viewer.statuses)
        assert viewer.told[0]["run"]["mine"] is False


NONSENSE = [
    *("", "{", "[]", "5", '{"kind": 5}', '{"kind": "disconnect"}', '{"kind": "__init__"}', "[" * 100_000),
    *('{"kind": "pace"}', '{"kind": "pace", "hidden": "yes"}'),
    *(f'{{"kind": "follow", "after": {after}}}' for after in ('"x"', "-1", "1e99", "9999999999999", "null")),
]


@pytest.mark.parametrize("wrong", NONSENSE)
async def test_a_message_that_makes_no_sense_is_a_problem(address: str, run: Run, wrong: str) -> None:
    async with websockets.connect(f"ws://{address}/ws/runs/{run.pk}/") as connection:
        viewer = Viewer(connection)
        await viewer.say(wrong)
        await viewer.hear_until(lambda viewer: viewer.told)
        assert viewer.told[0]["kind"] == "problem"


@pytest.mark.parametrize(
    ("origin", "is_let_in"), [("http://{}", True), ("http://evil.example", False), (None, True)]
)
async def test_a_page_from_elsewhere_gets_no_socket(
    address: str, origin: str | None, is_let_in: bool
) -> None:
    headers = {"Origin": origin.format(address)} if origin else {}
    try:
        async with websockets.connect(f"ws://{address}/ws/probe/", additional_headers=headers):
            assert is_let_in
    except websockets.InvalidStatus:
        assert not is_let_in
