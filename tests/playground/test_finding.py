"""A learning rate is looked for through a real worker: like any run, but kept nowhere."""

import json
from threading import Event as Flag
from typing import Any

import pytest

from playground.accounts.models import Person
from playground.runs.claiming import DEVICE_WISHES, claim_next, free_runs
from playground.runs.leases import Leases
from playground.runs.models import Run
from playground.runs.turns import Turns
from tests.playground.jobs import Browser, job

HEAVY: dict[str, Any] = {"network": "resnet-mini", "batch_size": 256}  # nobody waits for its end


def search(browser: Browser, **fields: Any) -> dict[str, Any]:
    answer = browser.call("post", "/runs/find-rate", job(**fields))
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def tried(events: list[dict[str, Any]]) -> list[float]:
    """The rates told of, as a page folds them: a search that begins anew replaces what was."""
    rates: list[float] = []
    for event in events:
        if event["kind"] == "searching":
            rates = []
        if event["kind"] == "tried":
            assert event["first"] == len(rates) + 1
            rates += event["lr"]
    return rates


def test_a_search_is_told_whole_suggests_a_rate_and_leaves_nothing(mine: Browser) -> None:
    made = search(mine, name="Mine", epochs=1_000, optimizer={"kind": "sgd", "lr": 7.5})
    assert (made["purpose"], made["name"], made["status"]) == ("find_rate", "Mine", "queued")
    end = mine.wait(made["id"], "finished", "failed")
    events = mine.events(made["id"])
    assert [event["seq"] for event in events] == list(range(1, end["seq"] + 1))
    assert (events[0]["kind"], events[-1]["kind"], events[0]["format"]) == ("searching", "suggested", 1)
    rates = tried(events)
    assert rates == sorted(rates) and end["step"] == len(rates) == len(events[-1]["smoothed"])
    assert 1e-4 < events[-1]["lr"] < 10 and "steeply" in events[-1]["reason"]
    assert end["device"] == "cpu"
    assert mine.call("get", "/runs").json() == []
    assert mine.call("get", f"/runs/{made['id']}/weights").status_code == 404
    assert mine.client.get(f"/lab/?run={made['id']}").status_code == 404


def test_a_search_is_stopped_and_knows_no_other_command(mine: Browser) -> None:
    run = search(mine, **HEAVY)["id"]
    mine.wait_for_step(run, 1)
    for kind in ("pause", "test"):
        refused = mine.ask(run, kind)
        assert refused.status_code == 422 and "only looks" in refused.json()["problem"]["message"]
    assert mine.ask(run, "set_lr", lr=0.5).status_code == 422
    assert mine.ask(run, "stop").status_code == 202
    mine.wait(run, "stopped")
    assert mine.events(run)[-1]["kind"] == "stopped"


def test_others_train_while_somebody_looks_for_a_rate(mine: Browser, stranger: Person) -> None:
    run = search(mine, **HEAVY)["id"]
    mine.wait_for_step(run, 1)
    other = Browser(stranger)
    trained = other.launch(epochs=1)
    other.wait(trained, "finished")
    assert mine.run(run)["status"] == "running"


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
def test_a_search_that_lost_its_worker_begins_anew(pupil: Person) -> None:
    mine = Browser(pupil)
    run = search(mine)["id"]
    lost = claim_next("lost")
    assert lost
    lost.record(
        [
            {"kind": "searching", "first": 1e-6, "last": 10.0, "steps": 100},
            {"kind": "tried", "first": 1, "lr": [1e-6, 7e-6], "loss": [2.5, 2.25]},
        ],
        step=2,
    )
    assert free_runs("lost") == 1
    turns = Turns("other", Leases(), Flag())
    while turns.go_on(DEVICE_WISHES):
        assert mine.run(run)["status"] in ("running", "finished")
    events = mine.events(run)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert sum(event["kind"] == "searching" for event in events) == 2
    assert len(tried(events)) == len(events[-1]["smoothed"]) > 50 and 7e-6 not in tried(events)
    assert mine.run(run)["status"] == "finished"


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
def test_a_search_counts_as_a_run_under_way(pupil: Person, operator: Person) -> None:
    mine = Browser(pupil)
    made = search(mine)
    assert made["place"] == 1
    for _ in range(5):
        mine.launch()
    full = mine.call("post", "/runs/find-rate", job())
    assert full.status_code == 422 and full.json()["problem"]["where"] == ["queue"]
    claimed = claim_next("w")
    assert claimed and str(claimed.pk) == made["id"]
    assert claim_next("w") is None  # one at a time of each person
    rows = Browser(operator).call("get", "/runs/under-way").json()
    assert [row["purpose"] for row in rows] == ["find_rate", *["train"] * 5]
    assert (rows[0]["steps"], claimed.stored) == (100, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"network": {"layers": [{"kind": "linear"}]}}, ["network", "layers", 0]),
        ({"optimizer": {"kind": "sgd", "lr": -1}}, ["optimizer", "lr"]),
        ({"validation": 2_000}, ["validation"]),
        ({"name": 7}, ["name"]),
        ({"group": "new"}, ["group"]),
    ],
    ids=json.dumps,
)
def test_a_job_that_cannot_be_trained_is_refused_at_its_place(
    pupil: Person, fields: dict[str, Any], where: list[Any]
) -> None:
    refused = Browser(pupil).call("post", "/runs/find-rate", job(**fields))
    assert refused.status_code == 422
    assert refused.json()["problem"]["where"][: len(where)] == where
    assert not Run.objects.exists()
