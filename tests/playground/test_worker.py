"""Runs through a real worker: told whole, obeying, outliving their worker."""

from typing import Any

import pytest

from playground.runs.claiming import free_runs
from playground.runs.models import Run
from tests.playground.jobs import Browser, told_steps
from tests.playground.parts import RedisServer, Worker, wait_until

LONG: dict[str, Any] = {"network": "small-cnn", "epochs": 1_000}  # nobody waits for its end


def test_a_run_is_told_whole(mine: Browser) -> None:
    run = mine.launch(epochs=4, test="at_end")
    end = mine.wait(run, "finished", "failed")
    events = mine.events(run)
    assert [event["seq"] for event in events] == list(range(1, end["seq"] + 1))
    assert [events[0]["kind"], events[-1]["kind"]] == ["started", "finished"]
    assert told_steps(events) == list(range(1, events[0]["steps"] + 1))
    assert events[-1]["test_accuracy"] > 0.1
    assert end["job"]["threads"] == events[0]["threads"]
    assert mine.call("get", f"/runs/{run}/weights").content[8:9] == b"{"


def test_a_run_pauses_goes_on_and_changes_its_pace(mine: Browser) -> None:
    run = mine.launch(**LONG)
    mine.wait_for_step(run, 50)
    mine.ask(run, "pause")
    mine.wait(run, "paused")
    mine.ask(run, "set_lr", lr=0.125)
    mine.ask(run, "resume")
    rested = mine.run(run)["step"]
    mine.wait_for_step(run, rested + 50)
    mine.ask(run, "stop")
    mine.wait(run, "stopped")
    events = mine.events(run)
    kinds = [event["kind"] for event in events if event["kind"] not in ("curves", "validated")]
    assert kinds == ["started", "paused", "resumed", "changed", "stopped"]
    assert [event["reason"] for event in events if event["kind"] == "resumed"] == ["asked"]
    assert events[-2 if events[-2]["kind"] == "curves" else -3]["lr"] == 0.125
    assert told_steps(events) == list(range(1, events[-1]["step"] + 1))


def test_a_pause_taken_back_at_once_does_not_stop_the_run(mine: Browser) -> None:
    run = mine.launch(**LONG)
    mine.wait_for_step(run, 10)
    mine.ask(run, "pause")
    mine.ask(run, "resume")
    before = mine.run(run)["step"]
    mine.wait_for_step(run, before + 200)


def test_a_run_that_diverges_says_so_and_keeps_its_last_good_weights(mine: Browser) -> None:
    widths = [{"kind": "linear", "out_features": width} for width in (32, 32, 10)]
    network = {"layers": [{"kind": "flatten"}, *widths]}
    run = mine.launch(optimizer={"kind": "sgd", "lr": 100}, network=network, epochs=50)
    mine.wait(run, "diverged")
    assert mine.events(run)[-1]["step"] >= 1
    assert mine.call("get", f"/runs/{run}/weights").status_code == 200


def test_the_test_set_is_opened_on_request(mine: Browser) -> None:
    run = mine.launch(epochs=1)
    mine.wait(run, "finished")
    assert mine.events(run)[-1]["test_accuracy"] is None
    seq = mine.run(run)["seq"]
    assert mine.ask(run, "test").status_code == 202
    told = wait_until(lambda: mine.events(run, seq))
    assert (told[0]["kind"], told[0]["seq"]) == ("tested", seq + 1)
    assert told[0]["correct"] == round(told[0]["accuracy"] * told[0]["images"])


def test_a_killed_worker_costs_nothing(mine: Browser, worker: Worker) -> None:
    calm = mine.launch(epochs=80)
    mine.wait(calm, "finished")
    run = mine.launch(epochs=80)
    mine.wait_for_step(run, 500)
    worker.kill()
    assert free_runs(worker.name) == 1
    assert mine.run(run)["place"] == 1
    worker.start()
    mine.wait(run, "finished")
    events = mine.events(run)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["reason"] for event in events if event["kind"] == "resumed"] == ["worker_lost"]
    assert told_steps(events) == list(range(1, events[-1]["step"] + 1))
    weights = [mine.call("get", f"/runs/{one}/weights").content for one in (calm, run)]
    assert weights[0] == weights[1]
    kept = [mine.call("get", f"/runs/{one}/keyframes").json()["steps"] for one in (calm, run)]
    assert kept[0] == kept[1] and kept[0][:5] == [1, 2, 5, 10, 20]


def test_a_worker_that_shall_end_hands_its_run_back(mine: Browser, worker: Worker) -> None:
    run = mine.launch(**LONG)
    mine.wait_for_step(run, 50)
    assert worker.terminate() < 10
    left = mine.run(run)
    assert (left["status"], left["place"]) == ("queued", 1)
    worker.start()
    mine.wait_for_step(run, left["step"] + 50)
    assert told_steps(mine.events(run))[: left["step"]] == list(range(1, left["step"] + 1))


def test_without_redis_training_goes_on_and_obeys(mine: Browser, redis_server: RedisServer) -> None:
    run = mine.launch(**LONG)
    mine.wait_for_step(run, 20)
    redis_server.stop()
    try:
        step = mine.run(run)["step"]
        mine.wait_for_step(run, step + 100)
        assert mine.client.get("/healthz").json()["parts"]["redis"]["ok"] is False
        mine.ask(run, "pause")
        mine.wait(run, "paused")
        mine.ask(run, "resume")
    finally:
        redis_server.start()
    mine.wait(run, "running", seconds=20)  # nobody could ring: the worker looks by itself


@pytest.mark.long
def test_a_run_that_gets_further_each_time_is_not_given_up(mine: Browser, worker: Worker) -> None:
    run = mine.launch(**LONG)
    for _ in range(4):  # more often than a run may die in one place
        furthest = Run.objects.get(pk=run).furthest_step()
        wait_until(lambda: Run.objects.get(pk=run).furthest_step() > furthest)  # noqa: B023
        worker.kill()
        free_runs(worker.name)
        assert mine.run(run)["status"] == "queued"
        worker.start()
    mine.wait_for_step(run, 1)
