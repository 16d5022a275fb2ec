"""The queue under load: how soon everybody sees something, in what order, at what cost.

`.venv/bin/python -m benchmarks.queue --data DIR [--only thirty,fair,cost,many,estimates] [--people 30]
[--fair 200] [--many 2000]`: ./play in homes of their own, with the quotas and rates out of the way.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from operator import itemgetter
from pathlib import Path
from typing import Any

from benchmarks.stack import MNIST, ROOT, Stack, machine

MANY = "100000/minute 100000/minute"
WIDE = {"RUNS_WAITING": "10000", "RATE_RUNS": MANY, "RATE_NETWORKS": MANY}
CNN: dict[str, Any] = {"network": "small-cnn", "dataset": MNIST, "epochs": 5, "device": "cpu"}
SHORT: dict[str, Any] = {
    "network": "softmax-regression",
    "dataset": {"kind": "strokes", "size": 2_000},
    "epochs": 1,
    "device": "cpu",
}
NETWORKS = ("softmax-regression", "mlp-512-64", "small-cnn", "lenet", "cnn-32-32-128")


def put(stack: Stack, token: str, job: dict[str, Any]) -> str:
    """A run of somebody's."""
    return str(stack.call("POST", "/api/runs", job, token)["id"])


def thirty(data: Path, people: int) -> None:
    """Thirty people press Train at once."""
    with Stack(data, **WIDE) as stack:
        stack.wait(stack.launch(**SHORT))  # the worker is awake
        singles = [alone(stack, seed) for seed in (1, 2, 3)]
        tokens = stack.guests(people)
        begin = time.monotonic()
        runs = [put(stack, token, CNN | {"seed": 1 + at % 3}) for at, token in enumerate(tokens)]
        first: dict[str, float] = {}
        while len(first) < people:
            told = stack.rows("SELECT DISTINCT run_id FROM runs_event WHERE kind = 'curves'")
            for (run,) in told:
                first.setdefault(run, time.monotonic() - begin)
            first = {run: at for run, at in first.items() if run in {key.replace("-", "") for key in runs}}
            time.sleep(0.05)
        pending = set(runs)
        while pending:
            pending -= {run for run in pending if _has_ended(stack, run)}
            time.sleep(0.5)
        total = time.monotonic() - begin
        same = sum(stored(stack, run) == singles[at % 3][1] for at, run in enumerate(runs))
        one_by_one = people * statistics.mean(seconds for seconds, _ in singles)
        print(
            f"\n{people} people at once: first points after {max(first.values()):.1f} s at the latest ",
            end="",
        )
        print(f"(median {statistics.median(first.values()):.1f}); all done in {total:.0f} s, ", end="")
        print(
            f"{total / one_by_one:.2f} × one after another; {same} of {people} with the same weights as alone"
        )


def alone(stack: Stack, seed: int) -> tuple[float, bytes]:
    """Seconds of the job alone, from the press to the end, and its weights."""
    begin = time.monotonic()
    run = put(stack, stack.token, CNN | {"seed": seed})
    while not _has_ended(stack, run):
        time.sleep(0.05)
    return time.monotonic() - begin, stored(stack, run)


def stored(stack: Stack, run: str) -> bytes:
    """The weights of anybody's run, from the storage."""
    return next((stack.home / "media" / "runs" / run).glob("weights*")).read_bytes()


def _has_ended(stack: Stack, run: str) -> bool:
    return bool(stack.rows("SELECT 1 FROM runs_run WHERE id = ? AND ended IS NOT NULL", run.replace("-", "")))


