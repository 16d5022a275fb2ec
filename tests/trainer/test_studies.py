"""A study's space, what it asks next, when it gives a trial up, and what came of it."""

import math
from dataclasses import replace

import optuna
import pytest

from tests.trainer.trainings import a_job
from trainer import losses
from trainer.problems import Problem
from trainer.studies.asking import is_over, next_trial, propose, reason_to_stop
from trainer.studies.results import best, importances, ranking, repeated
from trainer.studies.space import Values, tunables, with_values
from trainer.studies.study import Study
from trainer.studies.trial import Trial
from trainer.studies.usual import around

DENSE = [
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 200, "name": "hidden"},
    {"kind": "relu"},
    {"kind": "dropout", "p": 0.3},
    {"kind": "linear", "out_features": 10},
]
HALF = {"low": 0, "high": 0.5}
LR = {"optimizer.lr": {"low": 1e-3, "high": 1e-1, "log": True}}


def a_study(**fields: object) -> Study:
    job = a_job(network={"layers": DENSE}, epochs=9).describe()
    return Study.read({"job": job, "space": LR, "finalists": 0, "parallel": 1} | fields)


def quality(values: dict) -> float:
    """Best at a rate of 0.01, and a little better with small batches."""
    far = abs(math.log10(values["optimizer.lr"]) + 2)
    return round(1 / (1 + far) - values.get("batch_size", 0) / 10_000, 6)


def done(trial: Trial, value: float, epochs: int = 1, seconds: float = 1.0) -> Trial:
    reports = tuple((epoch, 1 - value, value) for epoch in range(1, epochs + 1))
    return replace(trial, state="done", reports=reports, seconds=seconds)


def lived(study: Study, trials: list[Trial] | None = None) -> list[Trial]:
    """All trials of a study whose trainings are as good as their values say."""
    trials = list(trials or [])
    while proposal := next_trial(study, trials):
        trial = Trial(len(trials), proposal.values, proposal.seed, proposal.repeats)
        trials.append(done(trial, quality(proposal.values)))
    return trials


def test_o03_the_usual_space_is_that_of_the_talk():
    study = a_study(space={})
    spans = {path: (values.low, values.high, values.log) for path, values in study.space.items()}
    assert spans == {
        "epochs": (20, 100, False),
        "optimizer.lr": (0.001, 0.1, True),
        "batch_size": (32, 1024, True),
        "network.layers.hidden.out_features": (128, 1024, True),
        "network.layers.dropout1.p": (0.2, 0.6, False),
    }
    plain = Study.read({"job": study.job.describe()})
    assert (plain.runs, plain.parallel, plain.objective) == (50, 2, "accuracy")


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_o01_as_many_trials_as_asked_within_their_ranges_and_rates_on_a_log_scale(sampler):
    space = {
        **LR,
        "batch_size": {"low": 33, "high": 65},
        "network.layers.hidden.out_features": {"choices": [7, 9]},
    }
    study = a_study(space=space, runs=60, sampler={"kind": sampler})
    trials = lived(study)
    assert len(trials) == 60 and is_over(study, trials)
    rates = [trial.values["optimizer.lr"] for trial in trials]
    assert all(1e-3 <= rate <= 1e-1 for rate in rates)
    assert all(33 <= trial.values["batch_size"] <= 65 for trial in trials)
    assert {trial.values["network.layers.hidden.out_features"] for trial in trials} == {7, 9}
    top = max(trials, key=lambda trial: trial.value("accuracy"))
    assert best(study, trials) == top.number
    if sampler == "random":  # on a log scale half of them lie below 0.01; on a linear one a tenth
        assert 18 <= sum(rate < 0.01 for rate in rates) <= 42


def test_the_same_seed_and_the_same_answers_ask_the_same_and_another_seed_does_not():
    first, again = lived(a_study(runs=15)), lived(a_study(runs=15))
    other = lived(a_study(runs=15, seed=43))
    assert first == again
    assert [trial.values for trial in first] != [trial.values for trial in other]
    assert lived(a_study(runs=15), first[:9]) == first  # gone on with from what is known


