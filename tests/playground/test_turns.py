"""One worker turns between the runs of different people: each soon sees something, none notices the other."""

import time
from typing import Any

from playground.accounts.models import Person
from tests.playground.jobs import Browser, told_steps
from tests.playground.parts import wait_until

ENDLESS: dict[str, Any] = {"network": "small-cnn", "epochs": 1_000}


def test_two_people_train_in_turn_and_each_as_if_alone(mine: Browser, stranger: Person) -> None:
    other = Browser(stranger)
    alone = mine.launch(epochs=120)
    mine.wait(alone, "finished")
    endless = other.launch(**ENDLESS)
    other.wait_for_step(endless, 1)
    run = mine.launch(epochs=120)
    mine.wait_for_step(run, 1)
    assert other.run(endless)["status"] == "running"
    mine.wait(run, "finished")
    weights = [mine.call("get", f"/runs/{one}/weights").content for one in (alone, run)]
    assert weights[0] == weights[1]
    assert told_steps(mine.events(run)) == list(range(1, 29 * 120 + 1))
    assert [event["kind"] for event in mine.events(run) if event["kind"] == "resumed"] == []


def test_a_resting_run_obeys_at_once(mine: Browser, stranger: Person) -> None:
    other = Browser(stranger)
    runs = [(mine, mine.launch(**ENDLESS)), (other, other.launch(**ENDLESS))]
    for browser, run in runs:
        browser.wait_for_step(run, 20)
    delays = []
    for number, (browser, run) in enumerate(runs * 3):
        seq, begin = browser.run(run)["seq"], time.monotonic()
        browser.ask(run, "set_lr", lr=0.001 + number / 1e4)
        wait_until(lambda: [event for event in browser.events(run, seq) if event["kind"] == "changed"])  # noqa: B023
        delays.append(time.monotonic() - begin)
    assert sorted(delays)[len(delays) // 2] < 0.5  # 200 ms on a quiet machine: a turn takes longer
    for browser, run in runs:
        browser.ask(run, "stop")
        browser.wait(run, "stopped", seconds=2)
