"""Early stopping, and seeds apart."""

import pytest

from tests.trainer.trainings import a_job, events, last_weights, points, said
from trainer import stopping, weights
from trainer.entry import read_entry
from trainer.events import Finished, Resumed, Stopped, Validated
from trainer.job import Job
from trainer.problems import Problem
from trainer.training import Checkpoint, Snapshot

LEARNS = {"optimizer": {"kind": "adam", "lr": 0.02}, "epochs": 12}  # all right long before its last epoch

IMPATIENT = {"kind": "patience", "patience": 2, "metric": "accuracy"}


def patience(**fields):
    return read_entry(stopping.kinds(), "stopping", {"kind": "patience", **fields})


def test_it_stops_after_as_many_worse_epochs_as_it_has_patience():
    history = [(loss, 0.5) for loss in (5, 4, 3, 3.1, 3.2, 3.3)]
    waiting = patience(patience=3)
    assert [waiting.is_over(history[:seen]) for seen in range(1, 7)] == [False] * 5 + [True]
    assert waiting.best(history) == 2
    assert patience(patience=3, restore=False).best(history) is None


def test_what_must_improve_and_by_how_much_can_be_chosen():
    history = [(1.0, 0.5), (0.99, 0.9), (0.98, 0.8), (0.5, 0.7)]
    assert patience(metric="accuracy").best(history) == 1
    assert patience(min_delta=0.1).best(history) == 3
    assert patience(min_delta=0.1).best(history[:3]) == 0


def test_a_training_ends_early_with_the_weights_of_its_best_epoch(folders):
    job = a_job(**LEARNS, early_stopping=IMPATIENT)
    things = said(job, folders)
    stopped, tested = events(things)[-1], events(things)[-2]
    validated = [event for event in events(things) if isinstance(event, Validated)]
    assert isinstance(stopped, Stopped) and stopped.reason == "early" and tested.kind == "tested"
    best = max(validated, key=lambda event: event.accuracy)  # the first of them
    assert stopped.epoch == best.epoch == validated[-1].epoch - 2 < 10
    shorter = said(a_job(**LEARNS | {"epochs": best.epoch}), folders)
    ours, theirs = (weights.unpack(last_weights(run)) for run in (things, shorter))
    assert ours[1] == theirs[1] and all(ours[0][name].equal(theirs[0][name]) for name in theirs[0])
    assert tested.accuracy == events(shorter)[-1].test_accuracy and tested.step == best.step


def test_it_stops_at_the_same_place_after_any_interruption(folders):
    job = a_job(**LEARNS, early_stopping=IMPATIENT)
    whole = said(job, folders)
    for kept in [thing for thing in whole if isinstance(thing, Checkpoint)][::3]:
        rest = said(job, folders, resume=kept.blob)
        assert events(rest)[-1].describe() | {"seconds": 0} == events(whole)[-1].describe() | {"seconds": 0}
        assert last_weights(rest) == last_weights(whole)


def test_a_stopped_training_goes_on_where_it_was_once_it_has_more_patience(folders):
    impatient = said(a_job(**LEARNS, early_stopping=IMPATIENT), folders)
    kept = [thing for thing in impatient if isinstance(thing, Checkpoint)][-1]
    rest = said(a_job(**LEARNS), folders, resume=kept.blob)
    assert isinstance(events(rest)[-1], Finished)
    assert last_weights(rest) == last_weights(said(a_job(**LEARNS), folders))


def test_the_best_weights_are_kept_where_no_patience_ran_out(folders):
    job = a_job(**LEARNS | {"epochs": 5}, early_stopping={"kind": "patience", "patience": 50})
    things = said(job, folders)
    validated = [event for event in events(things) if isinstance(event, Validated)]
    best = min(validated, key=lambda event: event.loss)
    finished = events(things)[-1]
    assert finished.epoch == (best.epoch if best.epoch < 5 else None)
    assert (finished.validation_loss, finished.validation_accuracy) == (best.loss, best.accuracy)
    [last] = [thing for thing in things if isinstance(thing, Snapshot) and thing.last]
    assert last.step == best.step