def test_learning_from_trials_finds_better_ones_than_chance():
    tpe = [quality(trial.values) for trial in lived(a_study(runs=40))][-15:]
    chance = [quality(trial.values) for trial in lived(a_study(runs=40, sampler={"kind": "random"}))][-15:]
    assert sum(tpe) / 15 > sum(chance) / 15


def test_a_grid_tries_every_combination_once_and_ends():
    space = {**LR, "batch_size": {"choices": [17, 34]}, "optimizer.kind": {"choices": ["adam", "sgd"]}}
    study = a_study(space=space, runs=100, sampler={"kind": "grid", "points": 3})
    trials = lived(study)
    assert len({tuple(trial.values.items()) for trial in trials}) == len(trials) == 12
    assert {trial.values["optimizer.lr"] for trial in trials} == {0.001, 0.01, 0.1}
    assert is_over(study, trials)


def test_a_rebuilt_study_gives_up_what_one_that_lived_on_gives_up():
    study = a_study(runs=30, sampler={"kind": "random"}, pruner={"kind": "halving", "first": 1, "factor": 3})
    living = optuna.create_study(direction="maximize", pruner=study.pruner.make())
    trials: list[Trial] = []
    for number in range(30):
        asked = living.ask({"optimizer.lr": optuna.distributions.FloatDistribution(1e-3, 1e-1, log=True)})
        trials.append(Trial(number, dict(asked.params), 42, state="running"))
        for epoch in range(1, 10):
            value = quality(asked.params) * (1 - 0.5**epoch) + (number * 7 % 5) / 50
            asked.report(value, epoch)
            trials[-1] = trials[-1].heard(
                {"kind": "validated", "epoch": epoch, "loss": 1.0, "accuracy": value}
            )
            if epoch == 9:
                break
            gives_up = reason_to_stop(study, trials, number) == "pruned"
            assert gives_up == asked.should_prune(), (number, epoch)
            if gives_up:
                break
        pruned = trials[-1].reports[-1][0] < 9
        living.tell(
            asked, state=optuna.trial.TrialState.PRUNED if pruned else None, values=None if pruned else value
        )
        trials[-1] = replace(trials[-1], state="pruned" if pruned else "done")
    assert 5 < sum(trial.state == "pruned" for trial in trials) < 30


def test_the_median_gives_up_what_is_worse_and_never_the_last_report():
    study = a_study(pruner={"kind": "median", "startup": 3, "warmup": 2}, runs=9)
    before = [done(Trial(at, {"optimizer.lr": 0.01}, 42), 0.5 + at / 10, epochs=9) for at in range(3)]
    slow = Trial(3, {"optimizer.lr": 0.02}, 42, state="running")
    verdicts = []
    for epoch in range(1, 10):
        slow = slow.heard({"kind": "validated", "epoch": epoch, "loss": 1.0, "accuracy": 0.3})
        verdicts.append(reason_to_stop(study, [*before, slow], 3))
    assert verdicts == [None, *["pruned"] * 7, None]
    assert reason_to_stop(a_study(pruner=None), [*before, slow], 3) is None


def test_minutes_bound_a_study_and_what_is_under_way_when_they_are_over():
    study = a_study(runs=30, minutes=0.25)
    trials = [done(Trial(at, {"optimizer.lr": 0.01}, 42), 0.5, seconds=6.0) for at in range(2)]
    assert next_trial(study, trials)
    late = Trial(2, {"optimizer.lr": 0.02}, 42).heard({"kind": "curves", "seconds": 3.5})
    late = late.heard({"kind": "validated", "epoch": 1, "loss": 1.0, "accuracy": 0.9})
    assert reason_to_stop(study, [*trials, late], 2) == "budget"
    ended = late.heard({"kind": "stopped", "reason": "budget", "seconds": 3.6, "epoch": None})
    assert is_over(study, [*trials, ended]) and ended.state == "stopped"


