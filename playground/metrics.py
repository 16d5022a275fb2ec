"""What this web process counts while it answers; `/metrics` shows it.

Each process tells of itself: several web processes are collected one by one.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge("playground_sockets", "Open sockets of this process.", ["socket"])
EVENTS = Counter("playground_events_sent", "Events of runs that were sent into sockets.")
LOOKS = Histogram(
    "playground_look_seconds",
    "From a message on the probe socket to its frame.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5),
)
ANSWERS = Histogram(
    "playground_answer_seconds",
    "From a request to its answer.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class MeasureAnswers:
    """Middleware: how long answers take, by the pattern of their address, of which there are few."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begin = time.perf_counter()
        response = self._answer(request)
        route = request.resolver_match.route if request.resolver_match else "none"
        labels = (f"/{route}" if route != "none" else route, request.method or "", str(response.status_code))
        ANSWERS.labels(*labels).observe(time.perf_counter() - begin)
        return response


@contextmanager
def looking() -> Iterator[None]:
    """Measures one look."""
    begin = time.perf_counter()
    try:
        yield
    finally:
        LOOKS.observe(time.perf_counter() - begin)
