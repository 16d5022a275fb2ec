"""What a run's own verbs do, without a worker: queue, commands, losses, whose it is."""

import time
from typing import Any
from uuid import uuid4

import pytest

from playground.accounts.models import Person
from playground.runs.claiming import claim_next, free_runs, wishes_for
from playground.runs.commands import Command
from playground.runs.describing import Standing
from playground.runs.models import Fenced, Run
from tests.playground.jobs import NETWORK, Browser, job
from tests.playground.parts import RedisServer
from trainer.problems import Problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def launch(person: Person, name: str = "Mine", device: str = "auto") -> Run:
    return Run.objects.launch(person, {"network": NETWORK, "seed": 1, "device": device}, name)


def kinds(run: Run) -> list[str]:
    return list(run.events.values_list("kind", flat=True))


def test_first_come_first_served_but_what_was_begun_goes_first(
    pupil: Person, stranger: Person, settings: Any
) -> None:
    settings.RUNS_AT_ONCE = 3
    first, second, third = launch(pupil), launch(stranger), launch(pupil)
    third.ask("pause")
    third.ask("resume")
    assert [Standing().place_of(run) for run in (third, second, first)] == [
        1,
        2,
        3,
    ]  # the stranger had no turn yet
    assert [claimed.pk for claimed in iter(lambda: claim_next("w"), None)] == [third.pk, second.pk, first.pk]


@pytest.mark.parametrize(
    ("worker", "alive", "taken"),
    [
        ("cpu@a", ["cpu@a"], ["auto", "cpu", "cuda"]),
        ("cpu@a", ["cpu@a", "cuda@b"], ["cpu"]),
        ("cuda@b", ["cpu@a", "cuda@b"], ["auto", "cuda"]),
    ],
)
def test_a_worker_takes_what_its_device_is_for(
    pupil: Person, settings: Any, worker: str, alive: list[str], taken: list[str]
) -> None:
    settings.RUNS_AT_ONCE = 3
    for device in ("auto", "cpu", "cuda"):
        launch(pupil, device=device)
    claims = iter(lambda: claim_next(worker, wishes_for(worker, alive)), None)
    assert [run.job["device"] for run in claims] == taken


def test_a_queued_run_stops_pauses_and_goes_on_without_a_worker(pupil: Person) -> None:
    run = launch(pupil)
    for kind in ("pause", "pause", "resume", "resume", "set_lr", "stop"):
        run.ask(kind, 0.5 if kind == "set_lr" else None)
    assert (run.status, kinds(run)) == ("stopped", ["paused", "stopped"])
    with pytest.raises(Problem, match="stopped"):
        run.ask("resume")


def test_a_command_to_a_running_run_waits_for_its_worker(pupil: Person) -> None:
    run = launch(pupil)
    claim_next("w")
    run.ask("pause")
    assert (run.status, Command.objects.get().kind) == ("running", "pause")


def test_who_lost_a_run_can_no_longer_write(pupil: Person) -> None:
    launch(pupil)
    frozen = claim_next("frozen")
    assert frozen is not None
    free_runs("frozen")
    other = claim_next("other")
    assert other is not None
    with pytest.raises(Fenced):
        frozen.record([{"kind": "finished"}], status="finished")
    other.record([{"kind": "resumed"}])
    assert kinds(other) == ["resumed"]


def test_a_run_that_gets_nowhere_is_given_up_after_three_workers(pupil: Person) -> None:
    run = launch(pupil)
    for _ in range(3):
        assert claim_next("w")
        free_runs("w")
    run.refresh_from_db()
    assert (run.status, kinds(run), claim_next("w")) == ("failed", ["failed"], None)
    assert "3 times" in run.events.get().body["message"]


def test_events_come_in_pages_after_a_seq(pupil: Person) -> None:
    run = launch(pupil)
    run.record([{"kind": "curves", "first": step} for step in range(1, 1_206)])
    mine = Browser(pupil)
    page = mine.call("get", f"/runs/{run.pk}/events").json()
    assert (len(page["events"]), page["last"]) == (1_000, 1_000)
    rest = mine.call("get", f"/runs/{run.pk}/events?after={page['last']}").json()
    assert [event["seq"] for event in rest["events"]] == list(range(1_001, 1_206))
    assert mine.call("get", f"/runs/{run.pk}/events?after=1205").json() == {"events": [], "last": 1_205}


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"network": {"layers": [{"kind": "flatten"}, {"kind": "conv2d"}]}}, ["network", "layers", 1]),
        ({"network": "no-such-template"}, ["network"]),
        ({"dataset": {"kind": "cats"}}, ["dataset", "kind"]),
        ({"optimizer": {"kind": "adam", "lr": -1}}, ["optimizer", "lr"]),
        ({"epochs": 0}, ["epochs"]),
        ({"batch_size": "many"}, ["batch_size"]),
        ({"colour": "red"}, ["colour"]),
        ({"name": 5}, ["name"]),
        ({"saved_network": str(uuid4())}, ["saved_network"]),
    ],
)
def test_a_wrong_job_is_a_problem_with_its_place(
    pupil: Person, wrong: dict[str, Any], where: list[Any]
) -> None:
    answer = Browser(pupil).call("post", "/runs", job() | wrong)
    assert (answer.status_code, answer.json()["problem"]["where"]) == (422, where)
    assert not Run.objects.exists()


@pytest.mark.parametrize("wrong", [{"kind": "explode"}, {"kind": "set_lr"}, {"kind": "set_lr", "lr": 0}, {}])
def test_a_wrong_command_is_a_problem(pupil: Person, wrong: dict[str, Any]) -> None:
    run = launch(pupil)
    assert Browser(pupil).call("post", f"/runs/{run.pk}/commands", wrong).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("delete", ""),
        ("get", "/events"),
        ("get", "/weights"),
        ("post", "/share"),
        ("post", "/commands"),
    ],
)
def test_what_is_not_yours_is_not_there(pupil: Person, stranger: Person, method: str, path: str) -> None:
    run = launch(pupil)
    body = {"kind": "stop"} if path == "/commands" else None
    assert Browser(stranger).call(method, f"/runs/{run.pk}{path}", body).status_code == 404
    run.refresh_from_db()
    assert run.status == "queued"


def test_a_shared_run_is_looked_at_but_not_commanded(pupil: Person, stranger: Person) -> None:
    run = launch(pupil)
    Browser(pupil).call("post", f"/runs/{run.pk}/share")
    other = Browser(stranger)
    assert other.run(str(run.pk))["mine"] is False
    assert other.ask(str(run.pk), "stop").status_code == 404
    assert other.call("get", "/runs").json() == []


def test_a_deleted_run_is_stopped_and_gone(pupil: Person, redis_server: RedisServer) -> None:
    run = launch(pupil)
    mine = Browser(pupil)
    assert mine.call("delete", f"/runs/{run.pk}").status_code == 204
    assert mine.call("get", f"/runs/{run.pk}").status_code == 404
    assert claim_next("w") is None


@pytest.mark.django_db(transaction=True)
def test_nobody_who_presses_train_waits_for_a_redis_that_is_away(
    pupil: Person, redis_server: RedisServer
) -> None:
    mine = Browser(pupil)
    redis_server.stop()
    try:
        begin = time.monotonic()
        assert mine.call("post", "/runs", job()).status_code == 201
        assert time.monotonic() - begin < 4  # Celery would try for six seconds
    finally:
        redis_server.start()
