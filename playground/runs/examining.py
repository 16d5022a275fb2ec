"""The test set is opened for a run that has ended, when somebody asks for it."""

import logging

from django.db.models import Q
from django.utils import timezone

from playground.runs import archive
from playground.runs.commands import Command, due
from playground.runs.data import folders
from playground.runs.models import Status
from trainer.evaluation import evaluate
from trainer.job import Job

logger = logging.getLogger(__name__)


def open_next_test() -> bool:
    """Opens the test set that was asked for first; False where none was."""
    test = _next()
    if test is None:
        return False
    try:
        _open(test)
    except Exception:
        logger.exception("the test set could not be opened for run %s", test.run_id)
    return True


def _open(command: Command) -> None:
    """Opens the test set for an ended run and appends what it gave."""
    run = command.run
    blob = archive.weights(run.pk)
    if blob is None:
        raise FileNotFoundError(f"run {run.pk} has no stored weights")
    tested = evaluate(Job.read(run.job), blob, folders()).describe()
    run.refresh_from_db()
    run.record([tested])


def _next() -> Command | None:
    """An opening of a test set that nobody has begun yet, now this worker's."""
    for command in due(["test"]).exclude(Q(run__status=Status.RUNNING)):
        if Command.objects.filter(pk=command.pk, handled=None).update(handled=timezone.now()):
            return command
    return None
