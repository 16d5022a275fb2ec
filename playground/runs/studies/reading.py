"""Studies as they come from outside: read, bounded and checked before anything is tried."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.runs.durations import duration
from playground.runs.jobs import read_job, refuse_large
from trainer.problems import Problem

if TYPE_CHECKING:
    from trainer.studies.study import Study as Plan

SAMPLED = 6  # sets of values whose mean is taken for all


@dataclass(frozen=True)
class Planned:
    """A study that this server takes. `seconds`: of a trial, on an average; None while that is unknown."""

    plan: "Plan"
    seconds: float | None

    @property
    def trials(self) -> int:
        """How many trainings it can come to, repeats included."""
        plan = self.plan
        explored = min(plan.runs, plan.sampler.most(plan) or plan.runs)
        return explored + min(plan.finalists, explored) * plan.repeats

    @property
    def estimate(self) -> float | None:
        """Seconds of all trainings one after the other, if none is given up."""
        return None if self.seconds is None else self.seconds * self.trials


def read_study(given: dict[str, Any]) -> Planned:
    """A study from JSON. Raises a Problem with its place, also where its values are too large here."""
    from trainer.studies.study import Study as Plan  # here: it loads PyTorch, and the web must answer before

    refuse_large(given)
    plan = Plan.read(given)
    if plan.job.threads is None and plan.parallel > 1:
        plan = plan.with_threads(1)  # trials side by side get in each other's way otherwise
    for path in plan.space:
        for end in (plan.ends(path)[0], plan.ends(path)[-1]):
            _require(plan, path, {**_lowest(plan), path: end})
    return Planned(plan, _seconds(plan))


def _lowest(plan: "Plan") -> dict[str, Any]:
    return {path: plan.ends(path)[0] for path in plan.space}


def _require(plan: "Plan", path: str, values: dict[str, Any]) -> None:
    try:
        read_job(plan.job_with(values, plan.job.seed).describe())
    except Problem as problem:
        raise Problem(f"With {values[path]}: {problem.message}", ("space", path)) from problem


def _seconds(plan: "Plan") -> float | None:
    """The mean over some sets of values by chance, as far as they can be trained."""
    from trainer.studies.asking import propose
    from trainer.studies.samplers import ByChance

    anyhow = plan.model_copy(update={"sampler": ByChance()})
    found = []
    for number in range(SAMPLED):
        values = propose(anyhow.model_copy(update={"seed": number}), [])
        try:
            found.append(read_job(plan.job_with(values, plan.job.seed).describe()).estimate)
        except Problem:
            continue  # such a trial will be refused, and takes no time
    known = [seconds for seconds in found if seconds is not None]
    return sum(known) / len(known) if known else None


def said(planned: Planned, workers: int) -> str:
    """What to expect, in a sentence."""
    if planned.estimate is None:
        return f"{planned.trials} trainings; how long they take here is not known yet"
    side_by_side = max(1, min(planned.plan.parallel, workers))
    seconds = planned.estimate / side_by_side
    if planned.plan.minutes is not None:
        repeats = planned.seconds * planned.plan.finalists * planned.plan.repeats if planned.seconds else 0
        seconds = min(seconds, (planned.plan.minutes * 60 + repeats) / side_by_side)
    return f"{planned.trials} trainings, at most {duration(seconds)} on this server"