def test_trials_side_by_side_wait_for_a_place_and_finalists_for_all_others():
    study = a_study(runs=3, parallel=2, finalists=2, repeats=2)
    running = [Trial(at, {"optimizer.lr": 0.01}, 42, state="running") for at in range(2)]
    assert next_trial(study, running) is None
    trials = [done(running[0], 0.7), done(running[1], 0.9), Trial(2, {"optimizer.lr": 0.02}, 42)]
    assert next_trial(study, trials) is None
    trials[2] = done(trials[2], 0.8)
    trials = lived(study, trials)
    assert [(trial.repeats, trial.seed) for trial in trials[3:]] == [(1, 43), (1, 44), (2, 43), (2, 44)]


def test_finalists_are_told_apart_by_the_mean_over_other_seeds():
    study = a_study(runs=2, finalists=2, repeats=2)
    lucky, steady = ({"optimizer.lr": rate} for rate in (0.02, 0.01))
    chosen = [(lucky, None, 0.95), (steady, None, 0.93)]
    values = [*chosen, (lucky, 0, 0.90), (lucky, 0, 0.94), (steady, 1, 0.93), (steady, 1, 0.94)]
    trials = [done(Trial(at, what, 42 + at, of), value) for at, (what, of, value) in enumerate(values)]
    told = repeated(study, trials)
    assert [one.number for one in told] == [1, 0] and best(study, trials) == 1
    assert told[1].mean == pytest.approx(0.92) and told[1].spread == pytest.approx(0.02 * 2**0.5)
    assert [trial.number for trial in ranking(study, trials)] == [0, 1]


def test_the_field_that_decides_is_the_most_important():
    space = {**LR, "batch_size": {"low": 17, "high": 64}}
    study = a_study(space=space, runs=40, sampler={"kind": "random"})
    told = importances(study, lived(study))
    assert next(iter(told)) == "optimizer.lr" and told["optimizer.lr"] > 0.5
    assert importances(study, lived(study)[:3]) == {}


def test_what_diverged_is_avoided_and_what_was_refused_counts_as_tried():
    study = a_study(runs=40, sampler={"kind": "tpe", "startup": 5}, space=LR)
    trials: list[Trial] = []
    while proposal := next_trial(study, trials):
        trial = Trial(len(trials), proposal.values, proposal.seed)
        far = proposal.values["optimizer.lr"] > 0.02
        trials.append(replace(trial, state="diverged") if far else done(trial, 0.9 + trial.number % 3 / 100))
    assert sum(trial.state == "diverged" for trial in trials[-20:]) <= 4
    refused = [Trial(at, {"optimizer.lr": 0.01}, 42).refused("no") for at in range(40)]
    assert is_over(study, refused) and best(study, refused) is None


def test_a_kind_is_changed_and_keeps_what_both_kinds_have():
    job = a_job(optimizer={"kind": "adam", "lr": 0.03, "beta1": 0.8})
    changed = with_values(job, {"optimizer.kind": "sgd", "early_stopping.kind": "patience"})
    assert (changed.optimizer.kind, changed.optimizer.lr) == ("sgd", 0.03)
    assert changed.early_stopping.kind == "patience"
    assert with_values(changed, {"early_stopping.kind": None}).early_stopping is None


def test_a_layer_is_found_by_its_name_and_by_its_place():
    for path in ("network.layers.hidden.out_features", "network.layers.1.out_features"):
        study = a_study(space={path: {"low": 5, "high": 11}})
        assert list(study.space) == ["network.layers.hidden.out_features"]
        values = propose(study, [])
        assert study.job_with(values, 7).network.layers[1].out_features == values[next(iter(values))]
        assert study.job_with(values, 7).seed == 7


