"""A network: what it accepts, what its walk finds out, and what a person is told when it does not fit."""

import pytest

from trainer.assembly import Limits, assemble
from trainer.checking import check, require
from trainer.network import Network
from trainer.problems import Problem


def network(*layers: dict, **fields: object) -> Network:
    return Network.read({"layers": list(layers), **fields})


FLAT, RELU = {"kind": "flatten"}, {"kind": "relu"}


def linear(out: int) -> dict:
    return {"kind": "linear", "out_features": out}


def conv(out: int, **fields: object) -> dict:
    return {"kind": "conv2d", "out_channels": out, **fields}


def test_layers_without_a_name_get_the_next_free_one():
    named = network(conv(3), {**conv(5), "name": "conv2"}, conv(7), RELU)
    assert [layer.name for layer in named.layers] == ["conv1", "conv2", "conv3", "relu1"]


def test_a_network_survives_json():
    given = network(conv(5, kernel_size=5, stride=2, padding=0, bias=False), RELU, FLAT, linear(10))
    assert Network.read(given.describe()) == given


def test_shapes_and_parameters_come_from_pytorch():
    stages = assemble(network(conv(5, kernel_size=5, stride=2, padding=0), FLAT, linear(7))).stages
    assert [stage.shape for stage in stages] == [(5, 12, 12), (720,), (7,)]
    assert [stage.parameters for stage in stages] == [5 * 25 + 5, 0, 720 * 7 + 7]


def test_flops_are_those_of_one_picture():
    stages = assemble(network(conv(5, padding=1), FLAT, linear(7))).stages
    assert [stage.flops for stage in stages] == [2 * 5 * 9 * 28 * 28, 0, 2 * 5 * 784 * 7]


def test_checking_an_enormous_network_allocates_nothing():
    big = Limits(parameters=10**12, activations=10**12, flops=10**15)
    checked = check(network(FLAT, linear(65_536), linear(65_536), linear(10)), big)
    assert checked["problem"] is None and checked["parameters"] > 4_000_000_000


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"layers": [conv(0)]}, ("layers", 0, "out_channels")),
        ({"layers": [RELU, {"kind": "nonsense"}]}, ("layers", 1, "kind")),
        ({"layers": [{**RELU, "slope": 3}]}, ("layers", 0, "slope")),
        ({"layers": [{**linear(3), "out_features": "many"}]}, ("layers", 0, "out_features")),
        ({"layers": [{"kind": "dropout", "p": 1}]}, ("layers", 0, "p")),
        ({"layers": [{"kind": "dropout", "p": float("nan")}]}, ("layers", 0, "p")),
        ({"layers": [{**RELU, "name": "forward"}]}, ("layers", 0, "name")),
        ({"layers": [{**RELU, "name": "a"}, {**RELU, "name": "a"}]}, ("layers", 0, "name")),
        ({"layers": [{**RELU, "name": "../weights"}]}, ("layers", 0, "name")),
        ({"layers": [7]}, ("layers", 0)),
        ({"input": [1, 0, 28]}, ("input",)),
        ({"format": 2}, ("format",)),
        (17, ()),
    ],
)
def test_a_mistake_is_told_at_its_place(given, where):
    with pytest.raises(Problem) as caught:
        Network.read(given)
    assert caught.value.where == where


def test_a_problem_names_both_layers_and_both_shapes():
    problem = check(network(conv(8), RELU, linear(10)))["problem"]
    assert problem["where"] == ["layers", 2]
    assert (
        "linear1" in problem["message"]
        and "relu1" in problem["message"]
        and "8 × 28 × 28" in problem["message"]
    )


@pytest.mark.parametrize(
    ("layers", "label"),
    [
        ([conv(8), linear(10)], "Insert flatten before linear1"),
        ([FLAT, linear(12)], "Set linear1 to 10 numbers"),
        ([FLAT, linear(12), RELU], "Set linear1 to 10 numbers"),
        ([conv(8)], "Add flatten and linear with 10 numbers"),
        ([conv(8), FLAT, conv(8), RELU, linear(10)], "Move flatten1 below relu1"),
        ([conv(3, kernel_size=99), FLAT, linear(10)], "Set the kernel size of conv1 to 30"),
        ([{"kind": "max_pool2d", "padding": 2}, FLAT, linear(10)], "Set the padding of pool1 to 1"),
    ],
)
def test_a_mend_makes_the_network_whole(layers, label):
    mend = check(network(*layers))["problem"]["mend"]
    assert mend["label"] == label
    assert check(Network.read(mend["network"]))["problem"] is None


def test_stages_above_a_problem_are_still_told():
    checked = check(network(conv(8), RELU, linear(10)))
    assert [stage["name"] for stage in checked["stages"]] == ["conv1", "relu1"]


def test_every_edge_tells_what_fits_there():
    checked = check(network(conv(8), FLAT, linear(10)))
    assert "conv2d" in checked["fits"] and "linear" not in checked["fits"]
    assert "linear" in checked["stages"][1]["fits"] and "max_pool2d" not in checked["stages"][1]["fits"]


@pytest.mark.parametrize(
    "limits", [{"layers": 2}, {"parameters": 7_849}, {"activations": 1_577}, {"flops": 15_679}]
)
def test_a_network_above_a_limit_is_refused_with_the_numbers(limits):
    given = network(FLAT, linear(10), {"kind": "softmax"})
    require(given, Limits(layers=3, parameters=7_850, activations=784 + 784 + 20, flops=15_680))
    with pytest.raises(Problem, match=r"\d"):
        require(given, Limits(**limits))
