"""What a study does next: pure functions of the study and its trials so far.

Optuna's own study is made anew for each question from what the trials told, in memory. So nothing of it is
kept, whoever asks with the same trials gets the same answer, and a study goes on wherever they are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.events import Reason
from trainer.studies.memory import Trials, distributions, frozen, rebuilt
from trainer.studies.pruners import Pruner
from trainer.studies.results import finalists
from trainer.studies.study import Study
from trainer.studies.trial import Trial

MINUTE = 60.0


@dataclass(frozen=True)
class Proposal:
    """What a trial that is to begin now shall be."""

    values: dict[str, Any]
    seed: int
    repeats: int | None = None


def next_trial(study: Study, trials: Trials) -> Proposal | None:
    """The trial that begins now; None while others must end first, and at the study's end."""
    if sum(trial.is_under_way for trial in trials) >= study.parallel:
        return None
    if wants_more(study, trials):
        return Proposal(propose(study, trials), study.job.seed)
    if any(trial.is_under_way and trial.repeats is None for trial in trials):
        return None  # who the finalists are is not known yet
    return _next_repeat(study, trials)


def is_over(study: Study, trials: Trials) -> bool:
    """Whether all has been tried and nothing is under way."""
    return not any(trial.is_under_way for trial in trials) and next_trial(study, trials) is None


def wants_more(study: Study, trials: Trials) -> bool:
    """Whether there is room in the budget for one more set of values."""
    exploring = [trial for trial in trials if trial.repeats is None]
    most = study.sampler.most(study)
    return len(exploring) < min(study.runs, most or study.runs) and not is_spent(study, trials)


def is_spent(study: Study, trials: Trials) -> bool:
    """Whether the minutes of the budget are over. Repeats don't count."""
    spent = sum(trial.seconds for trial in trials if trial.repeats is None)
    return study.minutes is not None and spent >= study.minutes * MINUTE


def _next_repeat(study: Study, trials: Trials) -> Proposal | None:
    for finalist in finalists(study, trials):
        made = sum(trial.repeats == finalist.number for trial in trials)
        if made < study.repeats:
            return Proposal(finalist.values, study.job.seed + 1 + made, finalist.number)
    return None


def propose(study: Study, trials: Trials) -> dict[str, Any]:
    """Values for the next trial: by the study's seed, the trial's number and what the others told."""
    exploring = [trial for trial in trials if trial.repeats is None]
    seed = int(np.random.SeedSequence([study.seed, len(exploring)]).generate_state(1)[0])
    asked = rebuilt(study, exploring, seed).ask(distributions(study))
    return {path: study.meant(path, asked.params[path]) for path in study.space}


def reason_to_stop(study: Study, trials: Trials, number: int) -> Reason | None:
    """Why a trial is to be given up after its last report; None where it goes on, or ends by itself."""
    trial = next(trial for trial in trials if trial.number == number)
    epochs = trial.values.get("epochs", study.job.epochs)
    if trial.repeats is not None or not trial.reports or trial.reports[-1][0] >= epochs:
        return None
    if is_spent(study, trials):
        return "budget"
    return "pruned" if study.pruner and _is_pruned(study, study.pruner, trials, trial) else None


def _is_pruned(study: Study, pruner: Pruner, trials: Trials, trial: Trial) -> bool:
    others = [other for other in trials if other.repeats is None and other.number != trial.number]
    memory = rebuilt(study, others, seed=0)
    memory.add_trial(frozen(study, trial, but_last=True))
    return pruner.make().prune(memory, memory.get_trials(deepcopy=False)[-1])
