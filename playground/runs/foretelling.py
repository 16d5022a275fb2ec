"""When queued runs will start and end: the queue played through, as turns share the workers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K")
UNKNOWN = 60.0  # seconds that a run without an estimate is taken to need


@dataclass(frozen=True)
class Task:
    """A run that is under way or waits. `left` are seconds of its own training."""

    owner: int
    left: float


@dataclass(frozen=True)
class Span:
    """Seconds from now."""

    start: float
    end: float


def foretell(
    running: dict[K, Task], waiting: dict[K, Task], workers: int, held: int, at_once: int
) -> dict[K, Span]:
    """Start and end of each: all that run share the workers evenly; `waiting` is in order.

    `held` is how many runs a worker holds side by side, `at_once` how many of one person may run.
    """
    left = {key: task.left for key, task in running.items()}
    owners = {key: task.owner for key, task in (running | waiting).items()}
    started = dict.fromkeys(running, 0.0)
    spans: dict[K, Span] = {}
    queue, now = list(waiting), 0.0
    while left or queue:
        busy = Counter(owners[key] for key in left)
        for key in _next(queue, owners, busy, workers * held - len(left), at_once):
            queue.remove(key)
            left[key], started[key] = waiting[key].left, now
        soonest = min(left, key=left.__getitem__)
        done, share = left.pop(soonest), min(1.0, workers / (len(left) + 1))
        now += done / share
        left = {key: seconds - done for key, seconds in left.items()}
        spans[soonest] = Span(started[soonest], now)
    return spans


def _next(queue: Sequence[K], owners: dict[K, int], busy: Counter[int], room: int, at_once: int) -> list[K]:
    """Those in front who may start now."""
    chosen: list[K] = []
    for key in queue:
        if len(chosen) < room and busy[owners[key]] < at_once:
            busy[owners[key]] += 1
            chosen.append(key)
    return chosen
