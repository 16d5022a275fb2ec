"""Optuna's study, made anew in memory from what trials told: nothing of it is kept anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainer.studies.study import Study
from trainer.studies.trial import Trial

if TYPE_CHECKING:
    import optuna

Trials = Sequence[Trial]  # of one study, in the order of their numbers


def rebuilt(study: Study, trials: Trials, seed: int) -> optuna.Study:
    """Optuna's study as it would be if it had lived through these trials."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)  # it says on stderr what the transcript says
    memory = optuna.create_study(
        direction="maximize" if study.objective == "accuracy" else "minimize",
        sampler=study.sampler.make(study, seed),
    )
    for trial in trials:
        memory.add_trial(frozen(study, trial))
    return memory


def frozen(study: Study, trial: Trial, but_last: bool = False) -> optuna.trial.FrozenTrial:
    """A trial as Optuna knows it. `but_last`: its last report is yet to be judged."""
    import optuna

    history = trial.history(study.objective)
    value = trial.value(study.objective)
    return optuna.trial.create_trial(
        state=_state(trial, value),
        value=value,
        params={path: study.told(path, trial.values[path]) for path in study.space},
        distributions=distributions(study),
        intermediate_values=dict(history),
        system_attrs=_rungs(study, history[:-1] if but_last else history),
    )


def _state(trial: Trial, value: float | None) -> optuna.trial.TrialState:
    from optuna.trial import TrialState

    if trial.is_under_way:
        return TrialState.RUNNING
    if trial.state in ("failed", "refused"):
        return TrialState.FAIL
    return TrialState.PRUNED if value is None else TrialState.COMPLETE  # what diverged is as bad as can be


def _rungs(study: Study, history: list[tuple[int, float]]) -> dict[str, float]:
    """What Optuna's pruner would have noted at the rungs that a trial has reached."""
    if study.pruner is None or not history:
        return {}
    told = dict(history)
    reached = [rung for rung in study.pruner.rungs(max(told)) if rung in told]
    return {f"completed_rung_{at}": told[rung] for at, rung in enumerate(reached)}


def distributions(study: Study) -> dict[str, optuna.distributions.BaseDistribution]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found: dict[str, optuna.distributions.BaseDistribution] = {}
    for path, values in study.space.items():
        if values.choices is not None:
            found[path] = CategoricalDistribution([study.told(path, choice) for choice in values.choices])
        else:
            low, high = study.ends(path)
            kind = IntDistribution if study.is_whole(path) else FloatDistribution
            found[path] = kind(low, high, log=values.log)
    return found
