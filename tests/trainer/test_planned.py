"""The planned learning rate: few numbers, the right ones, of any schedule."""

import pytest

from trainer import schedules
from trainer.job import Job
from trainer.planned import planned_rates
from trainer.problems import Problem


def job(**more: object) -> Job:
    given = {"network": "softmax-regression", "dataset": {"kind": "strokes", "size": 700}, "validation": 63}
    return Job.read({**given, "batch_size": 50, "epochs": 3, **more})


@pytest.mark.parametrize("kind", schedules.kinds())
def test_every_schedule_can_be_drawn(kind: str) -> None:
    plan = planned_rates(job(schedule={"kind": kind}))
    assert (plan["first"], plan["every"], len(plan["lr"])) == (1, 1, 39)
    assert all(0 < rate <= 1 for rate in plan["lr"])


def test_a_rate_that_drops_with_the_epoch_drops_where_the_epoch_begins() -> None:
    optimizer, schedule = {"kind": "sgd", "lr": 0.3}, {"kind": "exponential", "gamma": 0.5}
    rates = planned_rates(job(optimizer=optimizer, schedule=schedule))["lr"]
    assert rates == pytest.approx([0.3] * 13 + [0.15] * 13 + [0.075] * 13)


def test_a_long_training_is_told_in_few_numbers() -> None:
    plan = planned_rates(job(epochs=977), points=101)
    assert len(plan["lr"]) <= 101 and plan["every"] * len(plan["lr"]) >= 977 * 13


def test_a_split_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(Problem, match="none is left"):
        planned_rates(job(validation=700))
