"""What augmentation costs: training with it beside the same training without, in turn.

`.venv/bin/python -m benchmarks.augmenting --data DIR --cores 0,1 --threads 2` trains the CNN 32-32-128 at a
batch of 64, every event taken, in a process with the environment of a worker: without, with each augmentation
alone, and with those that one would use together. A ratio is the median over the rounds; each has its own
measurement without it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.engine import process, warm
from benchmarks.plain import ours
from benchmarks.stack import machine, pin
from setup.parts import KEEP_MEMORY, YIELD_SOON
from trainer import augmentation
from trainer.datasets.base import Folders
from trainer.job import Job

ASKED = 0.8
USUAL = ("rotate", "shift", "zoom", "shear")
TOGETHER = {"moves": USUAL, "moves and elastic": (*USUAL, "elastic"), "six": (*USUAL, "elastic", "noise")}


def row(title: str, kinds: tuple[str, ...], pool: ProcessPoolExecutor, options: argparse.Namespace) -> str:
    """A line of the table."""
    given: list[dict[str, Any]] = [{"kind": kind} for kind in kinds]
    ratios, rates = [], []
    for _ in range(options.rounds):
        asked = "cnn", options.batch, options.folders, options.threads, "cpu", options.seconds
        without = pool.submit(ours, *asked).result()
        rates.append(pool.submit(ours, *asked, given).result())
        ratios.append(rates[-1] / without)
    ratio = statistics.median(ratios)
    verdict = "ok" if ratio >= ASKED else "BELOW"
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return f"| {title} | {statistics.median(rates):,.0f} | {ratio:.2f} | {spread} | {verdict} |"


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--cores", default="0,1", help="cores to use, like 0,1")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each training")
    parser.add_argument("--only", nargs="*", default=list(TOGETHER), choices=TOGETHER, help="of the lists")
    parser.add_argument("--each", action="store_true", help="also each augmentation alone")
    options = parser.parse_args()
    pin(options.cores)
    print(f"{machine()}; {options.threads} thread(s), {options.rounds} rounds of {options.seconds:.0f} s\n")
    print("| augmentation | samples/s | of without | rounds | |\n|---|---|---|---|---|")
    rows = {title: TOGETHER[title] for title in options.only}
    if options.each:
        rows |= {kind: (kind,) for kind in augmentation.kinds()}
    begun = process(KEEP_MEMORY | YIELD_SOON, warm, options.threads)
    with tempfile.TemporaryDirectory() as cache, begun as pool:
        options.folders = Folders(data=options.data, cache=Path(cache))
        Job.read({"network": "small-cnn", "dataset": {"kind": "mnist"}}).dataset.load(options.folders)
        for title, kinds in rows.items():
            print(row(title, kinds, pool, options), flush=True)


if __name__ == "__main__":
    main()
