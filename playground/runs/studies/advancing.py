"""A study goes on by itself: whoever sees that a trial has ended makes the next one, but only one of them.

All follows from the rows, so it does not matter who looks, when, or how often: the worker that carried the
trial looks at once, every worker once a second. Who makes a trial counts `made` up, under the condition that
nobody else did.
"""

import logging
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction
from django.db.models import F, Q

from playground.runs import archive
from playground.runs.jobs import Admitted, read_job
from playground.runs.models import Run
from playground.runs.quotas import require_storage
from playground.runs.studies.models import Study, Trial
from trainer.problems import Problem
from trainer.studies.trial import Trial as Told

if TYPE_CHECKING:
    from trainer.studies.asking import Proposal

logger = logging.getLogger(__name__)


def advance_all() -> None:
    """Has every study go on whose next trial nobody made: perhaps its worker died at that moment."""
    for study in Study.objects.open():
        advance(study)


def advance_after(run: Run) -> None:
    """A run has ended in this worker: it leaves its weights alone, and its study goes on."""
    try:
        study = Study.objects.filter(trials__run=run.pk).first()
        if study:
            stored = archive.keep_only_weights(run.pk)
            Run.objects.filter(pk=run.pk).update(stored=stored)
            advance(study)
    except (DatabaseError, OSError) as error:
        logger.warning("study of run %s does not go on yet (%s); it is tried again", run.pk, error)


def advance(study: Study) -> None:
    """Makes the trials that may begin now, or ends the study where all has been tried."""
    while _step(study):
        pass


def _step(study: Study) -> bool:
    """One trial, if one may begin; False where there is nothing more to do now."""
    from trainer.studies.asking import is_over, next_trial

    study.refresh_from_db()
    if study.status != Study.Status.RUNNING:
        _sum_up(study, study.told())
        return False
    trials = study.told()
    _sum_up(study, trials)
    plan = study.read()
    proposal = next_trial(plan, trials)
    if proposal:
        return _make(study, len(trials), proposal)
    if is_over(plan, trials):
        study.end(Study.Status.FINISHED, made=len(trials))
    return False


def _make(study: Study, number: int, proposal: "Proposal") -> bool:
    """Makes the trial with this number; True also where somebody else did, so that the next is asked for."""
    trial = Trial(study=study, number=number, values=proposal.values, seed=proposal.seed)
    trial.repeats = proposal.repeats
    try:
        admitted = read_job(study.read().job_with(trial.values, trial.seed).describe())
        with transaction.atomic():
            if _is_first(study, number):
                require_storage(study.owner, admitted.needs.stored)
                trial.run = _launch(study, number, admitted)
                trial.keep(trial.told())
    except Problem as problem:
        with transaction.atomic():
            if _is_first(study, number):
                trial.keep(trial.told().refused(problem.message))
    return True


def _is_first(study: Study, number: int) -> bool:
    """Whether this trial is the caller's to make: exactly one hears yes."""
    return study.change(Q(status=Study.Status.RUNNING, made=number), made=F("made") + 1)


def _launch(study: Study, number: int, admitted: Admitted) -> Run:
    name = f"{study.name[:90]} · {number + 1}"
    more = {"group": study.group, "shared": study.shared, **admitted.fields()}
    return Run.objects.launch(study.owner, admitted.job, name, **more)


def _sum_up(study: Study, trials: list[Told]) -> None:
    """What the trials that have ended came to, found once by whoever sees it first."""
    from trainer.studies.results import best, importances, repeated

    ended = sum(not trial.is_under_way for trial in trials)
    if study.result.get("ended", 0) == ended:
        return
    plan = study.read()
    result = {
        "ended": ended,
        "best": best(plan, trials),
        "finalists": [vars(finalist) for finalist in repeated(plan, trials)],
        "importances": importances(plan, trials),
    }
    study.change(result=result)


def judge(run: Run) -> bool:
    """Has the run of a trial stop before its next report, where its study gives it up; whether it does."""
    from trainer.studies.asking import reason_to_stop

    row = Trial.objects.select_related("study").filter(run=run.pk).first() if run.group else None
    reason = reason_to_stop(row.study.read(), row.study.told(), row.number) if row else None
    if reason:
        run.commands.create(kind="stop", reason=reason)
    return reason is not None
