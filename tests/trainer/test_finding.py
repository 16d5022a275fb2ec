"""The learning-rate finder: what it tries, when it ends, what it suggests and what it leaves alone."""

import json
import math

import pytest
import torch

from tests.trainer.trainings import a_job, last_weights, said
from trainer.__main__ import main
from trainer.events import Finished
from trainer.finding import Suggested, Tried, find_rate, suggestion
from trainer.problems import Problem

ROW = {"layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]}
SGD = {"kind": "sgd"}


def test_rates_grow_by_the_same_factor_from_first_to_last(folders):
    *tried, end = find_rate(a_job(), folders, first=1e-5, last=1e-3, steps=21)
    assert [point.step for point in tried] == list(range(1, 22))
    assert [point.lr for point in tried] == pytest.approx([10 ** (-5 + at / 10) for at in range(21)])
    assert isinstance(end, Suggested) and len(end.smoothed) == len(tried)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_the_suggested_rate_learns(folders, optimizer):
    *_, end = find_rate(a_job(network=ROW, optimizer={"kind": optimizer}), folders)
    assert "steeply" in end.reason
    found = said(a_job(network=ROW, optimizer={"kind": optimizer, "lr": end.lr}, epochs=8), folders)
    assert isinstance(found[-1], Finished) and found[-1].test_accuracy > 0.6


def test_it_ends_when_the_loss_explodes(folders):
    *tried, end = find_rate(a_job(network=ROW, optimizer=SGD), folders, last=1_000.0)
    assert len(tried) < 100
    assert sum(point.loss for point in tried[-4:]) / 4 > tried[0].loss
    assert end.lr < tried[-1].lr / 10


def test_a_loss_that_is_no_number_ends_it(folders):
    job = a_job(network=ROW, optimizer=SGD)
    *tried, end = find_rate(job, folders, first=1e39, last=1e40, steps=16)
    assert tried[-1].loss is None and all(point.loss is not None for point in tried[:-1])
    assert end.lr is None and "no number" in end.reason and len(end.smoothed) == len(tried)


def test_where_nothing_is_learned_nothing_is_suggested(folders):
    layers = [{**layer, "frozen": True} if layer["kind"] == "linear" else layer for layer in ROW["layers"]]
    *tried, end = find_rate(a_job(network={"layers": layers}), folders, steps=30)
    assert len(tried) == 30
    assert end.lr is None and "did not fall" in end.reason


def test_a_network_with_one_steepest_place_gets_that_rate():
    rates = [10 ** (at / 10) for at in range(-50, 10)]
    falls = [2 - 1 / (1 + math.exp(-(at - 25))) + (at > 40) * (at - 40) for at in range(60)]
    found = suggestion(rates, falls)
    assert found.lr == pytest.approx(rates[25], rel=0.3)


def test_it_repeats_and_leaves_the_process_and_the_training_as_they_were(folders):
    job = a_job()
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    alone = last_weights(said(job, folders))
    once, again = ([point.describe() for point in find_rate(job, folders)] for _ in range(2))
    assert once == again
    assert torch.equal(torch.get_rng_state(), before) and torch.get_num_threads() == threads
    assert last_weights(said(job, folders)) == alone


def test_the_first_loss_is_that_of_the_training(folders):
    job = a_job()
    curve = next(thing for thing in said(job, folders) if getattr(thing, "kind", "") == "curves")
    assert next(find_rate(job, folders)).loss == pytest.approx(curve.loss[0])


@pytest.mark.parametrize(
    "how", [{"first": 0.0}, {"first": 1.0, "last": 0.1}, {"steps": 3}, {"last": math.nan}]
)
def test_a_range_that_is_none_is_refused(folders, how):
    with pytest.raises(Problem, match="grow"):
        next(find_rate(a_job(), folders, **how))


def test_a_job_that_cannot_be_trained_is_refused(folders):
    with pytest.raises(Problem, match="reads a row"):
        next(find_rate(a_job(network={"layers": [{"kind": "linear"}]}), folders))


def test_the_command_prints_one_line_a_rate_and_the_suggestion(tmp_path, capsys):
    (tmp_path / "job.json").write_text(json.dumps(a_job().describe()))
    assert main(["find-lr", str(tmp_path / "job.json"), "--home", str(tmp_path)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {point["kind"] for point in told[:-1]} == {Tried.kind}
    assert told[-1]["kind"] == "suggested" and told[-1]["reason"]
    (tmp_path / "job.json").write_text("{}")
    assert main(["find-lr", str(tmp_path / "job.json"), "--home", str(tmp_path)]) == 2
