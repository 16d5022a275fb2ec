"""How fast this machine trains: a few templates measured once, and a straight line through them.

The time of a step is taken to be a sum of a share for being a step, for each layer, for arithmetic that
uses a weight once an image, for arithmetic that uses it again and again (convolutions), for numbers that
pass through memory, and for parameters. The shares are fitted to the measured steps.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from operator import mul
from pathlib import Path

import torch

from trainer import weights
from trainer.assembly import Assembly, assemble
from trainer.calibration import calibrate, processors
from trainer.losses import CrossEntropy
from trainer.optimizers.moments import Adam
from trainer.step import Step
from trainer.templates import template

FORMAT = 1
_TRIED = ("softmax-regression", "mlp-512-64", "small-cnn", "cnn-32-32-128")
_BATCHES = (16, 128)
_TRIAL_SECONDS = 0.02
_SWEEPS = 1_000  # of the fit; a coordinate at a time


@dataclass(frozen=True)
class Speeds:
    """Seconds for one of each of a step's sizes, as `sizes` counts them."""

    shares: tuple[float, ...]

    def step(self, assembly: Assembly, batch: int) -> float:
        """Seconds of one training step."""
        return sum(share * size for share, size in zip(self.shares, sizes(assembly, batch), strict=True))


def sizes(assembly: Assembly, batch: int) -> list[float]:
    """What a step's time depends on: step, layers, arithmetic of two sorts, numbers, parameters."""
    parameters = sum(stage.parameters for stage in assembly.stages)
    once = sum(min(stage.flops, 2 * stage.parameters) for stage in assembly.stages)
    again = sum(stage.flops for stage in assembly.stages) - once
    numbers = math.prod(assembly.network.input) + sum(math.prod(stage.shape) for stage in assembly.stages)
    return [1, len(assembly.stages), batch * once, batch * again, batch * numbers, parameters]


def speeds(home: Path) -> Speeds:
    """The speeds of this machine, with its calibrated number of threads.

    Kept in `<home>/speeds.json`; measured anew where the number of processors has changed or the file was
    deleted. It takes some seconds, in a process of its own: a worker would keep the memory that it needs.
    """
    if known_speeds(home) is None:
        own = [sys.executable, "-m", "trainer.speeds", str(home.absolute())]
        subprocess.run(own, cwd=Path(__file__).parents[1], check=True)
    kept = known_speeds(home)
    assert kept is not None, f"the speeds of this machine were measured, but are not in {home}"
    return kept


def _measure_and_keep(home: Path) -> None:
    kept = _fitted(measure(calibrate(home)))
    new = home / f"speeds.{os.getpid()}"
    told = {"format": FORMAT, "cores": processors(), "shares": kept.shares}
    new.write_text(json.dumps(told), encoding="utf-8")
    new.replace(home / "speeds.json")


def known_speeds(home: Path) -> Speeds | None:
    """The speeds that were measured, or None before that."""
    try:
        kept = json.loads((home / "speeds.json").read_text(encoding="utf-8"))
        same = (kept["format"], kept["cores"]) == (FORMAT, processors())
        return Speeds(tuple(float(share) for share in kept["shares"])) if same else None
    except FileNotFoundError:
        return None  # the first time
    except (ValueError, KeyError, TypeError):
        return None  # written by another version: measure again


def measure(threads: int) -> dict[tuple[str, int], float]:
    """Seconds of a step of some templates by (template, batch size), the best of short trials."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return {(name, batch): _seconds(name, batch) for name in _TRIED for batch in _BATCHES}
    finally:
        torch.set_num_threads(before)


def _seconds(name: str, batch: int) -> float:
    network = template(name).network
    step = Step(weights.initial(assemble(network), seed=1), Adam(), CrossEntropy(), trace=False)
    generator = torch.Generator().manual_seed(1)
    pictures = torch.rand(batch, *network.input[1:], network.input[0], generator=generator)
    images, labels = pictures.permute(0, 3, 1, 2), torch.randint(10, (batch,), generator=generator)
    step(images, labels, 1e-3)
    trials: list[float] = []
    begin = time.perf_counter()
    while len(trials) < 2 or time.perf_counter() - begin < _TRIAL_SECONDS:
        since = time.perf_counter()
        step(images, labels, 1e-3)
        trials.append(time.perf_counter() - since)
    return min(trials)


def _fitted(measured: dict[tuple[str, int], float]) -> Speeds:
    """Shares that are never negative, with the smallest sum of squared relative errors."""
    rows = [
        [size / seconds for size in sizes(assemble(template(name).network), batch)]
        for (name, batch), seconds in measured.items()
    ]
    scale = [max(column) for column in zip(*rows, strict=True)]
    columns = [
        [value / most for value in column]
        for column, most in zip(zip(*rows, strict=True), scale, strict=True)
    ]
    squares = [[sum(map(mul, one, other)) for other in columns] for one in columns]
    wanted = [sum(column) for column in columns]
    shares = [0.0] * len(columns)
    for _ in range(_SWEEPS):
        for at, row in enumerate(squares):
            rest = wanted[at] - sum(map(mul, row, shares)) + row[at] * shares[at]
            shares[at] = max(0.0, rest / row[at])
    return Speeds(tuple(share / most for share, most in zip(shares, scale, strict=True)))


if __name__ == "__main__":
    _measure_and_keep(Path(sys.argv[1]))
