"""The engine against the loops that everybody writes, in turn: the table of samples a second.

`.venv/bin/python -m benchmarks.engine --data DIR --cores 0` takes one thread, `--cores 0,1 --threads 2` two,
for the MLP 784-128-64-10 and the CNN 32-32-128 at batches of 32, 64 and 128. Every pair runs the plain loop
of benchmarks/plain.py and `trainer.train` with its events taken, one after another, pinned to the cores,
ours in a process with the environment of a worker. A ratio is the median over the pairs, and is not judged
where the plain loop itself varied by more than 15 %.
JAX and Keras run in the same pairs, each in a process of its own, where they are installed
(`pip install -r benchmarks/requirements.txt`): × others is how many times as fast ours is.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from benchmarks.others import OTHERS, installed
from benchmarks.plain import ours, plain, textbook
from benchmarks.stack import machine, pin
from setup.parts import KEEP_MEMORY, YIELD_SOON
from trainer import traced
from trainer.datasets.base import Folders, Images
from trainer.job import Job

VARIES = 0.15
ASKED = {  # threads → network → batch → at least so many times the plain loop
    1: {"mlp-128": {32: 2.2, 64: 1.8, 128: 1.45}, "cnn": {32: 1.6, 64: 1.65, 128: 2.0}},
    2: {"mlp-128": {32: 2.0, 64: 1.9, 128: 1.4}, "cnn": {32: 1.65, 64: 2.3, 128: 2.3}},
}


@contextmanager
def process(
    environment: dict[str, str], begin: Callable[..., None], *told: Any
) -> Iterator[ProcessPoolExecutor]:
    """A process with more in its environment, that has begun; this one keeps its own."""
    before = dict(os.environ)
    os.environ |= environment
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(begin, *told).result()
        os.environ.clear()
        os.environ |= before
        yield pool


def warm(threads: int) -> None:
    """As a worker begins."""
    torch.set_num_threads(threads)
    traced.warm()


def row(name: str, batch_size: int, images: Images, options: argparse.Namespace) -> str:
    """A line of the table: the loops in turn, as often as asked."""
    rates: dict[str, list[float]] = {engine: [] for engine in ("plain", "ours", *options.others)}
    for _ in range(options.pairs):
        rates["plain"].append(plain(name, batch_size, images, "cpu", options.seconds))
        job = name, batch_size, options.folders, options.threads, "cpu", options.seconds
        rates["ours"].append(options.worker.submit(ours, *job).result())
        for engine, pool in options.others.items():
            given = name, batch_size, images, options.seconds
            rates[engine].append(pool.submit(OTHERS[engine].loop, *given).result())
    book = textbook(name, batch_size, images, "cpu", options.seconds) if options.textbook else None
    base = rates["plain"]
    spread = (max(base) - min(base)) / statistics.median(base)
    gain = statistics.median(one / other for one, other in zip(rates["ours"], base, strict=True))
    asked = ASKED.get(options.threads, {}).get(name, {}).get(batch_size)
    verdict = "not judged" if spread > VARIES else "ok" if asked is None or gain >= asked else "BELOW"
    told = [f"{name} | {batch_size} | {statistics.median(rates['ours']):,.0f} | {gain:.2f} | {asked or '–'}"]
    told += [f"{spread:.0%} | {verdict}", f"{statistics.median(rates['ours']) / book:.1f}" if book else "–"]
    told += [f"{engine} {against(rates, engine):.2f}" for engine in options.others]
    return f"| {' | '.join(told)} |"


def against(rates: dict[str, list[float]], engine: str) -> float:
    """How many times as fast as another engine ours is: the median over the pairs."""
    return statistics.median(ours / theirs for ours, theirs in zip(rates["ours"], rates[engine], strict=True))


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--cores", default="0", help="cores to use, like 0,1")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each loop")
    parser.add_argument("--networks", nargs="*", default=["mlp-128", "cnn"], choices=["mlp-128", "cnn"])
    parser.add_argument("--batches", nargs="*", type=int, default=[32, 64, 128])
    parser.add_argument("--textbook", action="store_true", help="once a row, the DataLoader loop besides")
    options = parser.parse_args()
    pin(options.cores)
    torch.set_num_threads(options.threads)
    print(f"{machine()}; {options.threads} thread(s), {options.pairs} pairs of {options.seconds:.0f} s\n")
    print("| network | batch | samples/s | × plain | asked | varied by | verdict | × textbook | × others |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as cache, ExitStack() as stack:
        options.worker = stack.enter_context(process(KEEP_MEMORY | YIELD_SOON, warm, options.threads))
        options.others = {
            name: stack.enter_context(process(other.environment, pin, options.cores))
            for name, other in installed().items()
        }
        options.folders = Folders(data=options.data, cache=Path(cache))
        job = Job.read({"network": "small-cnn", "dataset": {"kind": "mnist"}})
        images = job.dataset.load(options.folders)
        for name in options.networks:
            for batch_size in options.batches:
                print(row(name, batch_size, images, options), flush=True)


if __name__ == "__main__":
    main()