@pytest.mark.parametrize("what", ["weights", "shuffle", "dropout"])
def test_each_seed_changes_what_it_is_for_and_nothing_else(folders, what):
    same, other = ({"kind": "apart", what: seed} for seed in (42, 7))
    base = points(said(a_job(epochs=1), folders))
    assert points(said(a_job(epochs=1, seeds=same), folders)) == base
    changed = points(said(a_job(epochs=1, seeds=other), folders))
    assert changed != base
    plain = {"layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]}
    runs = [said(a_job(epochs=1, network=plain, seeds=seeds), folders) for seeds in (None, other)]
    assert (last_weights(runs[0]) == last_weights(runs[1])) == (what == "dropout")


BRANCHES = [
    {"optimizer": {"kind": "adam", "lr": 0.002}},
    {"optimizer": {"kind": "adam", "lr": 0.01, "beta1": 0.5}},
    {"schedule": {"kind": "cosine"}, "epochs": 4},
    {"l2": 0.01, "clip_norm": 1.0},
    {"early_stopping": {"kind": "patience"}, "epochs": 4},
    {"loss": {"kind": "cross_entropy"}, "test": "on_request"},
]


@pytest.mark.parametrize("change", BRANCHES, ids=str)
def test_a_changed_job_goes_on_from_a_checkpoint_of_another(folders, change):
    kept = [thing for thing in said(a_job(epochs=1), folders) if isinstance(thing, Checkpoint)][-1]
    job = a_job(**{"epochs": 2} | change)
    first, second = (said(job, folders, resume=kept.blob) for _ in range(2))
    assert first[0] == Resumed(step=10) and isinstance(events(first)[-1], Finished)
    assert last_weights(first) == last_weights(second)
    curves = next(event for event in events(first) if event.kind == "curves")
    assert change.get("schedule") or curves.lr == job.optimizer.lr


def test_another_optimizer_begins_with_an_empty_memory_and_says_so(folders):
    kept = [thing for thing in said(a_job(epochs=1), folders) if isinstance(thing, Checkpoint)][-1]
    rest = said(a_job(optimizer={"kind": "sgd", "momentum": 0.9}), folders, resume=kept.blob)
    assert rest[0] == Resumed(step=10, anew=["optimizer"]) and isinstance(events(rest)[-1], Finished)


def test_frozen_layers_and_other_dropout_fit_a_branch_but_other_weights_do_not(folders):
    kept = [thing for thing in said(a_job(epochs=1), folders) if isinstance(thing, Checkpoint)][-1]
    given = a_job().network.describe()
    layers = [dict(layer) for layer in given["layers"]]
    layers[0]["frozen"], layers[5]["p"] = True, 0.1
    rest = said(a_job(network=given | {"layers": layers}), folders, resume=kept.blob)
    before, after = (weights.unpack(blob)[0] for blob in (_weights_of(kept, folders), last_weights(rest)))
    assert before["conv1.weight"].equal(after["conv1.weight"])
    assert not before["linear1.weight"].equal(after["linear1.weight"])
    layers[0]["out_channels"] = 4
    with pytest.raises(Problem) as caught:
        said(a_job(network=given | {"layers": layers}), folders, resume=kept.blob)
    assert caught.value.where == ("network",)


def _weights_of(kept, folders):
    asked = iter([[{"kind": "stop"}]])
    things = said(a_job(epochs=1), folders, resume=kept.blob, commands=lambda: next(asked, []))
    return last_weights(things)


def test_a_job_from_before_these_fields_is_read():
    old = {name: value for name, value in a_job().describe().items() if name in _FIRST_FIELDS}
    assert Job.read(old) == a_job()


_FIRST_FIELDS = {"format", "network", "dataset", "validation", "batch_size", "epochs", "optimizer", "loss"}
_FIRST_FIELDS |= {"seed", "threads", "test", "device"}