def test_every_field_of_a_job_that_can_change_has_a_range_to_begin_with():
    job = a_job(early_stopping={"kind": "patience"}, schedule={"kind": "cosine"})
    found = {one.path: around(job, one) for one in tunables(job)}
    assert {"batch_size", "l2", "schedule.kind", "early_stopping.patience", "dataset.size"} <= set(found)
    assert not {"seed", "threads", "test", "format"} & set(found)
    rate, decay, images = (found[path] for path in ("optimizer.lr", "optimizer.weight_decay", "dataset.size"))
    assert (rate.low, rate.high) == (pytest.approx(0.001), pytest.approx(0.1)) and decay.high == 0.01
    assert images.high == 203 and found["optimizer.eps"].high == pytest.approx(1e-7)
    for path, values in found.items():
        study = Study.read({"job": job.describe(), "space": {path: values.model_dump()}})
        study.job_with(propose(study, []), 1)


@pytest.mark.parametrize(
    ("fields", "where", "words"),
    [
        ({"space": {"optimizer.speed": {"low": 1, "high": 2}}}, ("space", "optimizer.speed"), "no field"),
        ({"space": {"seed": {"low": 1, "high": 2}}}, ("space", "seed"), "no field"),
        ({"space": {"dataset.kind": {"choices": ["strokes"]}}}, ("space", "dataset.kind"), "no field"),
        ({"space": {"batch_size": {"low": 0, "high": 9}}}, ("space", "batch_size"), "With 0"),
        ({"space": {"batch_size": {"low": 9, "high": 9}}}, ("space", "batch_size", "high"), "rise"),
        ({"space": {"batch_size": {"low": 2.2, "high": 2.9}}}, ("space", "batch_size", "high"), "whole"),
        ({"space": {"l2": {"low": 0, "high": 1, "log": True}}}, ("space", "l2", "low"), "log"),
        ({"space": {"optimizer.lr": {"low": 0.1}}}, ("space", "optimizer.lr"), "low to high"),
        ({"space": {"optimizer.kind": {"low": 1, "high": 2}}}, ("space", "optimizer.kind"), "range"),
        ({"space": {"optimizer.kind": {"choices": ["adam", "eve"]}}}, ("space", "optimizer.kind"), "eve"),
        ({"space": {"early_stopping.patience": {"low": 1, "high": 2}}}, ("space",), "no field"),
        ({"sampler": {"kind": "oracle"}}, ("sampler", "kind"), "oracle"),
        ({"runs": 0}, ("runs",), "at least 1"),
        ({"format": 2}, ("format",), "format 2"),
        ({"job": {"network": {"layers": []}}}, ("job", "dataset"), "missing"),
        ({"space": {f"network.layers.{at}.p": HALF for at in ("3", "dropout1")}}, ("space",), "same"),
    ],
)  # fmt: skip
def test_a_study_that_cannot_be_is_refused_at_its_place(fields, where, words):
    with pytest.raises(Problem) as refused:
        a_study(**fields)
    assert refused.value.where[: len(where)] == where and words in refused.value.message


def test_values_of_a_range_can_be_read_and_stay_inside():
    values = Values(low=0.0012349, high=0.1)
    assert values.read(0.00123491, whole=False) == 0.001235  # of four digits
    assert Values(low=0.0012345, high=0.1).read(0.0012344, whole=False) == 0.0012345
    assert Values(low=2.5, high=5.5).spread(9, whole=True) == [3, 4, 5]


class Doubled(losses.CrossEntropy):
    """A loss that is twice another one, so that numbers of both can't be compared."""

    kind, label = "doubled", "Doubled"


def test_losses_are_not_compared_where_the_loss_itself_changes(monkeypatch):
    monkeypatch.setitem(losses.kinds(), "doubled", Doubled)
    space = {"loss.kind": {"choices": ["cross_entropy", "doubled"]}}
    assert list(a_study(space=space).space) == ["loss.kind"]  # their accuracies can be
    with pytest.raises(Problem) as refused:
        a_study(space=space, objective="loss")
    assert refused.value.where == ("space", "loss.kind")
