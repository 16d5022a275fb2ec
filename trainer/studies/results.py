"""What came of a study: who leads, how sure that is, and which fields mattered."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from trainer.studies.memory import rebuilt
from trainer.studies.study import Study
from trainer.studies.trial import Trial

LEAST_FOR_IMPORTANCE = 4  # finished trials: fewer say nothing


@dataclass(frozen=True)
class Finalist:
    """A trial and what its repeats gave: mean and standard deviation, over the seeds that have ended."""

    number: int
    mean: float
    spread: float | None  # None with fewer than two seeds
    seeds: int


def ranking(study: Study, trials: Sequence[Trial]) -> list[Trial]:
    """Finished trials, the best first; of equal ones the one that was first."""
    sign = -1 if study.objective == "accuracy" else 1
    done = [(value, trial) for trial in trials if (value := _value(study, trial)) is not None]
    return [trial for value, trial in sorted(done, key=lambda pair: (sign * pair[0], pair[1].number))]


def _value(study: Study, trial: Trial) -> float | None:
    return trial.value(study.objective) if trial.repeats is None else None


def finalists(study: Study, trials: Sequence[Trial]) -> list[Trial]:
    """The best trials, which are trained again with other seeds."""
    return ranking(study, trials)[: study.finalists]


def repeated(study: Study, trials: Sequence[Trial]) -> list[Finalist]:
    """The finalists by the mean over their other seeds, the best first.

    The trial itself doesn't count: it was chosen because it was high.
    """
    found: list[Finalist] = []
    for finalist in finalists(study, trials):
        of_it = [trial.value(study.objective) for trial in trials if trial.repeats == finalist.number]
        values = [value for value in of_it if value is not None]
        if values:
            spread = statistics.stdev(values) if len(values) > 1 else None
            found.append(Finalist(finalist.number, statistics.fmean(values), spread, len(values)))
    return sorted(found, key=lambda one: one.mean, reverse=study.objective == "accuracy")


def best(study: Study, trials: Sequence[Trial]) -> int | None:
    """The number of the trial to use: the best mean over seeds, else the best value; None before any."""
    means = repeated(study, trials)
    if means:
        return means[0].number
    ranked = ranking(study, trials)
    return ranked[0].number if ranked else None


def importances(study: Study, trials: Sequence[Trial]) -> dict[str, float]:
    """Field → its share in what made trials good, 0…1, the largest first; empty while too few have ended.

    PED-ANOVA, S. Watanabe et al., 2023: how far the values of the good trials lie from those of all.
    """
    done = ranking(study, trials)
    if len(done) < LEAST_FOR_IMPORTANCE or len({trial.value(study.objective) for trial in done}) < 2:
        return {}
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    memory = rebuilt(study, sorted(done, key=lambda trial: trial.number), seed=0)
    return dict(get_param_importances(memory, evaluator=PedAnovaImportanceEvaluator()))