def fair(data: Path, number: int) -> None:
    """Many queued runs of ten people on two workers, each of which trains one at a time."""
    with Stack(data, "--workers", "2", RUNS_HELD="1", **WIDE) as stack:
        tokens = stack.guests(10)
        for token in tokens:  # the first come with all of theirs before the last come at all
            for _ in range(number // len(tokens)):
                put(stack, token, SHORT)
        told = stack.rows("SELECT max(created) FROM runs_run")[0][0]
        while stack.rows("SELECT 1 FROM runs_run WHERE ended IS NULL LIMIT 1"):
            time.sleep(0.5)
        claims = stack.rows("SELECT owner_id, started, ended FROM runs_run WHERE started > ?", told)
        states = Counter(row[0] for row in stack.rows("SELECT status FROM runs_run"))
        handed = stack.rows("SELECT count(*) FROM runs_event WHERE kind = 'resumed'")[0][0]
        begun = stack.rows("SELECT count(*) FROM runs_event WHERE kind = 'started'")[0][0]
        print(f"\n{number} runs of 10 people on 2 workers: {dict(states)}, ", end="")
        print(f"{begun} starts, {handed} handed on, ", end="")
        print(f"{stack.logged('database is locked')} × database is locked; ", end="")
        print(f"{out_of_turn(sorted(claims, key=itemgetter(1)))} of {len(claims)} claims out of turn")


def out_of_turn(claims: list[tuple[int, str, str]]) -> int:
    """Claims (who, start, end) while another was free, had a run waiting, and had waited longer."""
    last: dict[int, str] = {}
    wrong = 0
    for at, (owner, start, _) in enumerate(claims):
        busy = {other for other, since, until in claims[:at] if since < start < until}
        waiting = {other for other, _, _ in claims[at + 1 :]} - busy - {owner}
        wrong += any(last.get(other, "") < last.get(owner, "") for other in waiting)
        last[owner] = start
    return wrong


def many(data: Path, number: int) -> None:
    """Short runs one after another through one worker: its memory, and the disk."""
    with Stack(data, **WIDE) as stack:
        sizes: list[tuple[int, float]] = []
        for done in range(0, number, 20):
            for _ in range(20):
                last = stack.launch(**SHORT)
            stack.wait(last)
            sizes.append((done + 20, resident(stack)))
        early = [size for runs, size in sizes if runs <= 200][-1]
        files = sum(file.stat().st_size for file in (stack.home / "media").rglob("*") if file.is_file())
        late = sizes[-1][1]
        print(
            f"\n{number} short runs: the worker had {early:.0f} MB after 200, {late:.0f} MB at the end ",
            end="",
        )
        print(f"({late / early - 1:+.1%}); {files / number / 1e3:.0f} kB of files a run")


def resident(stack: Stack) -> float:
    """Megabytes that the worker has in memory."""
    pages = int(Path(f"/proc/{max(stack.processes('celery'))}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def estimates(data: Path) -> None:
    """How far estimates are off: the first time, from the machine's speed, and when runs have told."""
    with Stack(data, **WIDE) as stack:
        stack.wait(stack.launch(**SHORT))
        print("\n| network | batch | took | estimated at first | estimated the second time |")
        print("|---|---|---|---|---|")
        for network in NETWORKS:
            for batch in (32, 128):
                job = {
                    "network": network,
                    "dataset": MNIST | {"size": 20_000},
                    "batch_size": batch,
                    "epochs": 2,
                }
                guessed = [_guessed_and_took(stack, job | {"device": "cpu"}) for _ in range(2)]
                off = " | ".join(f"{guess:.1f} s ({guess / took - 1:+.0%})" for guess, took in guessed)
                print(f"| {network} | {batch} | {guessed[0][1]:.1f} s | {off} |", flush=True)


def _guessed_and_took(stack: Stack, job: dict[str, Any]) -> tuple[float, float]:
    guess = stack.call("POST", "/api/runs/estimate", job)["seconds"] or float("nan")
    run = stack.launch(**job)
    stack.wait(run)
    return guess, stack.events(run)[-1]["seconds"]


def cost(data: Path, pairs: int = 4) -> None:
    """What checkpoints and leases take from training: the same runs with and without, in turn."""
    print("\n| network | with ÷ without checkpoints and leases |\n|---|---|")
    for network in ("mlp-512-64", "cnn-32-32-128"):
        with tempfile.TemporaryDirectory(prefix="playground-cost-") as home:
            environment = os.environ | {"PLAYGROUND_HOME": home, "PLAYGROUND_DATA": str(data)}
            command = [sys.executable, "-m", "benchmarks.holding", network, str(pairs)]
            told = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
            )
            print(f"| {network} | {float(told.stdout.split()[-1]):.3f} |", flush=True)


def main() -> None:
    """Prints all measurements, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/*.gz")
    parser.add_argument("--only", default="thirty,fair,cost,many,estimates")
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--fair", type=int, default=200)
    parser.add_argument("--many", type=int, default=2_000)
    told = parser.parse_args()
    print(machine())
    parts = {
        "thirty": lambda: thirty(told.data, told.people),
        "fair": lambda: fair(told.data, told.fair),
        "cost": lambda: cost(told.data),
        "many": lambda: many(told.data, told.many),
        "estimates": lambda: estimates(told.data),
    }
    for name in told.only.split(","):
        parts[name]()


if __name__ == "__main__":
    main()
