"""Training: what it says, what it leaves behind, and that it is exact to the bit."""

import itertools
import math

import pytest
import torch

from tests.trainer.trainings import (
    WITH_EVERYTHING,
    Clock,
    a_job,
    events,
    last_weights,
    points,
    said,
)
from trainer import optimizers, weights
from trainer.checkpoint import unpack
from trainer.checkpoint import weights as weights_in
from trainer.evaluation import evaluate
from trainer.events import Curves, Diverged, Finished, Paused, Resumed, Started, Stopped, Validated
from trainer.problems import Problem
from trainer.training import Checkpoint, Snapshot, train


def test_every_batch_is_told_once_and_in_order(folders):
    things = said(a_job(), folders)
    started, finished = events(things)[0], events(things)[-1]
    assert isinstance(started, Started) and isinstance(finished, Finished)
    assert (started.training, started.validation, started.test) == (170, 33, 50)
    assert started.batches_per_epoch == 10 and started.steps == 20
    assert list(points(things)) == list(range(1, 21))
    assert all(math.isfinite(loss) and 0 <= accuracy <= 1 for loss, accuracy in points(things).values())


def test_each_epoch_is_validated_after_all_its_points(folders):
    seen, validated = 0, []
    for event in events(said(a_job(), folders)):
        if isinstance(event, Curves):
            seen = event.first + len(event.loss) - 1
        if isinstance(event, Validated):
            validated.append((event.epoch, event.step, seen))
    assert validated == [(1, 10, 10), (2, 20, 20)]


def test_it_learns(folders):
    finished = events(said(a_job(epochs=10), folders))[-1]
    assert finished.validation_accuracy > 0.9 and finished.test_accuracy > 0.9


def test_the_test_set_stays_closed_until_it_is_opened(folders):
    things = said(a_job(test="on_request"), folders)
    assert events(things)[-1].test_accuracy is None
    at_end = events(said(a_job(test="at_end"), folders))[-1]
    tested = evaluate(a_job(), last_weights(things), folders)
    assert (tested.accuracy, tested.images, tested.step) == (at_end.test_accuracy, 50, 20)
    assert tested.loss == pytest.approx(at_end.test_loss, rel=1e-6)
    assert tested.correct == round(tested.accuracy * 50)


def test_the_same_job_gives_the_same_bits_and_another_seed_others(folders):
    first, second = said(a_job(), folders), said(a_job(), folders)
    assert last_weights(first) == last_weights(second) and points(first) == points(second)
    assert last_weights(said(a_job(seed=43), folders)) != last_weights(first)


def test_several_trainings_stepped_in_turn_are_as_if_each_were_alone(folders):
    jobs = [a_job(seed=1), a_job(seed=2, optimizer={"kind": "sgd", "lr": 0.05}), a_job(seed=3, batch_size=13)]
    alone = [last_weights(said(job, folders)) for job in jobs]
    turns = [train(job, folders=folders, clock=Clock(0.06)) for job in jobs]
    together = list(itertools.chain.from_iterable(itertools.zip_longest(*turns)))
    found = {thing.blob for thing in together if isinstance(thing, Snapshot) and thing.last}
    assert found == set(alone)


def test_a_training_leaves_torch_as_it_found_it(folders):
    torch.manual_seed(77)
    expected = torch.rand(4)
    torch.manual_seed(77)
    threads = torch.get_num_threads()
    for _ in train(a_job(threads=1), folders=folders):
        assert torch.get_num_threads() == threads
    assert torch.equal(torch.rand(4), expected)


