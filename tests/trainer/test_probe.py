"""A look: what every layer makes of one digit, equal to what PyTorch computes by itself."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.trainer.test_frame import decode
from trainer.assembly import assemble
from trainer.frame import Answer, encode
from trainer.network import Network
from trainer.probe import Probe
from trainer.problems import Problem
from trainer.templates import template, templates
from trainer.weights import initial, load, pack, unpack

PICTURE = np.random.default_rng(3).integers(0, 256, (28, 28), dtype=np.uint8)


OF_PICTURES = [name for name, found in templates().items() if len(found.network.input) == 3]


@pytest.mark.parametrize("name", OF_PICTURES)
def test_every_layer_answers_as_a_direct_forward_does(name):
    network = template(name).network
    assembly = initial(assemble(network), seed=11)
    x = torch.from_numpy(PICTURE).float().div(255).reshape(1, 1, 28, 28)
    look = Probe(network, assembly.module.state_dict()).look(PICTURE)
    names = [name for name in look.outputs if not name.endswith(".maps")]
    assert names == ["input", *(layer.name for layer in network.layers)]
    given, above = {"input": x}, "input"
    with torch.no_grad():
        for layer in network.layers:
            read = [given[name] for name in layer.inputs or [above]]
            x = given[layer.name] = assembly.module.get_submodule(layer.name).eval()(*read)
            torch.testing.assert_close(look.outputs[layer.name], x[0])
            above = layer.name
    if x.dim() == 2:
        torch.testing.assert_close(torch.tensor(look.probabilities), torch.softmax(x, 1)[0])
    else:
        assert look.probabilities is None


def test_a_plane_is_looked_at_from_its_upper_left_corner():
    network = Network.read({"input": [2], "layers": [{"kind": "linear", "out_features": 3}]})
    assembly = initial(assemble(network), seed=4)
    look = Probe(network, assembly.module.state_dict()).look_at_plane(4, 6.0)
    assert look.outputs["linear1"].shape == (3, 4, 4)
    assert look.outputs["input"][:, 0, 0].tolist() == [-4.5, 4.5]
    assert look.outputs["input"][:, 3, 1].tolist() == [-1.5, -4.5]
    with torch.no_grad():
        direct = assembly.module(torch.tensor([[-1.5, -4.5]]))[0]
    torch.testing.assert_close(look.outputs["linear1"][:, 3, 1], direct)


def test_points_and_pictures_are_not_taken_for_each_other():
    of_points = Probe(Network.read({"input": [2], "layers": [{"kind": "linear"}]}))
    with pytest.raises(Problem, match="1×28×28"):
        of_points.look(PICTURE)
    with pytest.raises(Problem, match="no points"):
        Probe(template("small-cnn").network).look_at_plane(9, 6.0)


def test_softmax_is_never_taken_twice():
    network = Network.read(
        {"layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}, {"kind": "softmax"}]}
    )
    look = Probe(network, seed=5).look(PICTURE)
    assert look.probabilities == look.outputs["softmax1"].tolist()
    assert sum(look.probabilities) == pytest.approx(1)
    assert look.digit == look.probabilities.index(max(look.probabilities))


def test_looking_leaves_dropout_and_running_statistics_alone():
    layers = [{"kind": "conv2d"}, {"kind": "batch_norm"}, {"kind": "dropout", "p": 0.7}, {"kind": "flatten"}]
    network = Network.read({"layers": [*layers, {"kind": "linear", "out_features": 10}]})
    probe = Probe(network, seed=5)
    first, second = probe.look(PICTURE), probe.look(PICTURE)
    assert first.probabilities == second.probabilities
    assert torch.equal(first.outputs["dropout1"], first.outputs["norm1"])


def test_a_look_sees_a_sequence_and_where_attention_looks():
    layers = [
        {"kind": "patch_embedding", "embed_dim": 6},
        {"kind": "transformer_encoder_layer", "num_heads": 3},
    ]
    layers += [{"kind": "multihead_attention", "num_heads": 2}, {"kind": "mean"}]
    look = Probe(Network.read({"layers": [*layers, {"kind": "linear", "out_features": 10}]})).look(PICTURE)
    assert look.outputs["patches1"].shape == look.outputs["encoder1"].shape == (16, 6)
    assert look.outputs["encoder1.maps"].shape == (3, 16, 16)
    attention = look.outputs["attention1.maps"]
    assert attention.shape == (2, 16, 16)
    torch.testing.assert_close(attention.sum(2), torch.ones(2, 16))
    header, numbers = decode(encode([Answer("pad", look)]))
    shapes = {block["name"]: block["shape"] for block in header["probes"][0]["layers"]}
    assert shapes["patches1"] == [16, 6] and shapes["attention1.maps"] == [2, 16, 16]
    np.testing.assert_allclose(numbers["pad", "attention1.maps"].sum(), 2 * 16, rtol=0.01)


def test_layers_above_a_problem_are_looked_at():
    network = Network.read({"layers": [{"kind": "conv2d"}, {"kind": "relu"}, {"kind": "linear"}]})
    look = Probe(network).look(PICTURE)
    assert list(look.outputs) == ["input", "conv1", "relu1"]
    assert look.probabilities is None and look.digit is None


def test_weights_that_are_no_longer_numbers_give_no_answer():
    network = template("softmax-regression").network
    assembly = initial(assemble(network), seed=1)
    nn.init.constant_(assembly.module.get_submodule("linear1").weight, float("nan"))
    assert Probe(network, assembly.module.state_dict()).look(PICTURE).digit is None


def test_packed_weights_come_back_bit_by_bit_with_their_facts():
    assembly = initial(assemble(template("small-cnn").network), seed=9)
    weights, facts = unpack(pack(assembly.module, step=1240))
    again = load(assemble(template("small-cnn").network), weights).module.state_dict()
    assert facts["step"] == "1240"
    assert all(torch.equal(again[name], tensor) for name, tensor in assembly.module.state_dict().items())


@pytest.mark.parametrize("blob", [b"", b"nonsense", b"\xff" * 64, pack(nn.Linear(2, 2))[:-3]])
def test_what_is_no_weights_file_is_refused(blob):
    with pytest.raises(ValueError, match="no weights"):
        unpack(blob)


def test_weights_of_another_network_are_refused():
    weights = initial(assemble(template("sixteen").network), seed=1).module.state_dict()
    with pytest.raises(ValueError, match="another network"):
        Probe(template("small-cnn").network, weights)
