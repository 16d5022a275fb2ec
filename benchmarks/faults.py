"""Runs under faults: what is lost, told twice or left out, and how soon it goes on.

`.venv/bin/python -m benchmarks.faults --data DIR`, or with `--kills 3 --redis 1 --web 1 --all 1 --frozen 1`
for a quick try: ./play in homes of their own. An MLP and a CNN are trained undisturbed first; then the same
jobs again while parts are killed at random moments. A transcript is folded as a page does it.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.stack import MNIST, Stack, machine

JOBS: list[dict[str, Any]] = [
    {"network": "mlp-512-64", "dataset": MNIST, "batch_size": 64, "epochs": 8, "device": "cpu"},
    {"network": "small-cnn", "dataset": MNIST, "batch_size": 64, "epochs": 2, "device": "cpu"},
]
PARTS = {"worker": ("celery",), "redis": ("redis-server", "valkey-server"), "web": ("uvicorn",)}
PARTS["everything"] = PARTS["redis"] + PARTS["web"] + PARTS["worker"]
RATES = {"RATE_RUNS": "1000/minute 10000/minute"}


@dataclass
class Tally:
    """What came of the runs, and the seconds until they trained again, by fault."""

    runs: int = 0
    lost: int = 0
    holes: int = 0
    doubles: int = 0
    other_weights: int = 0
    back: dict[str, list[float]] = field(default_factory=dict)

    def take(self, stack: Stack, run: str, undisturbed: bytes) -> None:
        """Judges a run that has ended."""
        events = stack.events(run)
        self.runs += 1
        self.lost += events[-1]["kind"] != "finished"
        steps = folded(events)
        whole = list(range(1, events[-1].get("step", 0) + 1))
        self.holes += [event["seq"] for event in events] != list(range(1, len(events) + 1))
        self.holes += len(set(whole) - set(steps))
        self.doubles += len(steps) - len(set(steps))
        self.other_weights += stack.weights(run) != undisturbed

    def show(self) -> None:
        """Prints the table."""
        print(f"\n{self.runs} runs: {self.lost} lost, {self.holes} holes, {self.doubles} doubles, ", end="")
        print(f"{self.other_weights} with other weights than undisturbed\n")
        print("| fault | times | until it trains again, median | longest |\n|---|---|---|---|")
        for fault, seconds in self.back.items():
            print(f"| {fault} | {len(seconds)} | {statistics.median(seconds):.1f} s | {max(seconds):.1f} s |")


def folded(events: list[dict[str, Any]]) -> list[int]:
    """The steps that a page shows: what comes after `resumed` replaces what was told of later steps."""
    steps: list[int] = []
    for event in events:
        if event["kind"] == "started":  # again, where it was lost before its first checkpoint
            steps = []
        if event["kind"] == "resumed":
            steps = [step for step in steps if step <= event["step"]]
        if event["kind"] == "curves":
            steps += range(event["first"], event["first"] + len(event["loss"]))
    return steps


def undisturbed(stack: Stack) -> list[bytes]:
    """The weights of each job without any fault."""
    runs = [stack.launch(**job) for job in JOBS]
    for run in runs:
        stack.wait(run)
    return [stack.weights(run) for run in runs]


def disturb(stack: Stack, faults: list[str], weights: list[bytes], tally: Tally) -> None:
    """Trains the jobs in turn, with one fault after the other at a random moment."""
    number = 0
    while faults:
        run = stack.launch(**JOBS[number % len(JOBS)])
        while faults and _is_under_way(stack, run):
            time.sleep(random.uniform(0.2, 4.0))
            if _is_under_way(stack, run):
                fault = faults.pop()
                tally.back.setdefault(fault, []).append(hit(stack, run, fault))
                _wait_for_progress(stack, run)
        stack.wait(run)
        tally.take(stack, run, weights[number % len(JOBS)])
        print(f"{len(faults)} faults to go, {tally.runs} runs", flush=True)
        number += 1


def _wait_for_progress(stack: Stack, run: str) -> None:
    """Until it is further than it ever was: what dies three times without that is given up, as it should."""
    told = furthest(stack.events(run))
    while _is_under_way(stack, run) and furthest(stack.events(run)) <= told:
        time.sleep(0.1)


def furthest(events: list[dict[str, Any]]) -> int:
    """The last step that was ever told of."""
    return max((e["first"] + len(e["loss"]) - 1 for e in events if e["kind"] == "curves"), default=0)


def _is_under_way(stack: Stack, run: str) -> bool:
    return stack.insist(f"/api/runs/{run}")["status"] in ("queued", "running")


def hit(stack: Stack, run: str, fault: str) -> float:
    """Kills parts; the seconds until a new step of the run is told, or its end."""
    seq = stack.insist(f"/api/runs/{run}")["seq"]
    for word in PARTS[fault]:
        for process in stack.processes(word):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    return _until_told(stack, run, seq)


def _until_told(stack: Stack, run: str, seq: int) -> float:
    begin = time.monotonic()
    while not any(event["kind"] in ("curves", "finished", "failed") for event in stack.events(run, seq)):
        time.sleep(0.05)
    return time.monotonic() - begin


def freeze(data: Path, times: int, tally: Tally) -> None:
    """Freezes the worker that holds a run for longer than its lease: another takes over."""
    with Stack(data, "--workers", "2", **RATES) as stack:
        for number in range(times):
            run = stack.launch(**JOBS[0] | {"epochs": 20})
            while not stack.events(run):
                time.sleep(0.1)
            holder = stack.rows("SELECT worker FROM runs_run WHERE id = ?", run.replace("-", ""))[0][0]
            frozen = stack.processes(holder)
            seq = stack.insist(f"/api/runs/{run}")["seq"]
            for process in frozen:
                os.kill(process, signal.SIGSTOP)
            tally.back.setdefault("frozen worker, by the lease alone", []).append(
                _until_told(stack, run, seq)
            )
            for process in frozen:
                os.kill(process, signal.SIGCONT)
            stack.wait(run)
            calm = stack.launch(**JOBS[0] | {"epochs": 20})
            stack.wait(calm)
            tally.take(stack, run, stack.weights(calm))
            print(f"frozen {number + 1} of {times}", flush=True)


def outlast(data: Path, seconds: int) -> None:
    """A run of three times the broker's visibility timeout: how often it was started."""
    environment = RATES | {"VISIBILITY_TIMEOUT": str(seconds)}
    with Stack(data, "--workers", "2", **environment) as stack:
        run = stack.launch(**JOBS[0] | {"epochs": 1_000})
        time.sleep(3 * seconds + 2)
        stack.stop(run)
        kinds = [event["kind"] for event in stack.events(run)]
        claims = stack.rows("SELECT attempt FROM runs_run WHERE id = ?", run.replace("-", ""))[0][0]
        told = f"started {kinds.count('started')} times, claimed {claims} times"
        print(f"\nA run of 3 × the visibility timeout of {seconds} s: {told}")


def main() -> None:
    """Prints what the faults did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/*.gz")
    for fault, times in {"kills": 50, "redis": 10, "web": 10, "all": 5, "frozen": 3, "visibility": 5}.items():
        parser.add_argument(f"--{fault}", type=int, default=times)
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    told = parser.parse_args()
    random.seed(told.seed)
    print(machine())
    tally = Tally()
    faults = ["worker"] * told.kills + ["redis"] * told.redis + ["web"] * told.web + ["everything"] * told.all
    random.shuffle(faults)
    with Stack(told.data, **RATES) as stack:
        disturb(stack, faults, undisturbed(stack), tally)
    if told.frozen:
        freeze(told.data, told.frozen, tally)
    tally.show()
    if told.visibility:
        outlast(told.data, told.visibility)


if __name__ == "__main__":
    main()
