"""The only place that sends Celery messages. A message says "there is work", never which."""

import logging

from django.db import transaction
from kombu.exceptions import OperationalError

from playground import live
from playground.celery import app

logger = logging.getLogger(__name__)
WORK = "runs.work"


def ring(queue: str | None = None) -> None:
    """Wakes a worker of this queue, else of every queue that has one.

    Where Redis is away it is no loss: an idle worker looks into the database by itself. Celery would try for
    six seconds, in which the person who pressed Train waits.
    """
    if not live.answers():
        logger.warning("the bell can't be rung without Redis; a worker will find the run by itself")
        return
    queues = {queue} if queue else {sign["queue"] for sign in live.workers().values()} or {None}
    try:
        for one in queues:
            app.send_task(WORK, queue=one, retry=False, expires=60)
    except OperationalError as error:
        logger.warning("the bell can't be rung (%s); a worker will find the run by itself", error)


def ring_on_commit() -> None:
    """Wakes a worker once what it shall find is stored."""
    transaction.on_commit(ring)
