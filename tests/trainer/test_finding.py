"""The learning-rate finder: what it tries, when it ends, what it suggests and what it leaves alone."""

import json
import math

import pytest
import torch

from tests.trainer.trainings import Clock, a_job, last_weights, said
from trainer.__main__ import main
from trainer.events import Finished
from trainer.finding import Searching, Suggested, Tried, find_rate, suggestion
from trainer.problems import Problem


def found(job, folders, **how):
    """(rates, losses, last event) of a search."""
    begin, *tried, end = find_rate(job, folders, clock=Clock(0.06), **how)
    assert isinstance(begin, Searching) and all(isinstance(told, Tried) for told in tried)
    rates, losses = ([value for told in tried for value in getattr(told, field)] for field in ("lr", "loss"))
    told = 0
    for one in tried:
        assert one.first == told + 1
        told += len(one.lr)
    return rates, losses, end


ROW = {"layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]}
SGD = {"kind": "sgd"}


def test_rates_grow_by_the_same_factor_from_first_to_last(folders):
    rates, losses, end = found(a_job(), folders, first=1e-5, last=1e-3, steps=21)
    assert rates == pytest.approx([10 ** (-5 + at / 10) for at in range(21)])
    assert isinstance(end, Suggested) and len(end.smoothed) == len(losses) == 21


def test_it_begins_with_what_it_will_try_and_tells_at_a_pace(folders):
    begin, *tried, _ = find_rate(a_job(), folders, steps=40, clock=lambda: 0.0)
    assert (begin.first, begin.last, begin.steps, begin.threads, begin.device) == (1e-6, 10, 40, 1, "cpu")
    assert len(tried) == 1
    assert len(list(find_rate(a_job(), folders, steps=40, clock=Clock(0.06)))) > 10


@pytest.mark.parametrize(("kind", "last"), [("stop", "stopped"), ("pause", "paused")])
def test_it_ends_where_it_is_asked_to(folders, kind, last):
    asked = iter([[], [], [{"kind": "set_lr", "lr": 1.0}], [{"kind": kind}]])
    *_, end = find_rate(a_job(), folders, commands=lambda: next(asked), clock=Clock(0.06))
    assert end.kind == last and 0 < end.step < 100


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_the_suggested_rate_learns(folders, optimizer):
    *_, end = find_rate(a_job(network=ROW, optimizer={"kind": optimizer}), folders)
    assert "steeply" in end.reason
    told = said(a_job(network=ROW, optimizer={"kind": optimizer, "lr": end.lr}, epochs=8), folders)
    assert isinstance(told[-1], Finished) and told[-1].test_accuracy > 0.6


def test_it_ends_when_the_loss_explodes(folders):
    rates, losses, end = found(a_job(network=ROW, optimizer=SGD), folders, last=1_000.0)
    assert len(losses) < 100
    assert sum(losses[-4:]) / 4 > losses[0]
    assert end.lr < rates[-1] / 10


def test_a_loss_that_is_no_number_ends_it(folders):
    job = a_job(network=ROW, optimizer=SGD)
    _, losses, end = found(job, folders, first=1e39, last=1e40, steps=16)
    assert losses[-1] is None and all(loss is not None for loss in losses[:-1])
    assert end.lr is None and "no number" in end.reason and len(end.smoothed) == len(losses)


def test_where_nothing_is_learned_nothing_is_suggested(folders):
    layers = [{**layer, "frozen": True} if layer["kind"] == "linear" else layer for layer in ROW["layers"]]
    _, losses, end = found(a_job(network={"layers": layers}), folders, steps=30)
    assert len(losses) == 30
    assert end.lr is None and "did not fall" in end.reason


def test_a_network_with_one_steepest_place_gets_that_rate():
    rates = [10 ** (at / 10) for at in range(-50, 10)]
    falls = [2 - 1 / (1 + math.exp(-(at - 25))) + (at > 40) * (at - 40) for at in range(60)]
    end = suggestion(rates, falls)
    assert end.lr == pytest.approx(rates[25], rel=0.3)


def test_it_repeats_and_leaves_the_process_and_the_training_as_they_were(folders):
    job = a_job()
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    alone = last_weights(said(job, folders))
    once, again = (found(job, folders) for _ in range(2))
    assert once == again
    assert torch.equal(torch.get_rng_state(), before) and torch.get_num_threads() == threads
    assert last_weights(said(job, folders)) == alone


def test_the_first_loss_is_that_of_the_training(folders):
    job = a_job()
    curve = next(thing for thing in said(job, folders) if getattr(thing, "kind", "") == "curves")
    assert found(job, folders)[1][0] == pytest.approx(curve.loss[0])


@pytest.mark.parametrize(
    "how", [{"first": 0.0}, {"first": 1.0, "last": 0.1}, {"steps": 3}, {"last": math.nan}]
)
def test_a_range_that_is_none_is_refused(folders, how):
    with pytest.raises(Problem, match="grow"):
        next(find_rate(a_job(), folders, **how))


def test_a_job_that_cannot_be_trained_is_refused(folders):
    with pytest.raises(Problem, match="reads a row"):
        next(find_rate(a_job(network={"layers": [{"kind": "linear"}]}), folders))


def test_the_command_prints_what_is_said_one_event_a_line(tmp_path, capsys):
    (tmp_path / "job.json").write_text(json.dumps(a_job().describe()))
    assert main(["find-lr", str(tmp_path / "job.json"), "--home", str(tmp_path)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["kind"] for one in told[1:-1]} == {Tried.kind} and told[0]["kind"] == Searching.kind
    assert told[-1]["kind"] == "suggested" and told[-1]["reason"]
    (tmp_path / "job.json").write_text("{}")
    assert main(["find-lr", str(tmp_path / "job.json"), "--home", str(tmp_path)]) == 2
