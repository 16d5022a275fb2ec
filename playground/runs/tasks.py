"""What a worker process does: it wakes, works until nothing is left, and shows that it lives."""

import logging
import threading
import time
from collections.abc import Iterable
from typing import Any

from celery import current_task, shared_task, signals
from django.db import close_old_connections, connection

from playground import live
from playground.runs.bell import WORK, ring
from playground.runs.models import DEVICE_WISHES, Run, claim_next, due, free_runs

logger = logging.getLogger(__name__)
leaving = threading.Event()
busy = threading.Event()
LIFE_EVERY = 2.0  # seconds


@shared_task(name=WORK)
def work() -> None:
    """Does what is next, decided by the database, until nothing waits or the worker shall end."""
    busy.set()
    try:
        while not leaving.is_set() and work_once(current_task.request.hostname):
            pass
    finally:
        busy.clear()


def work_once(worker: str) -> bool:
    """One piece of work, a test to be opened or a run; False where there is none."""
    from playground.runs.following import Follower, next_test, open_test  # loads PyTorch: workers only

    test = next_test()
    if test:
        try:
            open_test(test)
        except Exception:
            logger.exception("the test set could not be opened for run %s", test.run_id)
        return True
    run = claim_next(worker, wishes_for(worker, live.workers()))
    if run is None:
        return False
    Follower(run, leaving).follow()
    return True


def wishes_for(worker: str, alive: Iterable[str]) -> tuple[str, ...]:
    """Which jobs a worker takes, by its device, which its name begins with.

    A GPU takes what asks for one or leaves the choice; then a processor keeps to what asks for it.
    Without a GPU a processor takes all: who asked for one hears from the training that there is none.
    """
    if worker.startswith("cuda@"):
        return ("auto", "cuda")
    return ("cpu",) if any(name.startswith("cuda@") for name in alive) else DEVICE_WISHES


@signals.worker_ready.connect
def begin(sender: Any, **_: Any) -> None:
    """A worker starts: frees what it left behind when it died, and loads PyTorch before the first run."""
    name = sender.hostname
    freed = free_runs(name)
    if freed:
        logger.info("%s runs of a worker %s that died go on", freed, name)
    queue = next(iter(sender.app.amqp.queues.consume_from))
    threading.Thread(target=_show_life, args=(name, queue), name="life", daemon=True).start()
    import playground.runs.following  # noqa: F401  loads PyTorch, and all else that a run needs
    from trainer import traced

    traced.warm()
    ring(queue)


@signals.worker_shutting_down.connect
def leave(**_: Any) -> None:
    """A worker shall end: the run in hand is handed back between two batches."""
    leaving.set()


def _show_life(worker: str, queue: str) -> None:
    """Shows life, and rings for work that lies there while nobody does any: a bell may have been lost."""
    while True:
        try:
            close_old_connections()
            live.show_life(worker, {"busy": busy.is_set(), "queue": queue})
            if not busy.is_set() and not leaving.is_set() and is_there_work(worker):
                ring(queue)
        except Exception:
            logger.exception("the worker's sign of life failed; it is tried again")
        finally:
            connection.close()
        time.sleep(LIFE_EVERY)


def is_there_work(worker: str) -> bool:
    """Whether a worker would find something to do."""
    wishes = wishes_for(worker, live.workers())
    return Run.objects.waiting().filter(job__device__in=wishes).exists() or due(["test"]).exists()
