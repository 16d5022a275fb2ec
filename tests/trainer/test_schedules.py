"""Schedules: the same rates as torch gives, and nothing but the place decides them."""

import pytest
import torch

from tests.trainer.trainings import a_job, events, said
from trainer import schedules
from trainer.entry import read_entry
from trainer.planned import planned_rates
from trainer.schedules import Moment

STEPS, PER_EPOCH = 60, 6


def a_schedule(kind, **fields):
    return read_entry(schedules.kinds(), "schedule", {"kind": kind, **fields})


def factors(schedule, losses=()):
    """The factor of every step; after each epoch one more of the losses is known."""
    known = [losses[: step // PER_EPOCH] for step in range(STEPS)]
    return [schedule.factor(Moment(step, STEPS, PER_EPOCH, known[step])) for step in range(STEPS)]


def torchs(scheduler, each_step, **fields):
    """The same from torch.optim, for a learning rate of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = scheduler(optimizer, **fields)
    rates = []
    for step in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if each_step or step % PER_EPOCH == PER_EPOCH - 1:
            reference.step()
    return rates


lr = torch.optim.lr_scheduler
PARITY = [
    (a_schedule("step", every=3, gamma=0.2), torchs(lr.StepLR, False, step_size=3, gamma=0.2)),
    (a_schedule("exponential", gamma=0.8), torchs(lr.ExponentialLR, False, gamma=0.8)),
    (a_schedule("cosine", floor=0.02), torchs(lr.CosineAnnealingLR, True, T_max=STEPS, eta_min=0.02)),
    (
        a_schedule("one_cycle", share=0.4, start=0.05, end=0.0005),
        torchs(
            lr.OneCycleLR,
            False,
            max_lr=1.0,
            total_steps=STEPS // PER_EPOCH,
            pct_start=0.4,
            div_factor=20,
            final_div_factor=100,
        ),
    ),
]


@pytest.mark.parametrize(("schedule", "expected"), PARITY[:3], ids=lambda given: getattr(given, "kind", ""))
def test_its_rates_are_those_of_torch(schedule, expected):
    assert factors(schedule) == pytest.approx(expected, rel=1e-6)


def test_one_cycle_is_that_of_torch():
    schedule, expected = PARITY[3]
    found = [schedule.factor(Moment(step, 10, 1)) for step in range(10)]
    assert found == pytest.approx(expected[::PER_EPOCH], rel=1e-6)


@pytest.mark.parametrize(("share", "steps"), [(0.5, 2), (0.25, 4), (0.3, 1), (0.3, 2)])
def test_a_cycle_without_room_to_rise_begins_at_its_top(share, steps):
    schedule = a_schedule("one_cycle", share=share, end=0.001)
    found = [schedule.factor(Moment(step, steps, 1)) for step in range(steps)]
    assert found[0] == pytest.approx(1.0) and found == sorted(found, reverse=True)


def test_the_numbers_that_the_talks_name():
    at = Moment(10 * PER_EPOCH, 20 * PER_EPOCH, PER_EPOCH)
    assert a_schedule("exponential", gamma=0.9).factor(at) == pytest.approx(0.3487, abs=5e-5)
    dropping = a_schedule("step", every=7, gamma=0.1)
    rates = [0.005 * dropping.factor(Moment(epoch, 21, 1)) for epoch in range(21)]
    assert rates == pytest.approx([0.005] * 7 + [0.0005] * 7 + [0.00005] * 7)


def test_warm_up_rises_evenly_and_then_stays_or_glides():
    found = factors(a_schedule("warmup", epochs=1.5))
    assert found[:9] == pytest.approx([(step + 1) / 9 for step in range(9)]) and set(found[9:]) == {1.0}
    gliding = factors(a_schedule("warmup", epochs=1.5, then="cosine"))
    assert gliding[8] == gliding[9] == 1.0 and gliding[9:] == sorted(gliding[9:], reverse=True)
    assert gliding[-1] < 0.02


def test_a_plateau_lowers_the_rate_once_for_each_span_without_progress():
    losses = [1.0, 0.9, 0.95, 0.9, 0.92, 0.5, 0.6, 0.6, 0.6, 0.6]
    found = factors(a_schedule("plateau", patience=3, gamma=0.5), losses)[::PER_EPOCH]
    assert found == [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]


@pytest.mark.parametrize("kind", schedules.kinds())
def test_every_rate_is_above_nothing_and_follows_from_its_place_alone(kind):
    schedule = a_schedule(kind)
    losses = [1.0] * 500
    for steps, per_epoch in ((1, 1), (2, 1), (3, 3), (1_000, 2)):
        moments = [Moment(step, steps, per_epoch, losses[: step // per_epoch]) for step in range(steps)]
        found = [schedule.factor(moment) for moment in moments]
        assert all(0 < factor <= 1 for factor in found)
        assert found == [schedule.factor(moment) for moment in moments]
        for moment, factor in zip(moments, found, strict=True):
            begin = moment.epochs * per_epoch
            same_epoch = Moment(begin, steps, per_epoch, moment.losses)
            assert schedule.each_step or factor == schedule.factor(same_epoch)


@pytest.mark.parametrize("kind", [kind for kind in schedules.kinds() if kind != "plateau"])
def test_the_planned_rates_are_those_that_are_trained_with(folders, kind):
    job = a_job(schedule={"kind": kind}, epochs=4)
    planned = planned_rates(job)
    assert (planned["first"], planned["every"], len(planned["lr"])) == (1, 1, 40)
    curves = [event for event in events(said(job, folders)) if event.kind == "curves"]
    for event in curves:
        assert event.lr == planned["lr"][event.first + len(event.loss) - 2]


def test_a_long_plan_has_at_most_400_points():
    planned = planned_rates(a_job(epochs=1_000))
    assert planned["every"] == 25 and len(planned["lr"]) == 400


def test_a_rate_set_on_the_way_holds_and_the_schedule_goes_on_from_there(folders):
    asked = iter([[], [{"kind": "set_lr", "lr": 0.5}]])
    job = a_job(schedule={"kind": "exponential", "gamma": 0.5}, epochs=4)
    things = said(job, folders, commands=lambda: next(asked, []))
    [changed] = [event for event in events(things) if event.kind == "changed"]
    after = {event.lr for event in events(things) if event.kind == "curves" and event.first > changed.step}
    assert changed.lr == 0.5 and after == {0.5, 0.25, 0.125, 0.0625}
