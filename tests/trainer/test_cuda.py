"""The same promises on a GPU. Run where PyTorch finds one: `pytest -m gpu tests/trainer`."""

import itertools

import pytest
import torch

from trainer import weights
from trainer.events import Finished
from trainer.job import Job
from trainer.training import Checkpoint, Snapshot, train

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="not run: no GPU that PyTorch can use"),
]

NETWORK = {
    "layers": [
        {"kind": "conv2d", "out_channels": 5},
        {"kind": "batch_norm"},
        {"kind": "relu"},
        {"kind": "max_pool2d"},
        {"kind": "flatten"},
        {"kind": "dropout", "p": 0.3},
        {"kind": "linear", "out_features": 10},
    ]
}


def a_job(**fields: object) -> Job:
    base = {
        "network": NETWORK,
        "dataset": {"kind": "stripes"},
        "batch_size": 17,
        "epochs": 8,
        "device": "cuda",
    }
    return Job.read(base | fields)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 0.06
        return self.now


def said(job, folders, **how):
    return list(train(job, folders=folders, clock=Clock(), **how))


def last_weights(things):
    [blob] = [thing.blob for thing in things if isinstance(thing, Snapshot) and thing.last]
    return blob


def test_auto_takes_the_gpu_and_learns(folders):
    things = said(a_job(device="auto"), folders)
    assert things[0].device.startswith("cuda")
    assert isinstance(things[-1], Finished) and things[-1].test_accuracy > 0.8


def test_the_untrained_network_is_the_same_as_on_a_cpu(folders):
    jobs = [
        a_job(device=device, optimizer={"kind": "sgd", "lr": 1e-30}, epochs=1) for device in ("cpu", "cuda")
    ]
    cpu, gpu = (weights.unpack(last_weights(said(job, folders)))[0] for job in jobs)
    assert torch.equal(cpu["conv1.weight"], gpu["conv1.weight"])


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
def test_going_on_gives_the_same_bits(folders, optimizer):
    job = a_job(optimizer={"kind": optimizer})
    whole = said(job, folders)
    middle = next(thing for thing in whole if isinstance(thing, Checkpoint) and thing.step % 11)
    assert last_weights(said(job, folders, resume=middle.blob)) == last_weights(whole)


def test_trainings_in_turn_are_as_if_each_were_alone(folders):
    jobs = [a_job(seed=seed) for seed in (1, 2)]
    alone = {last_weights(said(job, folders)) for job in jobs}
    turns = [train(job, folders=folders, clock=Clock()) for job in jobs]
    together = itertools.chain.from_iterable(itertools.zip_longest(*turns))
    assert {thing.blob for thing in together if isinstance(thing, Snapshot) and thing.last} == alone
