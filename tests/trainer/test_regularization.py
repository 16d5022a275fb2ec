"""What holds a training back: penalties, bounds, frozen layers. Compared with what autograd and torch do."""

import pytest
import torch

from tests.trainer.trainings import a_job, last_weights, said
from trainer import weights
from trainer.assembly import assemble
from trainer.losses import CrossEntropy
from trainer.network import Network
from trainer.optimizers.descent import SGD
from trainer.regularization import Restraints
from trainer.step import Step

NETWORK = Network.read(
    {
        "input": [1, 6, 6],
        "layers": [
            {"kind": "conv2d", "out_channels": 3, "kernel_size": 3},
            {"kind": "flatten"},
            {"kind": "linear", "out_features": 10},
        ],
    }
)
LR = 0.3


def a_batch():
    generator = torch.Generator().manual_seed(2)
    pictures = torch.rand(8, 6, 6, 1, generator=generator).permute(0, 3, 1, 2)
    return pictures, torch.randint(10, (8,), generator=generator)


def stepped(**restraints):
    """The parameters after three steps of ours."""
    step = Step(weights.initial(assemble(NETWORK), 5), SGD(lr=LR), CrossEntropy(), Restraints(**restraints))
    for _ in range(3):
        step(*a_batch(), LR)
    return [parameter.detach().clone() for parameter in step.assembly.module.parameters()]


def by_hand(penalty=lambda module: 0.0, clip=lambda parameters: None, bound=lambda parameters: None):
    """The same with autograd and torch.optim."""
    module = weights.initial(assemble(NETWORK), 5).module
    optimizer = torch.optim.SGD(module.parameters(), lr=LR)
    pictures, labels = a_batch()
    for _ in range(3):
        optimizer.zero_grad()
        (torch.nn.functional.cross_entropy(module(pictures), labels) + penalty(module)).backward()
        clip(list(module.parameters()))
        optimizer.step()
        with torch.no_grad():
            bound(list(module.parameters()))
    return [parameter.detach() for parameter in module.parameters()]


def sums(module, number):
    return sum(number(parameter) for parameter in module.parameters() if parameter.ndim >= 2)


def shorten_rows(parameters):
    for parameter in parameters:
        if parameter.ndim >= 2:
            rows = parameter.flatten(1)
            parameter.mul_((0.4 / rows.norm(dim=1)).clamp(max=1).view(-1, *[1] * (parameter.ndim - 1)))


CASES = {
    "l2": ({"l2": 0.03}, {"penalty": lambda module: 0.03 * sums(module, lambda one: (one**2).sum())}),
    "l1": ({"l1": 0.02}, {"penalty": lambda module: 0.02 * sums(module, lambda one: one.abs().sum())}),
    "norm": (
        {"clip_norm": 0.21},
        {"clip": lambda parameters: torch.nn.utils.clip_grad_norm_(parameters, 0.21)},
    ),
    "value": (
        {"clip_value": 0.013},
        {"clip": lambda parameters: torch.nn.utils.clip_grad_value_(parameters, 0.013)},
    ),
    "max norm": ({"max_norm": 0.4}, {"bound": shorten_rows}),
}


@pytest.mark.parametrize("name", CASES)
def test_it_does_what_autograd_and_torch_do(name):
    restraints, same = CASES[name]
    found, free = stepped(**restraints), stepped()
    for ours, theirs in zip(found, by_hand(**same), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    assert not all(map(torch.equal, found, free)), "it changed nothing"


@pytest.mark.parametrize("field", ["l1", "l2"])
def test_a_stronger_penalty_leaves_smaller_weights(folders, field):
    lengths = []
    for strength in (0.0, 1e-3, 1e-1):
        left = weights.unpack(last_weights(said(a_job(epochs=4, **{field: strength}), folders)))[0]
        lengths.append(float(left["linear1.weight"].norm()))
    assert lengths == sorted(lengths, reverse=True) and lengths[2] < 0.8 * lengths[0]


def a_frozen_network(**frozen):
    return {
        "layers": [
            {"kind": "conv2d", "out_channels": 3, "kernel_size": 5, "stride": 2, **frozen},
            {"kind": "batch_norm", **frozen},
            {"kind": "relu"},
            {"kind": "flatten"},
            {"kind": "linear", "out_features": 10},
        ]
    }


FREEZERS = [
    {"optimizer": {"kind": "adamw", "lr": 0.01, "weight_decay": 0.5}},
    {"optimizer": {"kind": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}},
    {"optimizer": {"kind": "muon"}},
    {"optimizer": {"kind": "lbfgs", "lr": 0.01}},
    {"l1": 0.1, "l2": 0.1, "max_norm": 0.01, "clip_norm": 0.5},
]


@pytest.mark.parametrize("fields", FREEZERS, ids=str)
def test_a_frozen_layer_keeps_every_byte(folders, fields):
    job = a_job(network=a_frozen_network(frozen=True), **fields)
    begin = weights.initial(assemble(job.network), job.seed).module.state_dict()
    left = weights.unpack(last_weights(said(job, folders)))[0]
    for name, tensor in left.items():
        kept = name.startswith(("conv1.", "norm1.", "batch_norm1."))
        assert torch.equal(tensor, begin[name]) == kept, name


def test_a_frozen_layer_thaws_after_its_epochs(folders):
    network = a_frozen_network(frozen=True, frozen_epochs=2)
    begin = weights.initial(assemble(Network.read(network)), 42).module.state_dict()
    for epochs in (2, 3):
        left = weights.unpack(last_weights(said(a_job(network=network, epochs=epochs), folders)))[0]
        moved = [name for name in left if name.startswith("conv1.") and not left[name].equal(begin[name])]
        assert bool(moved) == (epochs == 3)


def test_what_thaws_begins_as_if_its_first_step_were_the_first(folders):
    """As in torch.optim: what had no gradients counted no steps, and Adam's first one is as long as lr."""
    network = a_frozen_network(frozen=True, frozen_epochs=1)
    frozen, thawed = (
        weights.unpack(last_weights(said(a_job(network=network, epochs=epochs, batch_size=170), folders)))[0]
        for epochs in (1, 2)
    )
    moved = (thawed["conv1.weight"] - frozen["conv1.weight"]).abs()
    assert torch.allclose(moved[moved > 0], torch.tensor(0.01), rtol=1e-2)