OPTIMIZERS = [
    {"kind": "sgd", "lr": 0.03},
    {"kind": "sgd", "lr": 0.03, "momentum": 0.7, "weight_decay": 0.01},
    {"kind": "sgd", "lr": 0.03, "momentum": 0.7, "nesterov": True},
    {"kind": "rmsprop", "lr": 0.003, "momentum": 0.6},
    *({"kind": kind} for kind in optimizers.kinds()),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_going_on_from_any_checkpoint_gives_the_same_bits(folders, optimizer):
    job = a_job(optimizer=optimizer)
    whole = said(job, folders)
    kept = [thing for thing in whole if isinstance(thing, Checkpoint)]
    assert any(thing.step % 10 > 0 for thing in kept), "none in the middle of an epoch"
    for checkpoint in kept:
        rest = said(job, folders, resume=checkpoint.blob)
        assert isinstance(rest[0], Resumed) and rest[0].step == checkpoint.step
        assert last_weights(rest) == last_weights(whole)
        assert points(rest) == {
            step: point for step, point in points(whole).items() if step > checkpoint.step
        }
        assert events(rest)[-1].test_loss == events(whole)[-1].test_loss


def test_a_pause_and_going_on_change_nothing(folders):
    asked = iter([[], [], [{"kind": "pause"}]])
    first = said(a_job(), folders, commands=lambda: next(asked, []))
    assert isinstance(events(first)[-1], Paused) and 0 < first[-1].step < 20
    checkpoint = [thing for thing in first if isinstance(thing, Checkpoint)][-1]
    assert checkpoint.step == first[-1].step
    rest = said(a_job(), folders, resume=checkpoint.blob)
    whole = said(a_job(), folders)
    assert last_weights(rest) == last_weights(whole) and points(first) | points(rest) == points(whole)


def test_a_checkpoint_shows_what_the_network_had_learned_by_then(folders):
    asked = iter([[], [], [{"kind": "pause"}]])
    things = said(a_job(), folders, commands=lambda: next(asked, []))
    kept = [thing for thing in things if isinstance(thing, Checkpoint)][-1]
    step, learned, _ = weights_in(kept.blob)
    expected, facts = weights.unpack(last_weights(things))
    assert str(step) == facts["step"] and learned.keys() == expected.keys()
    assert all(torch.equal(learned[name], expected[name]) for name in expected)
    with pytest.raises(Problem, match="no checkpoint"):
        weights_in(last_weights(things))


def test_a_stop_keeps_the_weights_of_its_step(folders):
    asked = iter([[{"kind": "stop"}]])
    things = said(a_job(), folders, commands=lambda: next(asked, []))
    stopped = events(things)[-1]
    assert isinstance(stopped, Stopped)
    assert weights.unpack(last_weights(things))[1]["step"] == str(stopped.step)


def test_a_new_learning_rate_holds_from_then_on_and_through_a_resume(folders):
    asked = iter([[], [{"kind": "set_lr", "lr": 0.0625}]])
    job = a_job(epochs=4)  # changed while points wait to be told
    things = list(train(job, folders=folders, clock=Clock(0.004), commands=lambda: next(asked, [])))
    [changed] = [event for event in events(things) if event.kind == "changed"]
    after = [event.lr for event in events(things) if isinstance(event, Curves) and event.first > changed.step]
    assert changed.lr == 0.0625 and after and set(after) == {0.0625}
    before = [
        event.lr for event in events(things) if isinstance(event, Curves) and event.first <= changed.step
    ]
    assert set(before) == {0.01}
    middle = next(t for t in things if isinstance(t, Checkpoint) and changed.step < t.step < 40)
    rest = said(a_job(epochs=4), folders, resume=middle.blob)
    assert last_weights(rest) == last_weights(things)


@pytest.mark.parametrize("lr", [0, -1, float("nan"), 1e9])
def test_a_learning_rate_out_of_range_is_refused(folders, lr):
    with pytest.raises(Problem) as caught:
        said(a_job(), folders, commands=lambda: [{"kind": "set_lr", "lr": lr}])
    assert caught.value.where == ("optimizer", "lr")


def test_a_loss_that_is_no_number_ends_the_run_at_its_step(folders):
    deep = [{"kind": "flatten"}, *[{"kind": "linear", "out_features": 30}] * 3]
    network = {"layers": [*deep, {"kind": "linear", "out_features": 10}]}
    job = a_job(optimizer={"kind": "sgd", "lr": 100}, network=network, epochs=5)
    things = said(job, folders)
    diverged = events(things)[-1]
    assert isinstance(diverged, Diverged)
    curve = points(things)
    assert curve[diverged.step][0] is None
    assert all(curve[step][0] is not None for step in range(1, diverged.step))
    kept = [thing for thing in things if isinstance(thing, Checkpoint)][-1]
    assert [type(thing) for thing in things[-3:]] == [Checkpoint, Snapshot, Diverged]
    assert kept.step == things[-2].step
    good, facts = weights.unpack(last_weights(things))
    assert int(facts["step"]) < diverged.step and all(tensor.isfinite().all() for tensor in good.values())


def test_weights_are_shown_only_while_somebody_looks(folders):
    nobody = [thing for thing in said(a_job(), folders) if isinstance(thing, Snapshot)]
    watched = [thing for thing in said(a_job(), folders, watched=lambda: True) if isinstance(thing, Snapshot)]
    assert [snapshot.last for snapshot in nobody] == [True]
    assert len(watched) > 2 and watched[-1].last


def test_looking_changes_nothing(folders):
    watched = said(a_job(), folders, watched=lambda: True)
    assert last_weights(watched) == last_weights(said(a_job(), folders))


def test_a_checkpoint_from_elsewhere_is_refused(folders):
    with pytest.raises(Problem, match="no checkpoint"):
        said(a_job(), folders, resume=b"nonsense")
    with pytest.raises(Problem, match="no checkpoint"):
        unpack(b"", a_job().describe())


OTHER_JOBS = [
    {"network": {"layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]}},
    {"batch_size": 50},
    {"seed": 1},
    {"validation": 34},
    {"seeds": {"kind": "apart", "shuffle": 5}},
]


@pytest.mark.parametrize("change", OTHER_JOBS, ids=str)
def test_a_checkpoint_of_another_job_is_refused_at_what_differs(folders, change):
    kept = next(thing for thing in said(a_job(), folders) if isinstance(thing, Checkpoint))
    with pytest.raises(Problem) as caught:
        said(a_job(**change), folders, resume=kept.blob)
    assert caught.value.where == tuple(change)


def test_a_training_can_go_on_for_longer(folders):
    kept = [thing for thing in said(a_job(epochs=1), folders) if isinstance(thing, Checkpoint)][-1]
    assert last_weights(said(a_job(), folders, resume=kept.blob)) == last_weights(said(a_job(), folders))


def test_a_checkpoint_is_the_same_bytes_each_time(folders):
    first, second = ([t for t in said(a_job(), folders) if isinstance(t, Checkpoint)] for _ in range(2))
    assert first == second


def test_batches_of_one_are_refused_where_a_layer_needs_more(folders):
    network = {
        "layers": [{"kind": "flatten"}, {"kind": "batch_norm"}, {"kind": "linear", "out_features": 10}]
    }
    with pytest.raises(Problem) as caught:
        said(a_job(batch_size=1, network=network), folders)
    assert caught.value.where == ("batch_size",)


def test_a_last_batch_of_one_is_left_out(folders):
    network = {
        "layers": [{"kind": "flatten"}, {"kind": "batch_norm"}, {"kind": "linear", "out_features": 10}]
    }
    things = said(a_job(batch_size=13, network=network), folders)  # 170 = 13 × 13 + 1
    assert events(things)[0].batches_per_epoch == 13
    assert isinstance(events(things)[-1], Finished)


def test_softmax_at_the_end_trains_as_without_it(folders):
    layers = WITH_EVERYTHING["layers"]
    without = said(a_job(), folders)
    with_softmax = said(a_job(network={"layers": [*layers, {"kind": "softmax"}]}), folders)
    assert points(without) == points(with_softmax)


def test_nothing_is_validated_or_tested_on_what_it_learned_from(folders):
    job = a_job(seed=7)
    parts = job.division(203).divide(job.dataset.load(folders))
    training, validation, test = (
        {picture.numpy().tobytes() for pictures, _ in part.in_order() for picture in pictures}
        for part in (parts.training, parts.validation, parts.test)
    )
    assert len(training | validation | test) == 170 + 33 + 50
