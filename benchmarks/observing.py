"""What watching a training costs it, validation apart.

`.venv/bin/python -m benchmarks.observing --data DIR --cores 0`: seconds of an epoch with every observer at
its own pace (curves, commands, checkpoints, and weights for somebody who looks), divided by those of the
same epoch without any, in turn. The median of the pairs counts; a row is not judged where the epochs without
observers varied by more than 15 %.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch

from benchmarks.plain import NETWORKS
from benchmarks.stack import machine, pin
from trainer import pace
from trainer.datasets.base import Folders
from trainer.events import Started, Validated
from trainer.job import Job
from trainer.training import train

NEVER = 1e9  # seconds
PACES = ("CURVES_EVERY", "COMMANDS_EVERY", "CHECKPOINT_EVERY", "SNAPSHOT_EVERY")
USUAL = {name: getattr(pace, name) for name in PACES}
VARIES = 0.15
ASKED = {"mlp-128": {32: 0.04, 64: 0.03, 128: 0.03}, "cnn": {32: 0.03, 64: 0.03, 128: 0.03}}
EPOCHS = {"mlp-128": 4, "cnn": 1}


def seconds(name: str, batch_size: int, folders: Folders, watched: bool) -> float:
    """Seconds from the beginning of a training to its last validation, of ten images."""
    for each, usual in USUAL.items():
        setattr(pace, each, usual if watched else NEVER)
    job = Job.read(
        {
            "network": NETWORKS[name],
            "dataset": {"kind": "mnist"},
            "batch_size": batch_size,
            "epochs": EPOCHS[name],
            "validation": 10,
            "threads": torch.get_num_threads(),
            "device": "cpu",
            "test": "on_request",
        }
    )
    begin = end = 0.0
    for said in train(job, folders=folders, watched=lambda: watched):
        if isinstance(said, Started):
            begin = time.perf_counter()
        elif isinstance(said, Validated):
            end = time.perf_counter()
    return end - begin


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--cores", default="0", help="cores to use, like 0,1")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    pin(options.cores)
    torch.set_num_threads(options.threads)
    print(f"{machine()}; {options.threads} thread(s), {options.pairs} pairs\n")
    print("| network | batch | cost of observers | asked | without, varied by | verdict |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as cache:
        folders = Folders(data=options.data, cache=Path(cache))
        for name, batches in ASKED.items():
            for batch_size, asked in batches.items():
                pairs = [
                    [seconds(name, batch_size, folders, watched) for watched in (True, False)]
                    for _ in range(options.pairs)
                ]
                without = [pair[1] for pair in pairs]
                spread = (max(without) - min(without)) / statistics.median(without)
                cost = statistics.median(watched / alone for watched, alone in pairs) - 1
                verdict = "not judged" if spread > VARIES else "ok" if cost <= asked else "ABOVE"
                told = [name, str(batch_size), f"{cost:+.1%}", f"≤ {asked:.0%}", f"{spread:.0%}", verdict]
                print(f"| {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main()
