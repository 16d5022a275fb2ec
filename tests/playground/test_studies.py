"""Studies: trials are runs that are made one after the other from what the others told."""

import json
from threading import Event as Flag
from typing import Any

import pytest
import websockets
from channels.db import database_sync_to_async
from django.core.files.storage import default_storage

from playground.accounts.models import Person
from playground.runs.claiming import DEVICE_WISHES, claim_next, free_runs
from playground.runs.leases import Leases
from playground.runs.models import Run
from playground.runs.studies import advancing
from playground.runs.studies.models import Study, Trial
from playground.runs.turns import Turns
from tests.playground.jobs import Browser, a_study, job
from tests.playground.parts import Worker, wait_until

LONG: dict[str, Any] = {"job": job(threads=1, epochs=900)}  # nobody waits for its end


def begin(browser: Browser, **fields: Any) -> dict[str, Any]:
    answer = browser.call("post", "/studies", a_study(**fields))
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def study(browser: Browser, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = browser.call("get", f"/studies/{made['id']}").json()
    return found


def work(steps: int | None = None) -> None:
    """Works in this process, until nothing is left or for some turns."""
    turns = Turns("w", Leases(), Flag())
    while turns.go_on(DEVICE_WISHES) and steps != 0:
        steps = None if steps is None else steps - 1
    turns.hand_all_back()


@pytest.mark.django_db(transaction=True)
async def test_a_follower_is_told_what_changed_and_nothing_else(address: str, pupil: Person) -> None:
    aside = database_sync_to_async
    browser = await aside(Browser)(pupil)
    made = await aside(lambda: begin(browser, **LONG, parallel=2, runs=2))()
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.client.cookies.items())
    where = f"ws://{address}/ws/studies/{made['id']}/"
    async with websockets.connect(where, additional_headers={"Cookie": cookies}) as line:
        await line.send(json.dumps({"kind": "follow", "after": 0}))
        first = json.loads(await line.recv())
        assert first["kind"] == "study" and [trial["number"] for trial in first["trials"]] == [0, 1]
        run = await aside(claim_next)("w")
        assert run
        told = {"kind": "validated", "epoch": 1, "step": 29, "loss": 0.5, "accuracy": 0.75, "best": True}
        await aside(run.record)([told])
        news = json.loads(await line.recv())
        [trial] = news["trials"]
        assert trial["reports"] == [[1, 0.5, 0.75]] and trial["state"] == "running"
        assert news["study"]["seq"] > first["study"]["seq"]
        await line.send(json.dumps({"kind": "follow", "after": -1}))
        assert json.loads(await line.recv())["problem"]["where"] == ["after"]


def test_o01_a_study_runs_all_its_trials_by_itself_and_tells_the_best(mine: Browser) -> None:
    made = begin(mine, name="Rates", parallel=2, finalists=1, repeats=2)
    assert [trial["state"] for trial in made["trials"]] == ["waiting"] * 2
    end = wait_until(lambda: (told := study(mine, made))["status"] == "finished" and told)
    explored, repeats = end["trials"][:4], end["trials"][4:]
    assert [trial["state"] for trial in end["trials"]] == ["done"] * 6
    assert all(0.0001 <= trial["values"]["optimizer.lr"] <= 0.1 for trial in explored)
    top = max(explored, key=lambda trial: trial["value"])
    assert end["best"] == top["number"] and {trial["repeats"] for trial in repeats} == {end["best"]}
    values = [trial["value"] for trial in repeats]
    [finalist] = end["finalists"]
    assert finalist["mean"] == pytest.approx(sum(values) / 2) and finalist["seeds"] == 2
    for trial in end["trials"]:
        run = mine.run(trial["run"])
        assert (run["group"], run["status"]) == (end["group"], "finished")
        assert run["job"]["optimizer"]["lr"] == trial["values"]["optimizer.lr"]
        assert [report[0] for report in trial["reports"]] == [1, 2, 3]
        files = default_storage.listdir(f"runs/{trial['run']}")[1]
        assert [name.split("-")[0] for name in files] == ["weights"]  # nobody goes on from it
    assert mine.call("get", "/runs").json() == []  # they are listed by their study
    assert [row["id"] for row in mine.call("get", "/studies").json()] == [end["id"]]


