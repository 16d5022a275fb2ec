"""How many threads this machine trains best with: measured once, because another number gives other bits."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import torch

from trainer import weights
from trainer.assembly import assemble
from trainer.losses import CrossEntropy
from trainer.optimizers.moments import Adam
from trainer.step import Step
from trainer.templates import template

_TRIED = ("mlp-512-64", "cnn-32-32-128")  # small matrices, and convolutions: they profit differently
_WINS_BY = 1.15  # more threads must be worth it: they take the processor from others
_ROUNDS = 7
_TRIAL_SECONDS = 0.03
_AT_MOST = 1.0  # seconds for one network, on a machine too busy to tell
_BATCH = 64


def calibrate(home: Path) -> int:
    """The number of threads for jobs that name none.

    Kept in `<home>/calibration.json`, so that a job repeats bit by bit; measured anew where the number of
    processors has changed or the file was deleted.
    """
    file = home / "calibration.json"
    cores = processors()
    kept = _kept(file, cores)
    if kept is not None:
        return kept
    threads = _measure(cores)
    home.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps({"cores": cores, "threads": threads}), encoding="utf-8")
    new.replace(file)
    return threads


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _kept(file: Path, cores: int) -> int | None:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return int(kept["threads"]) if kept["cores"] == cores else None
    except FileNotFoundError:
        return None  # the first time
    except (ValueError, KeyError, TypeError):
        return None  # written by another version: measure again


def _measure(cores: int) -> int:
    """All processors where that wins clearly, else one.

    The best of several short trials counts for each: what others do can only make a trial slower.
    """
    if cores == 1:
        return 1
    before = torch.get_num_threads()
    try:
        gain = 1.0
        for name in _TRIED:
            gain *= _Trial(name).gain(cores) ** (1 / len(_TRIED))
    finally:
        torch.set_num_threads(before)
    return cores if gain > _WINS_BY else 1


class _Trial:
    """Steps of one template on pictures of noise."""

    def __init__(self, name: str) -> None:
        network = template(name).network
        self._step = Step(weights.initial(assemble(network), seed=1), Adam(), CrossEntropy())
        generator = torch.Generator().manual_seed(1)
        pictures = torch.rand(_BATCH, *network.input[1:], network.input[0], generator=generator)
        self._images = pictures.permute(0, 3, 1, 2)
        self._labels = torch.randint(10, (_BATCH,), generator=generator)

    def gain(self, cores: int) -> float:
        """How many times faster the best trial with all processors is than the best one with one."""
        trials: list[tuple[float, float]] = []
        begin = time.perf_counter()
        while len(trials) < _ROUNDS and time.perf_counter() - begin < _AT_MOST:
            trials.append((self.seconds(1), self.seconds(cores)))
        one, all_of_them = (min(column) for column in zip(*trials, strict=True))
        return float(one / all_of_them)

    def seconds(self, threads: int) -> float:
        """Seconds of one step with that many threads, over a few hundredths of a second."""
        torch.set_num_threads(threads)
        self._step(self._images, self._labels, 1e-3)
        begin, steps = time.perf_counter(), 0
        while time.perf_counter() - begin < _TRIAL_SECONDS:
            self._step(self._images, self._labels, 1e-3)
            steps += 1
        return (time.perf_counter() - begin) / steps
