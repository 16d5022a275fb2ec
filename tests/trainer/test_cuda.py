"""The same promises on a GPU. Run where PyTorch finds one: `pytest -m gpu tests/trainer`."""

import itertools

import pytest
import torch

from tests.trainer.trainings import Clock, a_job, last_weights, said
from trainer import traced, weights
from trainer.assembly import assemble
from trainer.events import Finished
from trainer.losses import CrossEntropy
from trainer.network import Network
from trainer.optimizers.moments import Adam
from trainer.step import Step
from trainer.training import Checkpoint, Snapshot, train

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="not run: no GPU that PyTorch can use"),
]


def on_gpu(**fields):
    """A job long enough for several checkpoints."""
    return a_job(**{"device": "cuda", "epochs": 8} | fields)


def test_auto_takes_the_gpu_and_learns(folders):
    things = said(on_gpu(device="auto"), folders)
    assert things[0].device.startswith("cuda")
    assert isinstance(things[-1], Finished) and things[-1].test_accuracy > 0.8


def test_the_untrained_network_is_the_same_as_on_a_cpu(folders):
    jobs = [
        on_gpu(device=device, optimizer={"kind": "sgd", "lr": 1e-30}, epochs=1) for device in ("cpu", "cuda")
    ]
    cpu, gpu = (weights.unpack(last_weights(said(job, folders)))[0] for job in jobs)
    assert torch.equal(cpu["conv1.weight"], gpu["conv1.weight"])


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
def test_going_on_gives_the_same_bits(folders, optimizer):
    job = on_gpu(optimizer={"kind": optimizer})
    whole = said(job, folders)
    middle = next(thing for thing in whole if isinstance(thing, Checkpoint) and thing.step % 11)
    assert last_weights(said(job, folders, resume=middle.blob)) == last_weights(whole)


def test_trainings_in_turn_are_as_if_each_were_alone(folders):
    jobs = [on_gpu(seed=seed) for seed in (1, 2)]
    alone = {last_weights(said(job, folders)) for job in jobs}
    turns = [train(job, folders=folders, clock=Clock(0.06)) for job in jobs]
    together = itertools.chain.from_iterable(itertools.zip_longest(*turns))
    assert {thing.blob for thing in together if isinstance(thing, Snapshot) and thing.last} == alone


@pytest.mark.parametrize("batch_size", [16, 33])
def test_a_captured_pass_gives_the_bits_of_the_eager_one(caplog, batch_size):
    caplog.set_level("INFO", "trainer.traced")
    traced.warm()
    layers = [
        {"kind": "conv2d", "out_channels": 7},
        {"kind": "batch_norm2d"},
        {"kind": "relu"},
        {"kind": "max_pool2d"},
        {"kind": "dropout", "p": 0.3},
        {"kind": "flatten"},
        {"kind": "linear", "out_features": 10},
    ]
    learned = []
    for trace in (False, True):
        assembly = weights.initial(assemble(Network(layers=layers)), seed=5)
        assembly.to(torch.device("cuda"))
        step = Step(assembly, Adam(), CrossEntropy(), trace=trace)
        torch.manual_seed(3)
        for _ in range(40):
            images = torch.rand(batch_size, 1, 28, 28, device="cuda")
            step(images, torch.randint(10, (batch_size,), device="cuda"), 1e-3)
        learned.append(step.parameters.cpu())
    assert torch.equal(*learned)
    assert not caplog.records, "the pass was not captured"
