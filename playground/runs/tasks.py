"""What a worker process does when the bell rings: it works until nothing is left."""

import logging
import threading
import time
from functools import cache
from typing import Any

from celery import current_task, shared_task, signals
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from playground.runs.bell import WORK, ring
from playground.runs.claiming import free_runs
from playground.runs.leases import Leases
from playground.runs.life import Life
from playground.vitals import give_back_memory

logger = logging.getLogger(__name__)
leaving = threading.Event()
life = Life(Leases(), leaving)
AGAIN_AFTER = 0.5  # seconds


@shared_task(name=WORK)
def work() -> None:
    """Does what is next, decided by the database, until nothing waits or the worker shall end."""
    from playground.runs.turns import Turns  # loads PyTorch: workers only

    turns = life.turns = Turns(current_task.request.hostname, life.leases, leaving)
    try:
        while _go_on(turns) and not leaving.is_set():
            pass
        turns.hand_all_back()
    finally:
        life.turns = None
        turns.release_all()
    if not leaving.is_set():
        warm_up()
        give_back_memory()


def _go_on(turns: Any) -> bool:
    """One piece of work; False where there is none. A database that is away is waited for."""
    from playground.runs.troubles import sentence

    try:
        return bool(turns.go_on(life.wishes))
    except (OperationalError, InterfaceError) as error:
        logger.warning("the database does not answer (%s); it is tried again", error)
        turns.tell_trouble(sentence(error))
        connection.close()
        time.sleep(AGAIN_AFTER)
        return True


@signals.worker_ready.connect
def begin(sender: Any, **_: Any) -> None:
    """A worker starts: frees what it left behind when it died, and loads PyTorch before the first run."""
    name = sender.hostname
    freed = free_runs(name)
    if freed:
        logger.info("%s runs of a worker %s that died go on", freed, name)
    queue = next(iter(sender.app.amqp.queues.consume_from))
    life.begin(name, queue)
    import playground.runs.turns  # noqa: F401  loads PyTorch, and all else that a run needs

    if not life.is_there_work():  # else what waits, a run that lost its worker perhaps, comes first
        warm_up()
    ring(queue)


@cache
def warm_up() -> None:
    """Does what would keep the first training waiting."""
    from trainer import traced
    from trainer.speeds import speeds

    traced.warm()
    speeds(settings.HOME)  # measured only the first time


@signals.worker_shutting_down.connect
def leave(**_: Any) -> None:
    """A worker shall end: the runs in hand are handed back between two batches."""
    leaving.set()
