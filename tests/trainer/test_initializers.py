"""What weights start from: drawn from a seed alone, as a layer asks, or as PyTorch does."""

import pytest
import torch

from trainer.assembly import Assembly, assemble
from trainer.entry import describe
from trainer.initializers import kinds
from trainer.network import Network
from trainer.problems import Problem
from trainer.weights import initial

WIDE = {"kind": "linear", "out_features": 512}


def started(*layers: dict) -> Assembly:
    return initial(assemble(Network.read({"layers": [{"kind": "flatten"}, *layers]})), seed=7)


def weights(initializer: dict) -> tuple[torch.Tensor, torch.Tensor]:
    linear = started({**WIDE, "initializer": initializer}).module.get_submodule("linear1")
    return linear.weight, linear.bias


@pytest.mark.parametrize(
    ("initializer", "spread"),
    [
        ({"kind": "normal", "std": 0.05}, 0.05),
        ({"kind": "xavier"}, (2 / (784 + 512)) ** 0.5),
        ({"kind": "xavier", "spread": "normal", "gain": 2}, 2 * (2 / (784 + 512)) ** 0.5),
        ({"kind": "kaiming"}, (2 / 784) ** 0.5),
        ({"kind": "kaiming", "spread": "normal"}, (2 / 784) ** 0.5),
        ({"kind": "zeros"}, 0),
    ],
)
def test_weights_have_the_spread_that_was_asked_for(initializer, spread):
    weight, bias = weights(initializer)
    assert weight.std().item() == pytest.approx(spread, rel=0.02) and weight.mean().abs() < 0.002
    assert not bias.any()


def test_a_constant_is_the_same_number_everywhere():
    weight, _ = weights({"kind": "constant", "value": -0.3})
    assert (weight == -0.3).all()


def test_without_a_choice_weights_are_those_of_pytorch():
    torch.manual_seed(7)
    mine = [torch.nn.Linear(784, 512), torch.nn.Linear(512, 10)]
    state = started(WIDE, {"kind": "linear", "out_features": 10}).module.state_dict()
    assert torch.equal(state["linear1.weight"], mine[0].weight) and torch.equal(
        state["linear2.bias"], mine[1].bias
    )


@pytest.mark.parametrize("kind", kinds())
def test_an_initializer_explains_itself(kind):
    told = describe(kinds()[kind])
    assert 20 <= len(told["help"]) <= 140 and told["help"].endswith(".")
    assert all(field["help"] and not field["required"] for field in told["fields"])


def test_a_wrong_initializer_is_told_at_its_place():
    with pytest.raises(Problem) as caught:
        Network.read({"layers": [{**WIDE, "initializer": {"kind": "normal", "std": -1}}]})
    assert caught.value.where == ("layers", 0, "initializer", "std")


def test_a_layer_is_frozen_for_good_or_for_its_first_epochs():
    read = Network.read(
        {"layers": [WIDE, {**WIDE, "frozen": True}, {**WIDE, "frozen": True, "frozen_epochs": 2}]}
    )
    assert [[layer.frozen_in(epoch) for epoch in (1, 2, 3)] for layer in read.layers] == [
        [False] * 3,
        [True] * 3,
        [True, True, False],
    ]


def test_what_every_layer_has_comes_last_in_forms_and_is_written_only_where_it_was_chosen():
    read = Network.read({"layers": [WIDE, {**WIDE, "initializer": {"kind": "zeros"}}]})
    plain, chosen = read.describe()["layers"]
    assert set(plain) == {"kind", "name", "out_features", "bias"}
    assert chosen["initializer"] == {"kind": "zeros"}
    fields = describe(type(read.layers[0]))["fields"]
    assert [field["name"] for field in fields] == [
        "out_features",
        "bias",
        "frozen",
        "frozen_epochs",
        "initializer",
    ]
    assert [field["advanced"] for field in fields] == [False, False, True, True, True]
    assert fields[-1]["type"] == "entry" and fields[-1]["of"] == "initializers"
