"""Exact: an interrupted training is bit by bit the undisturbed one, for all that the catalogue holds."""

import itertools

import pytest

from tests.trainer.trainings import Clock, a_job, last_weights, points, said
from trainer import augmentation, layers, optimizers, schedules, traced
from trainer.admission import admit
from trainer.events import Paused
from trainer.job import Job
from trainer.problems import Problem
from trainer.training import Checkpoint, train

SMALL = {"kind": "avg_pool2d", "kernel_size": 4}  # pictures of 7 × 7
BRING = {
    "pictures": [{"kind": "conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}],
    "a sequence": [{"kind": "rows"}],
    "a row": [{"kind": "flatten"}, {"kind": "linear", "out_features": 12}],
    "patches": [{"kind": "patch_embedding"}],
}
ANSWER = [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]
TO_THE_END = {"cosine", "one_cycle"}  # schedules that look at the last step: more epochs are another plan


def jobs_with(kind, **fields):
    """Jobs whose network has a layer of that kind, behind each form that it reads."""
    for before in BRING.values():
        layer = {"kind": kind, "name": "tried"}
        above = [SMALL, *before, {"kind": "dropout", "name": "above", "p": 0.1}]
        if layers.kinds()[kind].joins:
            layer["inputs"] = ["above", "bent"]
            above.append({"kind": "tanh", "name": "bent"})
        for answer in (ANSWER, []):
            try:
                job = a_job(network={"layers": [*above, layer, *answer]}, epochs=1, **fields)
                admit(job)
                yield job
                break
            except Problem:
                continue


def interrupted(job: Job, folders):
    """Whether a training paused in the middle of an epoch ends as the undisturbed one."""
    whole = said(job, folders)
    asked = iter([[], [{"kind": "pause"}]])
    first = said(job, folders, commands=lambda: next(asked, []))
    assert isinstance(first[-1], Paused) and first[-1].step % 10
    kept = [thing for thing in first if isinstance(thing, Checkpoint)][-1]
    rest = said(job, folders, resume=kept.blob)
    assert points(first) | points(rest) == points(whole)
    assert last_weights(rest) == last_weights(whole)


@pytest.mark.parametrize("kind", layers.kinds())
def test_every_layer_goes_on_bit_by_bit(folders, kind):
    tried = list(jobs_with(kind))
    assert tried, "no network was found for it"
    interrupted(tried[0], folders)


@pytest.mark.parametrize("kind", schedules.kinds())
def test_every_schedule_goes_on_bit_by_bit(folders, kind):
    interrupted(a_job(schedule={"kind": kind}), folders)


@pytest.mark.parametrize("kind", schedules.kinds())
def test_two_more_epochs_are_as_if_they_had_been_asked_for_at_once(folders, kind):
    short, long = (a_job(schedule={"kind": kind}, epochs=epochs) for epochs in (2, 4))
    done = [thing for thing in said(short, folders) if isinstance(thing, Checkpoint)][-1]
    rest = said(long, folders, resume=done.blob)
    if kind in TO_THE_END:
        middle = next(thing for thing in rest if isinstance(thing, Checkpoint) and thing.step % 10)
        assert last_weights(said(long, folders, resume=middle.blob)) == last_weights(rest)
    else:
        assert last_weights(rest) == last_weights(said(long, folders))


KINDS = list(augmentation.kinds())


@pytest.mark.parametrize("some", [KINDS[::3], KINDS[1::3], KINDS[2::3]], ids=",".join)
def test_every_augmentation_goes_on_bit_by_bit(folders, some):
    fields = [{"kind": kind, "probability": 0.7} for kind in some]
    interrupted(a_job(augmentation=fields, epochs=1), folders)


def test_trainings_that_take_turns_augment_as_if_they_were_alone(folders):
    jobs = [a_job(augmentation=[{"kind": "elastic"}, {"kind": "mixup"}], seed=seed) for seed in (1, 2)]
    alone = [last_weights(said(job, folders)) for job in jobs]
    turns = [train(job, folders=folders, clock=Clock(0.06)) for job in jobs]
    told = list(itertools.zip_longest(*turns))
    assert [last_weights([thing for thing in things if thing]) for things in zip(*told, strict=True)] == alone
    assert alone[0] != alone[1]


def test_augmentation_and_the_recorded_step_go_together(folders, warm, monkeypatch):
    job = a_job(augmentation=[{"kind": "rotate"}, {"kind": "noise"}])
    recordings = []
    monkeypatch.setattr(
        traced, "record", lambda *given, record=traced.record: recordings.append(1) or record(*given)
    )
    recorded = last_weights(said(job, folders))
    assert recordings
    monkeypatch.setattr(traced, "_AFTER", 10**6)
    assert last_weights(said(job, folders)) == recorded


RARE = {"kind": "rare_class", "which": 3, "share": 0.3}


@pytest.mark.parametrize(
    "fields",
    [
        {"stratified": True, "imbalance": RARE, "sampling": "weighted", "label_noise": 0.2},
        {"normalization": "standardized", "permuted": True, "imbalance": RARE, "sampling": "oversampled"},
        {"shuffle": False, "augmentation": [{"kind": "shift"}], "normalization": "standardized"},
    ],
    ids=lambda fields: ",".join(fields),
)
def test_every_way_to_divide_the_images_goes_on_bit_by_bit(folders, fields):
    interrupted(a_job(**fields), folders)


@pytest.mark.long
@pytest.mark.parametrize(
    ("layer", "optimizer"), list(itertools.product(layers.kinds(), optimizers.kinds())), ids=str
)
def test_every_layer_with_every_optimizer_and_every_form(folders, layer, optimizer):
    turns = itertools.cycle(schedules.kinds())
    for job, schedule in zip(jobs_with(layer, optimizer={"kind": optimizer}), turns, strict=False):
        interrupted(job.model_copy(update={"schedule": schedules.kinds()[schedule]()}), folders)
