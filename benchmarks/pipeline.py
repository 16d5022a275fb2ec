"""What the whole way costs: a run through ./play, watched by a client, against plain PyTorch loops.

`.venv/bin/python -m benchmarks.pipeline --data DIR --cores 0,1`: a run goes through Celery, its transcript is
followed over a web socket, and two pinned digits are looked at with the newest weights, each time they change
and at least four times a second. In turn with it the loops of benchmarks/plain.py train the same network.
A ratio is not judged where the plain loop itself varied by more than 15 %.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import websockets

from benchmarks.plain import NETWORKS, plain, textbook
from benchmarks.stack import MNIST, Stack, machine, pin
from trainer.datasets.base import Folders
from trainer.job import Job

VARIES = 0.15
WARM = 2.0  # seconds of a run before it counts
LOOK_EVERY = 0.25  # seconds at most between two looks


@dataclass
class Watched:
    """What a client saw of a run: when which step arrived, and how many frames."""

    arrivals: list[tuple[float, int]] = field(default_factory=list)
    frames: int = 0
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def rate(self, batch_size: int) -> float:
        """Samples a second between the first and the last arrival that count."""
        begin = self.arrivals[0][0]
        counted = [arrival for arrival in self.arrivals if arrival[0] - begin >= WARM]
        (first, low), (last, high) = counted[0], counted[-1]
        return (high - low) * batch_size / (last - first)


async def follow(stack: Stack, run: str, seen: Watched, seconds: float) -> None:
    """Follows the transcript until enough of it has arrived."""
    async with websockets.connect(stack.url(f"/ws/runs/{run}/", "ws"), max_size=None) as line:
        await line.send(json.dumps({"kind": "follow", "after": 0, "token": stack.token}))
        async for text in line:
            message = json.loads(text)
            if message["kind"] == "weights":
                seen.bell.set()
            for event in message.get("events", []):
                if event["kind"] == "curves":
                    seen.arrivals.append((time.perf_counter(), event["first"] + len(event["loss"]) - 1))
            if seen.arrivals and seen.arrivals[-1][0] - seen.arrivals[0][0] > WARM + seconds:
                return


async def look(stack: Stack, run: str, seen: Watched, pins: list[dict[str, str]]) -> None:
    """Looks at the pinned digits, all layers of them, whenever there are newer weights."""
    weights = {"kind": "run", "run": run, "step": None}
    network = stack.call("GET", f"/api/runs/{run}")["job"]["network"]
    message = {"kind": "look", "weights": weights, "network": network, "probes": pins, "layers": None}
    async with websockets.connect(stack.url("/ws/probe/", "ws"), max_size=None) as line:
        for request in range(1, 1_000_000):
            await line.send(json.dumps(message | {"request": request, "token": stack.token}))
            seen.frames += isinstance(await line.recv(), bytes)
            try:
                await asyncio.wait_for(seen.bell.wait(), LOOK_EVERY)
            except TimeoutError:
                continue
            finally:
                seen.bell.clear()


async def watch(stack: Stack, run: str, seconds: float, pins: list[dict[str, str]]) -> Watched:
    """Follows and looks side by side until the run was seen for long enough."""
    seen = Watched()
    looking = asyncio.create_task(look(stack, run, seen, pins))
    await follow(stack, run, seen, seconds)
    if looking.done():
        looking.result()
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    return seen


def pipeline(
    stack: Stack, job: dict[str, Any], seconds: float, pins: list[dict[str, str]]
) -> tuple[float, float]:
    """Samples a second of a run through the whole stack, and frames a second that its watcher received."""
    run = stack.launch(**job)
    seen = asyncio.run(watch(stack, run, seconds, pins))
    stack.stop(run)
    return seen.rate(job["batch_size"]), seen.frames / (seen.arrivals[-1][0] - seen.arrivals[0][0])


def pinned(stack: Stack) -> list[dict[str, str]]:
    """Two digits from the data set."""
    samples = stack.call("GET", "/api/samples?dataset=mnist&count=2&seed=1")["samples"]
    pins = [{"id": f"pin-{at}", "picture": sample["picture"]} for at, sample in enumerate(samples)]
    assert all(len(base64.b64decode(pin["picture"])) == 784 for pin in pins)
    return pins


def judged(base: list[float], ratios: list[float], bound: float) -> str:
    """A median of ratios with its verdict, or why there is none."""
    spread = (max(base) - min(base)) / statistics.median(base)
    median = statistics.median(ratios)
    verdict = "not judged" if spread > VARIES else "ok" if median >= bound else "BELOW"
    return f"{median:6.2f} (varied by {spread:3.0%}) {verdict}"


def measure(stack: Stack, name: str, batch_size: int, options: argparse.Namespace) -> str:
    """A line of the table: pairs of loops in turn, the textbook loop once a pair for the MLPs."""
    images = Job.read({"network": NETWORKS[name], "dataset": MNIST}).dataset.load(options.folders)
    job = {"network": NETWORKS[name], "batch_size": batch_size, "threads": options.threads}
    pins = pinned(stack)
    rows = []
    for _ in range(options.pairs):
        base = plain(name, batch_size, images, "cpu", options.seconds)
        ours, frames = pipeline(stack, job, options.seconds, pins)
        book = (
            textbook(name, batch_size, images, "cpu", options.seconds / 2) if name.startswith("mlp") else None
        )
        rows.append((base, ours, frames, book))
    bases = [row[0] for row in rows]
    line = f"| {name} | {batch_size} | {statistics.median(row[1] for row in rows):,.0f} "
    line += f"| {judged(bases, [row[1] / row[0] for row in rows], 0.97)} "
    books = [row[1] / row[3] for row in rows if row[3]]
    line += f"| {statistics.median(books):.1f} " if books else "| – "
    return line + f"| {statistics.median(row[2] for row in rows):.1f} |"


def main() -> None:
    """Measures every network and batch size, and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--cores", default="0,1", help="cores to use, like 0,1")
    parser.add_argument("--threads", type=int, default=1, help="threads of both the run and the plain loop")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each loop")
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    options = parser.parse_args()
    pin(options.cores)
    torch.set_num_threads(options.threads)
    print(f"{machine()}; {options.threads} thread(s), {options.pairs} pairs of {options.seconds:.0f} s\n")
    print("| network | batch | samples/s of the run | × plain loop | × textbook loop | frames/s watched |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as cache, Stack(options.data.resolve()) as stack:
        options.folders = Folders(data=options.data, cache=Path(cache))
        for name in options.networks:
            for batch_size in (64, 128):
                print(measure(stack, name, batch_size, options), flush=True)


if __name__ == "__main__":
    main()
