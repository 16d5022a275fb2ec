"""Jobs and checkpoints of earlier releases: they read, and go on where they fit."""

import json
from pathlib import Path

import pytest
import torch

from tests.trainer.trainings import Clock, a_job, last_weights, said
from trainer import checkpoint, weights
from trainer.evaluation import evaluate
from trainer.events import Finished, Resumed
from trainer.job import Job
from trainer.problems import Problem
from trainer.training import Checkpoint, train

RUNS = Path(__file__).parent.parent / "fixtures/home-0.1.0/media/runs"
CHECKPOINTS = [max(run.glob("checkpoint-*")) for run in sorted(RUNS.iterdir())]
IN_0_1_0 = {  # what a convolution, a linear layer and a job had in 0.1.0
    "conv2d": {"kind", "name", "out_channels", "kernel_size", "stride", "padding", "bias"},
    "linear": {"kind", "name", "out_features", "bias"},
    "job": {
        *("format", "network", "dataset", "validation", "batch_size", "epochs", "optimizer", "loss"),
        *("seed", "threads", "test", "device"),
    },
}


def facts(blob: bytes) -> dict:
    header = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])
    return json.loads(header["__metadata__"]["checkpoint"])


def as_in_0_1_0(job: Job) -> dict:
    """The job's JSON as that release wrote it: without the fields that it did not know."""
    old = {name: value for name, value in job.describe().items() if name in IN_0_1_0["job"]}
    old["network"]["layers"] = [
        {name: value for name, value in layer.items() if name in IN_0_1_0.get(layer["kind"], layer)}
        for layer in old["network"]["layers"]
    ]
    return old


def rewritten(blob: bytes, job: dict) -> bytes:
    """A checkpoint whose job and place are told as 0.1.0 told them."""
    size = int.from_bytes(blob[:8], "little")
    place = {**facts(blob)["place"]}
    for name in ("history", "best_epoch"):
        place.pop(name)
    header = json.loads(blob[8 : 8 + size])
    header["__metadata__"]["checkpoint"] = json.dumps({"format": 1, "place": place, "job": job})
    told = json.dumps(header).encode()
    told += b" " * (-len(told) % 8)
    return len(told).to_bytes(8, "little") + told + blob[8 + size :]


@pytest.mark.parametrize("file", CHECKPOINTS, ids=lambda file: file.name[-3:])
def test_a_checkpoint_of_0_1_0_goes_on(folders, file):
    blob = file.read_bytes()
    kept = facts(blob)
    job = Job.read(kept["job"] | {"epochs": kept["place"]["epoch"] + 1, "test": "on_request"})
    going = train(job, folders=folders, resume=blob, clock=Clock(0.06))
    begun = next(going)
    assert begun == Resumed(step=kept["place"]["step"], anew=[])
    place, tensors, _ = checkpoint.unpack(blob, job.describe())
    later = [thing for thing in going if isinstance(thing, Checkpoint)][-1]
    after, learned, _ = checkpoint.unpack(later.blob, job.describe())
    assert after.step > place.step and learned["optimizer.updates"] == after.step
    assert not torch.equal(tensors["parameters"], learned["parameters"])


def test_the_weights_of_a_finished_run_of_0_1_0_answer(folders):
    finished = next(file.parent for file in CHECKPOINTS if facts(file.read_bytes())["job"]["epochs"] == 2)
    job = Job.read(facts(next(finished.glob("checkpoint-*")).read_bytes())["job"])
    tested = evaluate(job, (finished / "weights-000001.safetensors").read_bytes(), folders)
    assert tested.step == 58 and tested.accuracy > 0.12


def test_a_job_of_0_1_0_reads_as_what_it_meant():
    job = a_job()
    old = as_in_0_1_0(job)
    assert "dilation" not in json.dumps(old) and "schedule" not in old
    assert Job.read(old) == job


def test_a_checkpoint_does_not_go_on_with_images_that_are_divided_otherwise(folders):
    middle = next(thing for thing in said(a_job(), folders) if isinstance(thing, Checkpoint))
    for name, other in {"stratified": True, "label_noise": 0.1, "permuted": True, "shuffle": False}.items():
        with pytest.raises(Problem) as caught:
            said(a_job(**{name: other}), folders, resume=middle.blob)
        assert caught.value.where == (name,)
    said(a_job(augmentation=[{"kind": "noise"}]), folders, resume=middle.blob)  # this one may change


def test_a_checkpoint_of_0_1_0_with_a_convolution_ends_as_the_undisturbed_training(folders):
    job = a_job()
    things = said(job, folders)
    middle = next(thing for thing in things if isinstance(thing, Checkpoint) and thing.step % 10)
    old = rewritten(middle.blob, as_in_0_1_0(job))
    rest = said(job, folders, resume=old)
    assert rest[0] == Resumed(step=middle.step, anew=[])
    assert isinstance(rest[-1], Finished) and last_weights(rest) == last_weights(things)
    assert weights.unpack(last_weights(rest))[1]["step"] == "20"
