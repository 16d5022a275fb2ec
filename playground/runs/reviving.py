"""Runs that the server paused go on as soon as files can be kept again."""

import logging

from playground.runs import archive
from playground.runs.models import Back, Fenced, Run, Status
from playground.runs.troubles import Trouble, keeping_files

logger = logging.getLogger(__name__)
ROOM = 1_000_000  # bytes at least that must be free
MORE = 3  # times what the run has stored: two checkpoints, and one that is being written


def revive_paused() -> int:
    """Puts runs back into the queue that wait for room, if there is some; how many."""
    waiting = list(Run.objects.filter(status=Status.PAUSED, deleted=None).exclude(pause_reason=""))
    return sum(_revive(run) for run in waiting)


def _revive(run: Run) -> bool:
    try:
        with keeping_files():
            archive.require_room(ROOM + MORE * run.stored)
        run.requeue(Back.RECOVERED)
    except Trouble:
        return False  # it goes on waiting
    except Fenced:
        return False  # somebody resumed or stopped it at this moment
    logger.info("run %s goes on: files can be kept again", run.pk)
    return True
