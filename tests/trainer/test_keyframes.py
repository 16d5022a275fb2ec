"""Keyframes: when weights are kept on the way, which stay, and that they are those of that step."""

import itertools

import pytest
import torch

from tests.trainer.trainings import a_job, last_weights, said
from trainer import weights
from trainer.keyframes import next_key, thinned
from trainer.training import Checkpoint, Keyframe


def keys(things):
    """Step → weights."""
    return {thing.step: weights.unpack(thing.blob)[0] for thing in things if isinstance(thing, Keyframe)}


def test_steps_grow_by_one_two_five():
    steps = [0]
    while steps[-1] < 3_000:
        steps.append(next_key(steps[-1]))
    assert steps[1:] == [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]
    assert next_key(7) == 10 and next_key(499) == 500 and next_key(500) == 1_000


def test_weights_are_kept_at_first_densely_and_at_the_end_of_every_epoch(folders):
    things = said(a_job(epochs=3), folders)
    per_epoch = things[0].batches_per_epoch
    expected = {1, 2, 5, 10, 20, 50, 100} | {per_epoch * epoch for epoch in (1, 2, 3)}
    assert list(keys(things)) == sorted(step for step in expected if step <= 3 * per_epoch)


def test_a_keyframe_holds_what_a_training_that_ended_there_has_learned(folders):
    long, short = said(a_job(epochs=3), folders), said(a_job(epochs=1), folders)
    step = short[0].steps
    kept, ended = keys(long)[step], weights.unpack(last_weights(short))[0]
    assert kept.keys() == ended.keys()
    assert all(torch.equal(kept[name], ended[name]) for name in kept)


def test_a_training_that_goes_on_keeps_the_same(folders):
    whole = said(a_job(epochs=3), folders)
    middle = next(thing for thing in whole if isinstance(thing, Checkpoint) and thing.step > 0)
    again = keys(said(a_job(epochs=3), folders, resume=middle.blob))
    assert list(again) == [step for step in keys(whole) if step > middle.step]
    for step, tensors in again.items():
        assert all(torch.equal(tensors[name], keys(whole)[step][name]) for name in tensors)


def test_what_is_no_number_is_not_kept(folders):
    deep = [{"kind": "flatten"}, *[{"kind": "linear", "out_features": 30}] * 3]
    network = {"layers": [*deep, {"kind": "linear", "out_features": 10}]}
    things = said(a_job(optimizer={"kind": "sgd", "lr": 100}, network=network, epochs=5), folders)
    diverged = things[-1].step
    assert all(step < diverged for step in keys(things))
    assert all(torch.isfinite(tensor).all() for kept in keys(things).values() for tensor in kept.values())


@pytest.mark.parametrize("room", [2, 3, 7, 11])
def test_thinning_keeps_the_ends_and_what_is_dear_and_spreads_the_rest(room):
    steps = [1, 2, 5, 10, 20, 50, 100, 200, 430, 500, 860, 1_000, 1_290, 1_720]
    left = thinned(steps, room)
    assert len(left) == room and (left[0], left[-1]) == (1, 1_720)
    assert left == sorted(set(left) & set(steps))
    assert 1_290 in thinned(steps, max(room, 3), dear=[1_290])
    ratios = [(after + 1) / (before + 1) for before, after in itertools.pairwise(left)]
    assert max(ratios) <= (1_721 / 2) ** (2.2 / (room - 1))  # no gap is far wider than an even one


def test_nothing_is_thinned_that_fits():
    assert thinned([1, 2, 5], 3) == [1, 2, 5]
    assert thinned([], 0) == [] and thinned([9], 0) == [9]
    assert thinned([1, 2, 5, 10], 2, dear=[2, 5]) == [1, 2, 5, 10]
