"""Contract of every layer in the catalogue, with odd values: a new layer is tested by existing."""

import json
import math

import pytest
import torch

from trainer.assembly import Assembly, assemble
from trainer.entry import describe
from trainer.layers import Layer, kinds
from trainer.network import Network
from trainer.weights import initial

SHAPES = [(3, 11, 13), (21,), (7, 12)]


def odd(cls: type[Layer]) -> Layer:
    """The layer with none of its defaults, where its fields leave a choice."""
    values = {}
    for field in describe(cls)["fields"]:
        low = field["minimum"] if field["minimum"] is not None else (field["exclusive_minimum"] or 0)
        match field["type"]:
            case "boolean":
                values[field["name"]] = not field["default"]
            case "integer":
                values[field["name"]] = 3 if field["default"] != 3 else max(2, low)
            case "number":
                values[field["name"]] = 0.37
            case "choice":
                values[field["name"]] = field["choices"][-1]
    return cls(**({**values, "padding": 1} if "padding" in values else values))


def assembled(layer: Layer, shape: tuple[int, ...]) -> Assembly:
    """The layer behind what brings a picture to `shape`; one that joins reads this and its ReLU."""
    before = [{"kind": "conv2d", "out_channels": shape[0], "padding": 1}]
    if len(shape) < 3:
        sides = ", ".join(map(str, shape))
        before = [
            {"kind": "flatten"},
            {"kind": "linear", "out_features": math.prod(shape)},
            {"kind": "reshape", "shape": sides},
        ]
    before.append({"kind": "relu"})
    if layer.joins:
        layer = layer.model_copy(update={"inputs": ("relu1", "conv1" if len(shape) == 3 else "reshape1")})
    sides = shape[1:] if len(shape) == 3 else (3, 5)
    return assemble(Network.read({"input": [1, *sides], "layers": [*before, layer]}))


CASES = [
    (kind, make, shape)
    for kind, cls in kinds().items()
    for make in (lambda cls: cls(), odd)
    for shape in SHAPES
    if cls().refusal(shape) is None
]


@pytest.mark.parametrize(("kind", "make", "shape"), CASES)
def test_the_shape_promised_on_meta_is_the_shape_that_comes(kind, make, shape):
    assembly = initial(assembled(make(kinds()[kind]), shape), seed=3)
    x = torch.randn(5, *assembly.network.input)
    for stage, output in assembly.walk(x):
        assert output.shape == (5, *stage.shape)
        assert sum(p.numel() for p in stage.module.parameters()) == stage.parameters


@pytest.mark.parametrize(("kind", "make", "shape"), CASES)
def test_gradients_flow_through(kind, make, shape):
    assembly = initial(assembled(make(kinds()[kind]), shape), seed=3)
    x = torch.randn(5, *assembly.network.input, requires_grad=True)
    weight = torch.randn(5, *assembly.shape)
    (assembly.module(x) * weight).sum().backward()
    assert x.grad is not None and torch.isfinite(x.grad).all() and x.grad.abs().sum() > 0


@pytest.mark.parametrize("kind", kinds())
def test_a_layer_survives_json(kind):
    layer = odd(kinds()[kind])
    [again] = Network.read({"layers": [json.loads(layer.model_dump_json())]}).layers
    assert again.model_copy(update={"name": ""}) == layer


@pytest.mark.parametrize("kind", kinds())
def test_a_layer_explains_itself(kind):
    told = describe(kinds()[kind])
    assert 20 <= len(told["help"]) <= 140 and told["help"].endswith(".") and told["family"]
    assert all(field["help"] and not field["required"] for field in told["fields"])


@pytest.mark.parametrize(("kind", "make", "shape"), CASES)
def test_two_in_a_row_differ_by_name_only(kind, make, shape):
    layer = make(kinds()[kind])
    named = Network(layers=(layer, layer)).layers
    assert named[0].name != named[1].name and named[0].model_copy(update={"name": named[1].name}) == named[1]


def test_a_first_layer_draws_nothing_from_the_global_state():
    network = Network.read({"layers": [{"kind": "flatten"}, {"kind": "linear"}]})
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = initial(assemble(network), seed=7).module.state_dict()
    assert torch.equal(torch.rand(3), expected)
    two = initial(assemble(network), seed=7).module.state_dict()
    other = initial(assemble(network), seed=8).module.state_dict()
    assert torch.equal(one["linear1.weight"], two["linear1.weight"])
    assert not torch.equal(one["linear1.weight"], other["linear1.weight"])
