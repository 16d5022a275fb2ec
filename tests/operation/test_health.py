"""How the server says that it is well: in words, as numbers for Prometheus, without making anybody."""

import shutil
from collections import namedtuple
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from playground import live
from playground.accounts.models import Person, Token
from playground.operation import examining
from playground.operation.models import Sweep
from playground.runs.models import Run
from tests.playground.jobs import NETWORK
from tests.playground.parts import RedisServer

pytestmark = pytest.mark.django_db
USAGE = namedtuple("USAGE", "total used free")


@pytest.fixture
def run(pupil: Person) -> Run:
    return Run.objects.create(owner=pupil, name="Mine", job={"network": NETWORK, "seed": 1})


def state(client: Client, name: str) -> tuple[str, str]:
    """What the page says of a part: its state, and what to do."""
    [part] = [part for part in client.get("/health/").context["parts"] if part.name == name]
    return part.state, part.says + " " + part.does


def measured(client: Client, name: str, **labels: str) -> float | None:
    """A number that Prometheus is told; None where there is none."""
    told = client.get("/metrics").content.decode()
    samples = [one for family in text_string_to_metric_families(told) for one in family.samples]
    found = [one.value for one in samples if one.name == name and labels.items() <= one.labels.items()]
    return found[0] if found else None


def test_the_page_tells_every_part_in_words_and_makes_nobody(
    client: Client, redis_server: RedisServer
) -> None:
    page = client.get("/health/")
    names = [part.name for part in page.context["parts"]]
    wanted = {"Web", "Database", "Redis", "Workers", "Queue", "Files", "Disk", "Data sets", "Tidiness"}
    assert wanted - {"Workers"} <= set(names)
    assert page.status_code == 200 and b"How the server is" in page.content
    assert "sessionid" not in client.cookies and not Person.objects.exists()
    assert "no-store" in page["Cache-Control"]


def test_a_worker_tells_its_memory_device_and_heat(client: Client, redis_server: RedisServer) -> None:
    sign = {"busy": True, "queue": "cpu", "temperature": 95.0, "gpu": "Big <b>GPU</b>", "gpu_memory": 2e9}
    live.show_life("cpu@hot", sign | {"gpu_memory_total": 8e9})
    told, words = state(client, "Worker cpu@hot")
    assert told == "needs care" and "Trains on Big <b>GPU</b>" in words and "95 °C" in words
    assert "2.0 GB of 8.0 GB" in words and "hot" in words
    assert b"<b>GPU" not in client.get("/health/").content
    assert measured(client, "playground_worker_busy", worker="cpu@hot") == 1
    assert (measured(client, "playground_worker_memory_bytes", worker="cpu@hot") or 0) > 10_000_000


def test_the_queue_is_counted(client: Client, run: Run, redis_server: RedisServer) -> None:
    assert "0 runs under way, 1 run waiting" in state(client, "Queue")[1]
    assert measured(client, "playground_queue") == 1
    assert measured(client, "playground_runs", status="queued") == 1
    assert measured(client, "playground_runs", status="failed") == 0


def test_a_run_that_nobody_takes_needs_care(client: Client, run: Run, redis_server: RedisServer) -> None:
    Run.objects.update(queued="2020-01-01T00:00Z")
    live.show_life("cpu@idle", {"busy": False, "queue": "cpu"})
    told, words = state(client, "Queue")
    assert told == "needs care" and "cpu@idle is free and does not take it" in words


def test_without_redis_the_page_says_what_to_do(client: Client, redis_server: RedisServer) -> None:
    redis_server.stop()
    try:
        assert state(client, "Redis")[0] == "down" and "REDIS_URL" in state(client, "Redis")[1]
        assert state(client, "Workers")[0] == "down"
        assert measured(client, "playground_redis_up") == 0
        assert client.get("/health/").status_code == 200
    finally:
        redis_server.start()


def test_without_a_database_the_page_still_comes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(connection, "cursor", away)
    page = client.get("/health/")
    parts = {part.name: part.state for part in page.context["parts"]}
    assert (page.status_code, parts["Database"], parts["Queue"]) == (503, "down", "down")
    assert client.get("/healthz").status_code == 503
    assert measured(client, "playground_database_up") == 0


def test_a_disk_that_fills_needs_care(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: USAGE(100e9, 95e9, 5e9))
    told, words = state(client, "Disk")
    assert told == "needs care" and "5.0 GB of 100 GB are free" in words and "Make room" in words


def test_only_who_runs_the_server_sees_who_keeps_how_much(
    client: Client, pupil: Person, operator: Person
) -> None:
    hour = "2026-01-01T00:00Z"
    Sweep.objects.create(
        hour=hour, ended=hour, kept={"bytes": 12_345_678, "people": {str(pupil.pk): 12_345_678}}
    )
    assert pupil.username.encode() not in client.get("/health/").content
    client.force_login(pupil)
    assert pupil.username.encode() not in client.get("/health/").content
    client.force_login(operator)
    page = client.get("/health/")
    assert pupil.username.encode() in page.content and b"12.3 MB" in page.content


def test_metrics_are_for_this_machine_and_the_operator(
    client: Client, operator: Person, pupil: Person
) -> None:
    def ask(**headers: str) -> int:
        return int(client.get("/metrics", **headers).status_code)

    assert ask() == ask(REMOTE_ADDR="::1") == 200
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert ask(**elsewhere) == ask(HTTP_X_FORWARDED_FOR="192.0.2.7") == ask(REMOTE_ADDR="") == 403
    for person, answer in ((pupil, 403), (operator, 200)):
        secret = Token.objects.issue(person)
        assert ask(HTTP_AUTHORIZATION=f"Bearer {secret}", **elsewhere) == answer
    assert ask(HTTP_AUTHORIZATION="Bearer wrong", **elsewhere) == 403


def test_answers_are_measured_by_route(client: Client) -> None:
    labels = {"route": "/healthz", "method": "GET", "status": "200"}
    before = measured(client, "playground_answer_seconds_count", **labels) or 0
    client.get("/healthz")
    client.get("/no/such/address")
    assert measured(client, "playground_answer_seconds_count", **labels) == before + 1
    assert (measured(client, "playground_answer_seconds_count", route="none", status="404") or 0) >= 1


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 KB"), (123_456_789, "123 MB")]
)
def test_bytes_are_told_for_people(count: int, words: str) -> None:
    assert examining.size(count) == words
