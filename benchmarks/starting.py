"""How soon a run begins in a warm worker, and what the worker then takes of the memory.

`.venv/bin/python -m benchmarks.starting --data DIR`: in a process that works off the queue, from the moment
when a job is claimed to its first batch; then through ./play, from the press of Train to the first points of
the curve on a web socket, and the worker's memory after an epoch of the CNN 32-32-128 over MNIST.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import websockets

from benchmarks.stack import ROOT, Stack, machine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
NETWORKS = ("mlp-512-64", "small-cnn", "cnn-32-32-128")
FEW: dict[str, Any] = {"dataset": {"kind": "mnist", "size": 6_000}, "epochs": 1, "device": "cpu"}


def to_first_batch(times: int) -> None:
    """Prints milliseconds from a claim to the first batch, in this process and its home."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from playground.accounts.models import Person
    from playground.runs.leases import Leases
    from playground.runs.models import Run
    from playground.runs.turns import Turns
    from trainer.job import Job
    from trainer.step import Step

    begun: list[float] = []
    step = Step.__call__

    def noted(self: Step, *batch: Any) -> Any:
        begun.append(time.perf_counter())
        return step(self, *batch)

    Step.__call__ = noted  # type: ignore[assignment, method-assign]
    turns, person = Turns("start", Leases(), asked_to_leave()), Person.objects.operator()
    for network in NETWORKS:
        spent = []
        for seed in range(times + 1):
            job = Job.read({"network": network, "seed": seed} | FEW).describe()
            Run.objects.launch(person, job, "Start")
            begun.clear()
            begin = time.perf_counter()
            while turns.go_on(("cpu",)):
                pass
            spent.append(1_000 * (begun[0] - begin))
        print(f"| {network} | {statistics.median(spent[1:]):.0f} ms | {max(spent[1:]):.0f} ms |", flush=True)


def asked_to_leave() -> Any:
    """Nobody asks."""
    import threading

    return threading.Event()


async def to_first_points(stack: Stack, network: str) -> float:
    """Milliseconds from the press of Train to the first points on a socket."""
    begin = time.perf_counter()
    run = await asyncio.to_thread(stack.launch, network=network, **FEW)
    async with websockets.connect(stack.url(f"/ws/runs/{run}/", "ws"), max_size=None) as line:
        await line.send(json.dumps({"kind": "follow", "after": 0, "token": stack.token}))
        async for text in line:
            if any(event["kind"] == "curves" for event in json.loads(text).get("events", [])):
                spent = 1_000 * (time.perf_counter() - begin)
                await asyncio.to_thread(stack.wait, run)
                return spent
    raise RuntimeError("the run ended without a point")


def memory(pid: int) -> int:
    """Bytes of memory that a process has, shared files included."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in line]
    return int(line.split()[1]) * 1024


def main() -> None:
    """Prints all measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--here", action="store_true", help="only the first part, in this process and home")
    options = parser.parse_args()
    if options.here:
        to_first_batch(options.times)
        return
    print(machine(), "\n\n| network | claimed → first batch, median | longest |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="playground-start-") as home:
        environment = os.environ | {"PLAYGROUND_HOME": home, "PLAYGROUND_DATA": str(options.data)}
        again = ["-m", "benchmarks.starting", "--here", "--data", str(options.data), "--times"]
        command = [sys.executable, *again, str(options.times)]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    print("\n| network | Train → first points on a socket, median | longest |\n|---|---|---|", flush=True)
    with Stack(options.data) as stack:
        for network in NETWORKS:
            spent = [asyncio.run(to_first_points(stack, network)) for _ in range(options.times + 1)][1:]
            print(f"| {network} | {statistics.median(spent):.0f} ms | {max(spent):.0f} ms |", flush=True)
        train_and_tell_memory(stack, "all of these and a CNN")
    with Stack(options.data) as stack:
        train_and_tell_memory(stack, "a CNN")


def train_and_tell_memory(stack: Stack, after: str) -> None:
    """Prints what worker and web hold after an epoch of the CNN over the whole of MNIST."""
    whole = {"dataset": {"kind": "mnist"}, "epochs": 1, "batch_size": 128}
    [worker] = stack.processes("celery")
    run = stack.launch(network="cnn-32-32-128", **whole)
    most = 0
    while stack.run(run)["status"] not in ("finished", "failed"):
        most = max(most, memory(worker))
        time.sleep(0.2)
    time.sleep(2)
    print(f"\nAfter {after} 32-32-128 over MNIST: worker {memory(worker) / 1e6:.0f} MB, ", end="")
    print(f"{most / 1e6:.0f} MB while it trained; ", end="")
    print("web " + ", ".join(f"{memory(pid) / 1e6:.0f} MB" for pid in stack.processes("uvicorn")), flush=True)


if __name__ == "__main__":
    main()