@pytest.mark.long
def test_a_study_survives_a_killed_worker_and_loses_no_trial(mine: Browser, worker: Worker) -> None:
    slow = job(threads=1, epochs=150)
    made = begin(mine, job=slow, runs=2)
    mine.wait_for_step(made["trials"][0]["run"], 100)
    worker.kill()
    free_runs(worker.name)
    worker.start()
    end = wait_until(lambda: (told := study(mine, made))["status"] == "finished" and told, seconds=90)
    assert [(trial["state"], len(trial["reports"])) for trial in end["trials"]] == [("done", 150)] * 2


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
def test_a_trial_that_is_worse_stops_within_one_report_and_says_why(pupil: Person) -> None:
    mine = Browser(pupil)
    pruner = {"kind": "halving", "first": 1, "factor": 2}
    made = begin(mine, job=job(threads=1, epochs=5), runs=5, pruner=pruner)
    work()
    end = study(mine, made)
    pruned = [trial for trial in end["trials"] if trial["state"] == "pruned"]
    assert end["status"] == "finished" and pruned
    for trial in pruned:
        events = mine.events(trial["run"])
        validated = [event["epoch"] for event in events if event["kind"] == "validated"]
        assert (events[-1]["kind"], events[-1]["reason"]) == ("stopped", "pruned")
        assert validated[-1] in (1, 2, 4) and trial["reports"][-1][0] == validated[-1]
        assert trial["value"] is None and mine.run(trial["run"])["status"] == "stopped"


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
def test_the_next_trial_is_made_once_whoever_looks_and_however_often(
    pupil: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Browser(pupil)
    made = begin(mine, runs=3)
    with monkeypatch.context() as dying:
        dying.setattr(
            "playground.runs.turns.advance_after", lambda run: None
        )  # the worker died at that moment
        work()
    assert [trial["state"] for trial in study(mine, made)["trials"]] == ["done"]
    for _ in range(3):
        advancing.advance_all()
    assert [trial["state"] for trial in study(mine, made)["trials"]] == ["done", "waiting"]
    row = Study.objects.get()
    second = Trial.objects.get(number=1)
    assert not advancing._is_first(row, 1)  # another worker with the same question
    assert Run.objects.count() == 2 and second.run
    work()
    assert study(mine, made)["status"] == "finished" and Run.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
def test_minutes_end_a_study_and_what_trains(pupil: Person) -> None:
    mine = Browser(pupil)
    made = begin(mine, **LONG, runs=50, minutes=0.01)
    work()
    end = study(mine, made)
    assert end["status"] == "finished" and len(end["trials"]) == 1
    [trial] = end["trials"]
    assert trial["state"] == "stopped" and 0.6 <= trial["seconds"] < 1.5
    assert mine.events(trial["run"])[-1]["reason"] == "budget"


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
def test_a_study_that_is_stopped_begins_nothing_more(pupil: Person, stranger: Person) -> None:
    mine = Browser(pupil)
    made = begin(mine, **LONG, parallel=3)
    assert Browser(stranger).call("post", f"/studies/{made['id']}/stop").status_code == 404
    work(steps=1)
    assert mine.call("post", f"/studies/{made['id']}/stop").json()["status"] == "stopped"
    work()
    end = study(mine, made)
    assert [trial["state"] for trial in end["trials"]] == ["stopped"] * 3
    advancing.advance_all()
    assert Run.objects.count() == 3
    assert mine.call("delete", f"/studies/{made['id']}").status_code == 204
    assert mine.call("get", f"/studies/{made['id']}").status_code == 404
    assert not Run.objects.of(pupil).exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
def test_what_there_is_no_room_for_is_refused_with_its_reason_and_ends_the_study(
    pupil: Person, settings: Any
) -> None:
    mine = Browser(pupil)
    settings.PERSON_BYTES = 1_000
    end = begin(mine)
    assert [trial["state"] for trial in end["trials"]] == ["refused"] * 4
    assert "Delete a run" in end["trials"][0]["reason"] and end["status"] == "finished"
    assert not Run.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
def test_members_run_side_by_side_but_never_pass_their_owners_other_run(pupil: Person) -> None:
    mine = Browser(pupil)
    begin(mine, **LONG, parallel=2)
    first, second = claim_next("a"), claim_next("b")
    assert first and second and first.group == second.group
    other = mine.launch()
    assert claim_next("c") is None
    first.record([{"kind": "failed", "message": "no"}], status="failed")
    advancing.advance_all()
    assert Run.objects.filter(status="queued").count() == 2  # the other one, and the next trial behind it
    assert claim_next("c") is None
    second.record([{"kind": "failed", "message": "no"}], status="failed")
    chosen = claim_next("c")
    assert chosen and str(chosen.pk) == other


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"space": {"batch_size": {"low": 1, "high": 9_999}}}, ["space", "batch_size"]),
        ({"space": {"epochs": {"low": 1, "high": 2_000}}}, ["space", "epochs"]),
        ({"space": {"validation": {"low": 10, "high": 2_000}}}, ["space", "validation"]),
        ({"job": job(network={"layers": [{"kind": "linear"}]})}, ["space", "optimizer.lr"]),
        ({"job": 7}, ["job"]),
        ({"name": 7}, ["name"]),
        ({"runs": 1_001}, ["runs"]),
        ({"pruner": {"kind": "halving", "factor": 1}}, ["pruner", "factor"]),
    ],
    ids=lambda thing: json.dumps(thing)[:40],
)
def test_a_study_that_cannot_be_is_refused_at_its_place(
    pupil: Person, fields: dict[str, Any], where: list[Any]
) -> None:
    for door in ("/studies", *([] if "name" in fields else ["/studies/estimate"])):
        refused = Browser(pupil).call("post", door, a_study(**fields))
        assert refused.status_code == 422, refused.content
        assert refused.json()["problem"]["where"][: len(where)] == where
    assert not Study.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_server")
def test_a_study_is_estimated_before_it_begins_and_tells_what_it_could_change(pupil: Person) -> None:
    mine = Browser(pupil)
    told = mine.call("post", "/studies/estimate", a_study(finalists=2, repeats=5)).json()
    assert told["trials"] == 4 + 2 * 5 and told["said"].startswith("14 trainings")
    fields = {row["path"]: row for row in mine.call("post", "/studies/fields", job()).json()}
    assert [path for path, row in fields.items() if row["usual"]] == [
        *("batch_size", "epochs", "optimizer.lr", "network.layers.dropout1.p")
    ]
    assert fields["optimizer.lr"]["values"] == {"low": 0.001, "high": 0.1, "log": True}
    assert fields["network.layers.linear1.bias"]["values"] == {"choices": [False, True], "log": False}
    assert "network.layers.linear1.out_features" in fields and "seed" not in fields
