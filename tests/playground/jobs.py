"""Small jobs for tests, and how runs are asked after."""

import time
from typing import Any

from django.test import Client

from playground.accounts.models import Person

LAYERS = [{"kind": "flatten"}, {"kind": "dropout", "p": 0.2}, {"kind": "linear", "out_features": 10}]
NETWORK = {"input": [1, 28, 28], "layers": LAYERS}


def job(**fields: Any) -> dict[str, Any]:
    """A job of 29 steps an epoch; a hundred epochs take about a second."""
    dataset = {"kind": "strokes", "size": 2_000}
    return {
        "network": NETWORK,
        "dataset": dataset,
        "batch_size": 64,
        "epochs": 3,
        "test": "on_request",
    } | fields


def a_study(**fields: Any) -> dict[str, Any]:
    """A study over the learning rate: four trials of three short epochs, one after the other."""
    rates = {"low": 0.0001, "high": 0.1, "log": True}
    budget = {"runs": 4, "parallel": 1, "finalists": 0, "pruner": None}
    return {"job": job(threads=1), "space": {"optimizer.lr": rates}, **budget} | fields


class Browser:
    """Someone's browser, signed in, talking to the API."""

    def __init__(self, person: Person) -> None:
        self.client = Client()
        self.client.force_login(person)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return getattr(self.client, method)(f"/api{path}", body, content_type="application/json")

    def launch(self, **fields: Any) -> str:
        answer = self.call("post", "/runs", job(**fields))
        assert answer.status_code == 201, answer.content
        identity: str = answer.json()["id"]
        return identity

    def run(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("get", f"/runs/{run}").json()
        return found

    def ask(self, run: str, kind: str, **more: Any) -> Any:
        return self.call("post", f"/runs/{run}/commands", {"kind": kind, **more})

    def events(self, run: str, after: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("get", f"/runs/{run}/events?after={after}").json()["events"]
        return found

    def wait(self, run: str, *statuses: str, seconds: float = 40) -> dict[str, Any]:
        """The run, once it has one of these statuses."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.run(run)
            if found["status"] in statuses:
                return found
            time.sleep(0.05)
        raise AssertionError(f"still {found['status']} after {seconds} s: {self.events(run)[-3:]}")

    def wait_for_step(self, run: str, step: int) -> None:
        end = time.monotonic() + 40
        while self.run(run)["step"] < step:
            assert time.monotonic() < end, "the run does not get on"
            time.sleep(0.05)


def told_steps(events: list[dict[str, Any]]) -> list[int]:
    """The steps that the curves tell of, as a page folds them: what comes after `resumed` replaces."""
    steps: list[int] = []
    for event in events:
        if event["kind"] == "started":  # again, where it was lost before its first checkpoint
            steps = []
        if event["kind"] == "resumed":
            steps = [step for step in steps if step <= event["step"]]
        if event["kind"] == "curves":
            steps += range(event["first"], event["first"] + len(event["loss"]))
    return steps
