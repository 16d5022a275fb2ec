"""Networks whose layers name what they read: skips, branches, and what is said where that goes wrong."""

import pytest
import torch
from torch import nn

from trainer.assembly import assemble
from trainer.checking import check
from trainer.network import Network
from trainer.probe import Probe
from trainer.weights import initial


def network(*layers: dict) -> Network:
    return Network.read({"layers": list(layers)})


def conv(name: str, out: int = 5, **fields: object) -> dict:
    return {"kind": "conv2d", "name": name, "out_channels": out, **fields}


def relu(name: str, *inputs: str) -> dict:
    return {"kind": "relu", "name": name, "inputs": list(inputs)}


ANSWER = [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]


def test_a_layer_reads_the_one_that_it_names():
    assembly = initial(assemble(network(conv("a", 1), relu("b"), relu("c", "a"))), seed=3)
    x = torch.randn(5, 1, 28, 28)
    a = assembly.module.get_submodule("a")(x)
    assert torch.equal(assembly.module(x), torch.relu(a))
    assert [stage.name for stage, _ in assembly.walk(x)] == ["a", "b", "c"]


def test_a_chain_is_a_plain_sequential_however_it_is_written():
    plain = assemble(network(conv("a"), relu("b")))
    spelled = assemble(network(conv("a", inputs=["input"]), relu("b", "a")))
    assert type(plain.module) is type(spelled.module) is nn.Sequential


def test_names_of_weights_are_those_of_a_chain():
    keys = list(assemble(network(conv("a"), relu("b"), conv("c", inputs=["a"]))).module.state_dict())
    assert keys == ["a.weight", "a.bias", "c.weight", "c.bias"]


def test_inputs_survive_json_and_a_network_without_them_says_nothing_of_them():
    given = network(conv("a"), relu("b", "input"))
    assert Network.read(given.describe()) == given
    told = given.describe()["layers"]
    assert "inputs" not in told[0] and told[1]["inputs"] == ["input"]


def test_a_softmax_that_reads_further_above_gives_the_loss_what_it_reads():
    given = network(
        {"kind": "flatten"},
        {"kind": "linear", "name": "a", "out_features": 10},
        relu("b"),
        {"kind": "softmax", "inputs": ["a"]},
    )
    assembly = initial(assemble(given), seed=3)
    x = torch.randn(5, 1, 28, 28)
    assert torch.equal(assembly.logits(x).softmax(1), assembly.module(x))


def test_a_probe_sees_every_layer_of_a_graph():
    look = Probe(network(conv("a"), relu("b"), relu("c", "a"), *ANSWER)).look(
        torch.zeros(28, 28, dtype=torch.uint8).numpy()
    )
    assert list(look.outputs) == ["input", "a", "b", "c", "flatten1", "linear1"]
    assert torch.equal(look.outputs["b"], look.outputs["c"]) and look.digit is not None


def join(kind: str, *inputs: str) -> dict:
    return {"kind": kind, "name": "join", "inputs": list(inputs)}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("add", lambda a, b: a + b),
        ("multiply", lambda a, b: a * b),
        ("concat", lambda a, b: torch.cat([a, b], 1)),
    ],
)
def test_layers_are_joined_number_by_number(kind, expected):
    assembly = initial(assemble(network(conv("a"), relu("b"), conv("c"), join(kind, "c", "b"))), seed=3)
    x = torch.randn(3, 1, 28, 28)
    b = assembly.module.get_submodule("a")(x).relu()
    torch.testing.assert_close(assembly.module(x), expected(assembly.module.get_submodule("c")(b), b))


def test_gradients_take_both_ways_of_a_skip():
    assembly = initial(assemble(network(conv("a"), conv("b"), join("add", "b", "a"))), seed=3)
    with torch.no_grad():
        assembly.module.get_submodule("b").weight.zero_()
    assembly.module(torch.randn(3, 1, 28, 28)).sum().backward()
    assert assembly.module.get_submodule("a").weight.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("layers", "where", "label"),
    [
        ([conv("a"), conv("b"), join("add")], ["layers", 2, "inputs"], "Let join also read a"),
        ([conv("a"), conv("b", 7), conv("c"), join("add")], ["layers", 3, "inputs"], "Let join also read a"),
        ([conv("a"), conv("b", 7), join("add", "b", "a")], ["layers", 2], "Set the out channels of b to 5"),
        (
            [conv("a"), relu("b"), conv("c", 9, stride=2), join("concat", "c", "b")],
            ["layers", 3],
            "Set the stride of c to 1",
        ),
        (
            [conv("a"), {"kind": "flatten"}, join("concat", "flatten1", "a")],
            ["layers", 2],
            "Insert flatten between a and join",
        ),
    ],
)
def test_what_cannot_be_joined_is_told_with_both_shapes_and_mended(layers, where, label):
    problem = check(network(*layers, *ANSWER))["problem"]
    assert problem["where"] == where
    assert problem["mend"]["label"] == label
    assert check(Network.read(problem["mend"]["network"]))["problem"] is None


def test_both_layers_and_both_shapes_are_named():
    problem = check(network(conv("a"), conv("b", 7), join("add", "b", "a")))["problem"]
    assert all(part in problem["message"] for part in ("a gives", "5 × 28 × 28", "b gives", "7 × 28 × 28"))


@pytest.mark.parametrize(
    ("layers", "where", "said"),
    [
        ([conv("a"), relu("b", "nowhere")], ["layers", 1, "inputs", 0], "no such layer"),
        ([conv("a"), relu("b", "c"), relu("c")], ["layers", 1, "inputs", 0], "below"),
        ([conv("a"), relu("b", "b")], ["layers", 1, "inputs", 0], "itself"),
        ([conv("a"), relu("b", "a", "input")], ["layers", 1, "inputs", 1], "reads one layer"),
        ([conv("a"), relu("b", "input")], ["layers", 0], "leads nowhere"),
    ],
)
def test_a_wrong_name_is_told_at_its_place_with_a_mend(layers, where, said):
    problem = check(network(*layers, *ANSWER))["problem"]
    assert problem["where"] == where and said in problem["message"]
    assert check(Network.read(problem["mend"]["network"]))["problem"] is None
