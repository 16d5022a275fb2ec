"""What a run has for itself while it works: random numbers, threads, its clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor

from trainer.pace import Stopwatch

T = TypeVar("T")
STREAM = 1_000_003  # seeds lie so far apart that no epoch of one has the chances of another's
SEEDS = 2**63  # how many PyTorch takes


def stream(seed: int, at: int = 0) -> int:
    """The seed of a stream of chances: number `at` of those that belong to a job's seed.

    Number 0 is for what drops out, and differs from that of the first weights, which is the seed itself.
    """
    return (seed * STREAM + at) % SEEDS


@contextmanager
def in_place(random: RandomState, threads: int, watch: Stopwatch) -> Iterator[None]:
    """While it lasts, the process is this run's. Afterwards everything is as it was before."""
    threads_before, deterministic_before = torch.get_num_threads(), torch.backends.cudnn.deterministic
    torch.set_num_threads(threads)
    torch.backends.cudnn.deterministic = True
    others = random.swap_in()
    watch.start()
    try:
        yield
    finally:
        watch.stop()
        random.swap_out(others)
        torch.backends.cudnn.deterministic = deterministic_before
        torch.set_num_threads(threads_before)


def in_slices(said: Iterator[T], random: RandomState, threads: int, watch: Stopwatch) -> Iterator[T]:
    """What a generator says; the process is its own only from one thing said to the next."""
    while True:
        with in_place(random, threads, watch):
            thing = next(said, None)
        if thing is None:
            return
        yield thing


def random_states(device: torch.device) -> dict[str, Tensor]:
    """The states of this process's random numbers that a training on a device draws: "cpu", "cuda"."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def put_random_states(states: dict[str, Tensor], device: torch.device) -> None:
    """Puts in place what `random_states` gave."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)


class RandomState:
    """The random numbers of one run. It takes the place of torch's own while the run works."""

    def __init__(self, device: torch.device, seed: int) -> None:
        self._device = device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(stream(seed))
            self.states = random_states(self._device)

    def swap_in(self) -> dict[str, Tensor]:
        """Puts the run's state in place and returns what was there."""
        others = random_states(self._device)
        put_random_states(self.states, self._device)
        return others

    def swap_out(self, others: dict[str, Tensor]) -> None:
        """Keeps the run's state and puts back what was there before."""
        self.states = random_states(self._device)
        put_random_states(others, self._device)

    def now(self) -> dict[str, Tensor]:
        """The state at this moment, for a checkpoint, while the run works."""
        return random_states(self._device)

    def restore(self, states: dict[str, Tensor]) -> None:
        """Takes on a kept state while the run works; a run moved to another device keeps what it can use."""
        own = random_states(self._device)
        put_random_states({name: states.get(name, state) for name, state in own.items()}, self._device)
