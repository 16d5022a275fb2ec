"""Optimizers on flat tensors: the same numbers as torch.optim gives parameter by parameter."""

import pytest
import torch

from trainer import optimizers
from trainer.entry import read_entry
from trainer.problems import Problem

PARITY = [
    ({"kind": "sgd", "lr": 0.07}, torch.optim.SGD, {}),
    ({"kind": "sgd", "lr": 0.07, "momentum": 0.8, "weight_decay": 0.03}, torch.optim.SGD, {}),
    ({"kind": "sgd", "lr": 0.07, "momentum": 0.8, "nesterov": True}, torch.optim.SGD, {}),
    ({"kind": "adam", "lr": 0.013, "weight_decay": 0.02}, torch.optim.Adam, {"betas": (0.8, 0.97)}),
    ({"kind": "adamw", "lr": 0.013, "weight_decay": 0.2}, torch.optim.AdamW, {"betas": (0.8, 0.97)}),
    ({"kind": "rmsprop", "lr": 0.013, "alpha": 0.9, "eps": 1e-6}, torch.optim.RMSprop, {}),
    ({"kind": "rmsprop", "lr": 0.013, "momentum": 0.6, "weight_decay": 0.02}, torch.optim.RMSprop, {}),
]


@pytest.mark.parametrize(("given", "reference", "more"), PARITY, ids=str)
def test_five_steps_equal_torch(given, reference, more):
    betas = {"beta1": more["betas"][0], "beta2": more["betas"][1]} if more else {}
    optimizer = read_entry(optimizers.kinds(), "optimizer", given | betas)
    torch.manual_seed(3)
    ours, gradients = torch.randn(37), torch.randn(5, 37)
    theirs = torch.nn.Parameter(ours.clone())
    torch_optimizer = reference([theirs], **{k: v for k, v in given.items() if k != "kind"}, **more)
    state = optimizer.start(ours)
    for gradient in gradients:
        theirs.grad = gradient.clone()
        torch_optimizer.step()
        optimizer.update(ours, gradient.clone(), state, optimizer.lr)
        torch.testing.assert_close(ours, theirs.data, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", optimizers.kinds())
def test_it_goes_downhill(kind):
    optimizer = read_entry(optimizers.kinds(), "optimizer", {"kind": kind, "lr": 0.1})
    x = torch.tensor([3.0, -4.0])
    state = optimizer.start(x)
    for _ in range(60):
        optimizer.update(x, 2 * x, state, optimizer.lr)
    assert x.norm() < 2.5


@pytest.mark.parametrize("kind", optimizers.kinds())
def test_a_rate_changed_on_the_way_holds(kind):
    optimizer = read_entry(optimizers.kinds(), "optimizer", {"kind": kind})
    x, before = torch.ones(3), torch.ones(3)
    optimizer.update(x, torch.ones(3), optimizer.start(x), 0.0)
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"kind": "adam", "lr": 0}, ("lr",)),
        ({"kind": "adam", "lr": "fast"}, ("lr",)),
        ({"kind": "adam", "lr": float("nan")}, ("lr",)),
        ({"kind": "adam", "momentum": 0.9}, ("momentum",)),
        ({"kind": "sgd", "nesterov": True}, ("momentum",)),
        ({"kind": "gradient descent"}, ("kind",)),
    ],
)
def test_a_mistake_is_told_at_its_place(given, where):
    with pytest.raises(Problem) as caught:
        read_entry(optimizers.kinds(), "optimizer", given)
    assert caught.value.where == where
