"""Which device a job gets, and how many threads this machine does best with."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from trainer.problems import Problem

_WINS_BY = 1.15  # more threads must be worth it: they take the processor from others
_TRIALS = 7
_TRIAL_SECONDS = 0.025


def pick_device(wish: str) -> torch.device:
    """The device for a job's wish: `auto` takes a GPU where there is one. A Problem where there is none."""
    found = torch.cuda.is_available()
    if wish == "cuda" and not found:
        raise Problem("There is no GPU that PyTorch can use here; choose the CPU.", ("device",))
    return torch.device("cuda" if found and wish != "cpu" else "cpu")


def calibrate(home: Path) -> int:
    """How many threads train fastest here: measured once a machine, kept in `<home>/calibration.json`."""
    file = home / "calibration.json"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["cores"] == cores:
            return int(kept["threads"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass  # not measured yet, or by a program that kept it otherwise: measure
    threads = _measure(cores)
    home.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps({"cores": cores, "threads": threads}), encoding="utf-8")
    new.replace(file)
    return threads


def _measure(cores: int) -> int:
    if cores == 1:
        return 1
    before = torch.get_num_threads()
    try:
        with torch.random.fork_rng(devices=[]):
            trial = _trial()
            ratios = [trial(1) / trial(cores) for _ in range(_TRIALS)]
    finally:
        torch.set_num_threads(before)
    return cores if statistics.median(ratios) > _WINS_BY else 1


def _trial() -> Callable[[int], float]:
    """A function that tells the seconds which a step of a small network takes with that many threads."""
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2704, 10)
    )
    images, labels = torch.rand(64, 1, 28, 28), torch.randint(10, (64,))

    def seconds(threads: int) -> float:
        torch.set_num_threads(threads)
        nn.functional.cross_entropy(network(images), labels).backward()
        begin, steps = time.perf_counter(), 0
        while time.perf_counter() - begin < _TRIAL_SECONDS:
            nn.functional.cross_entropy(network(images), labels).backward()
            steps += 1
        return (time.perf_counter() - begin) / steps

    return seconds
