"""Hostile input gets a problem with its place: never a fault of the server, never a long wait.

A few dozen cases in the quick suite, 2,000 under `long`, 10,000 by `python -m benchmarks.hostile`.
What was found is kept below as tests of its own.
"""

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import closing

import httpx
import pytest
import websockets
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from playground.probe.answering import Look
from tests.hostile import trying
from tests.hostile.doors import Visitor
from tests.hostile.files import BOMBS
from trainer.problems import Problem, reading
from trainer.sketch import from_image

CASES = [60, pytest.param(2_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
PATIENCE = 15.0  # seconds: other tests, and other people, use this machine too


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", trying.KINDS)
@pytest.mark.parametrize("cases", CASES)
async def test_hostile_input_gets_a_problem_with_its_place(address: str, kind: str, cases: int) -> None:
    share = trying.KINDS[kind][0]
    heard: list[int] = []
    with closing(Visitor(address)) as visitor:
        tell = lambda *told: heard.append(len(told))  # noqa: E731
        await asyncio.to_thread(trying.tried, kind, visitor, max(3, cases * share // 100), 7, PATIENCE, tell)
    assert heard


@pytest.mark.parametrize(
    "name", ["sixteen bits a pixel", "many more pixels than are there", "passes without end"]
)
def test_an_image_that_unfolds_is_read_within_bounds_or_refused(name: str) -> None:
    blob = BOMBS[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    with pytest.raises(Problem) as caught:
        from_image(blob)
    assert caught.value.where == ("image",)
    assert time.process_time() - begin < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # KB


async def test_a_request_with_too_large_a_body_is_refused_before_it_is_kept(address: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        announced = await client.post("/api/sketch", content=bytes(16 * 1024 * 1024))
        assert announced.status_code == 413
        assert "15,728,640 bytes" in announced.json()["problem"]["message"]

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(16):
                yield bytes(1024 * 1024)

        assert (await client.post("/api/sketch", content=endless())).status_code == 413


@pytest.mark.parametrize("origin", ["http://[", "null", "http://\u00e9", "//", ""])
async def test_an_origin_that_is_none_gets_no_socket(address: str, origin: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with websockets.connect(f"ws://{address}/ws/probe/", additional_headers={"Origin": origin}):
            pass
    assert caught.value.response.status_code == 403


ODD = [
    '"abcdefgh\\000"',
    "abcdefgh\xff",
    "a" * 3_000,
    '"abcd\\012efgh"',
    "ABCDEFGH12345678",
    "abcdefgh'--",
    "",
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("value", ODD)
async def test_odd_cookies_are_those_of_nobody(address: str, value: str) -> None:
    """A null character in a session's key would be a fault of PostgreSQL's."""
    headers = {
        "Cookie": f"sessionid={value}; csrftoken={value}".encode("latin-1"),
        "X-CSRFToken": value.encode("latin-1"),
    }
    async with httpx.AsyncClient(base_url=f"http://{address}", timeout=60) as client:
        assert (await client.get("/lab/", headers=headers)).status_code == 200
        assert (await client.get("/api/runs", headers=headers)).json() == []
        made = await client.post("/api/networks", headers=headers, json={"network": {"layers": []}})
        assert made.status_code in (401, 403)
    cookie = headers["Cookie"].decode("latin-1")
    async with websockets.connect(
        f"ws://{address}/ws/probe/", additional_headers={"Cookie": cookie}
    ) as socket:
        await socket.send('{"kind": "nonsense"}')
        assert "nonsense" in str(await socket.recv())


@pytest.mark.django_db
@pytest.mark.parametrize("value", ['"abcdefgh\\000"', "ABCDEFGH12345678", "a" * 41])
def test_what_can_be_no_key_of_a_session_is_not_looked_for(client: Client, value: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/api/recovery", headers={"Cookie": f"sessionid={value}"}).json()["guest"] is False
    assert not [query for query in asked if "django_session" in query["sql"]]


NO_JSON = [
    b"{",
    b'"\\ud800"',
    b'{"a":"\\u0000"}',
    b"[" * 100_000,
    b"1" * 5_000,
    b"\xff\xfe",
    b"NaN",
    b"[1e400]",
]


@pytest.mark.parametrize("body", NO_JSON)
@pytest.mark.parametrize("path", ["/api/networks/check", "/api/predict", "/api/sketch"])
@pytest.mark.django_db
def test_what_is_no_json_is_a_problem(client: Client, path: str, body: bytes) -> None:
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["problem"]["message"]


def test_text_that_is_no_picture_is_told_so() -> None:
    with pytest.raises(Problem, match="not a picture"):
        from_image(b"this is no picture")


@pytest.mark.django_db
def test_a_long_name_that_nobody_knows_is_not_told_back_whole(client: Client) -> None:
    job = {"network": "small-cnn" * 3_000, "dataset": {"kind": "mnist"}}
    answer = client.post("/api/runs/estimate", job, content_type="application/json")
    assert answer.status_code == 422
    assert "There is no template" in answer.json()["problem"]["message"] and len(answer.content) < 1_000


def test_a_long_kind_that_nobody_knows_is_not_told_back_whole() -> None:
    with pytest.raises(Problem) as caught, reading():
        Look.model_validate({"kind": "look", "request": 1, "probes": [], "weights": {"kind": "x" * 9_000}})
    assert caught.value.where == ("weights",)
    assert caught.value.message.startswith("There is no kind 'xxx") and len(caught.value.message) < 200
