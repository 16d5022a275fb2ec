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
    ({"kind": "adagrad", "lr": 0.03, "lr_decay": 0.1, "weight_decay": 0.02}, torch.optim.Adagrad, {}),
    ({"kind": "adadelta", "lr": 0.7, "rho": 0.8, "weight_decay": 0.02}, torch.optim.Adadelta, {}),
    ({"kind": "nadam", "lr": 0.013, "momentum_decay": 0.02}, torch.optim.NAdam, {"betas": (0.8, 0.97)}),
    ({"kind": "nadam", "lr": 0.013, "weight_decay": 0.02}, torch.optim.NAdam, {}),
    ({"kind": "adamax", "lr": 0.013, "weight_decay": 0.02}, torch.optim.Adamax, {"betas": (0.8, 0.97)}),
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


@pytest.mark.parametrize("shape", [(9, 4), (4, 9)])
@pytest.mark.parametrize("nesterov", [True, False])
def test_muon_turns_a_matrix_as_torch_does(shape, nesterov):
    given = {"lr": 0.03, "momentum": 0.8, "nesterov": nesterov, "weight_decay": 0.1}
    optimizer = read_entry(optimizers.kinds(), "optimizer", given | {"kind": "muon"})
    torch.manual_seed(3)
    ours, gradients = torch.randn(shape), torch.randn(5, *shape)
    theirs = torch.nn.Parameter(ours.clone())
    reference = torch.optim.Muon([theirs], **given)
    state = optimizer.start(ours)
    for gradient in gradients:
        theirs.grad = gradient.clone()
        reference.step()
        optimizer.update(ours, gradient, state, optimizer.lr)
    torch.testing.assert_close(ours, theirs.data, rtol=1e-6, atol=1e-6)


def test_muon_gives_what_is_no_matrix_to_adamw():
    optimizer = read_entry(optimizers.kinds(), "optimizer", {"kind": "muon", "lr": 0.1, "others": 0.2})
    torch.manual_seed(3)
    ours, gradients = torch.randn(3, 2, 5, 5), torch.randn(5, 3, 2, 5, 5)
    theirs = torch.nn.Parameter(ours.clone())
    reference = torch.optim.AdamW([theirs], lr=0.02, betas=(0.9, 0.95), weight_decay=0.0)
    state = optimizer.start(ours)
    for gradient in gradients:
        theirs.grad = gradient.clone()
        reference.step()
        optimizer.update(ours, gradient, state, optimizer.lr)
    torch.testing.assert_close(ours, theirs.data, rtol=1e-6, atol=1e-6)


def test_lbfgs_takes_the_steps_of_torch_on_a_bent_valley():
    bend = torch.diag(torch.tensor([1.0, 7.0, 30.0, 0.4])) + 0.1
    ours = torch.tensor([3.0, -2.0, 1.0, 4.0])
    theirs = torch.nn.Parameter(ours.clone())
    optimizer = read_entry(optimizers.kinds(), "optimizer", {"kind": "lbfgs", "lr": 0.5, "history": 3})
    reference = torch.optim.LBFGS([theirs], lr=0.5, max_iter=1, history_size=3)
    state = optimizer.start(ours)

    def loss() -> torch.Tensor:
        theirs.grad = bend @ theirs.detach()
        return theirs.detach() @ bend @ theirs.detach() / 2

    for _ in range(12):
        reference.step(loss)
        optimizer.update(ours, bend @ ours, state, optimizer.lr)
        torch.testing.assert_close(ours, theirs.data, rtol=1e-4, atol=1e-5)
    assert ours @ bend @ ours < 1.0


@pytest.mark.parametrize("kind", optimizers.kinds())
def test_it_goes_downhill(kind):
    optimizer = read_entry(optimizers.kinds(), "optimizer", {"kind": kind, "lr": 0.1})
    x = torch.tensor([3.0, -4.0])
    state = optimizer.start(x)
    for _ in range(60):
        optimizer.update(x, 2 * x, state, optimizer.lr)
    assert x.norm() < 4.99


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
