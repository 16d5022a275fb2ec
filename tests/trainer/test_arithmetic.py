"""What single kinds of layers compute: numbers from textbooks, and PyTorch's own modules beside ours."""

import pytest
import torch
from torch import nn

from trainer.assembly import Assembly, assemble
from trainer.checking import check
from trainer.layers import kinds
from trainer.network import Network
from trainer.problems import Problem
from trainer.weights import initial

ROWS = {"kind": "rows"}
POINTS = torch.tensor([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0])
CURVES = {  # their values at POINTS
    "identity": [-2, -1, 0, 0.5, 1, 2],
    "binary_step": [0, 0, 1, 1, 1, 1],
    "sigmoid": [0.1192, 0.2689, 0.5, 0.6225, 0.7311, 0.8808],
    "tanh": [-0.9640, -0.7616, 0, 0.4621, 0.7616, 0.9640],
    "arctan": [-1.1071, -0.7854, 0, 0.4636, 0.7854, 1.1071],
    "softsign": [-0.6667, -0.5, 0, 0.3333, 0.5, 0.6667],
    "relu": [0, 0, 0, 0.5, 1, 2],
    "softplus": [0.1269, 0.3133, 0.6931, 0.9741, 1.3133, 2.1269],
    "hardtanh": [-1, -1, 0, 0.5, 1, 1],
    "silu": [-0.2384, -0.2689, 0, 0.3112, 0.7311, 1.7616],
    "gelu": [-0.0455, -0.1587, 0, 0.3457, 0.8413, 1.9545],
    "elu": [-0.8647, -0.6321, 0, 0.5, 1, 2],
}


def started(*layers: dict, input: tuple[int, int, int] = (1, 28, 28)) -> Assembly:
    return initial(assemble(Network.read({"input": input, "layers": list(layers)})), seed=7)


@pytest.mark.parametrize(("kind", "values"), CURVES.items())
def test_an_activation_bends_as_its_curve_says(kind, values):
    found = kinds()[kind]().build((6,))(POINTS[None])[0]
    torch.testing.assert_close(found, torch.tensor(values, dtype=torch.float32), atol=5e-5, rtol=0)


def test_large_numbers_saturate_where_a_curve_has_an_end():
    ends = {"relu": 1000, "tanh": 1, "arctan": 1.5698, "sigmoid": 1}
    for kind, end in ends.items():
        assert kinds()[kind]().build((1,))(torch.tensor([[1000.0]])).item() == pytest.approx(end, abs=5e-5)


def test_a_binary_step_lets_the_gradient_straight_through():
    x = torch.tensor([[-0.001, 0.0, 0.001]], requires_grad=True)
    fired = kinds()["binary_step"]().build((3,))(x)
    (fired * torch.tensor([2.0, 3.0, 5.0])).sum().backward()
    assert fired.tolist() == [[0, 1, 1]] and x.grad.tolist() == [[2, 3, 5]]


def test_rows_are_read_from_the_top():
    x = torch.rand(2, 3, 5, 7)
    rows = kinds()["rows"]().build((3, 5, 7))(x)
    assert rows.shape == (2, 5, 21)
    assert torch.equal(rows[1, 4, 7:14], x[1, 1, 4])


@pytest.mark.parametrize(("kind", "parameters"), [("lstm", 53_600), ("gru", 40_200), ("rnn", 13_400)])
def test_memories_have_the_weights_that_they_are_known_for(kind, parameters):
    [_, memory] = started(ROWS, {"kind": kind, "hidden_size": 100}, input=(1, 28, 32)).stages
    assert memory.parameters == parameters and memory.shape == (100,)


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_the_last_state_has_seen_the_sequence_from_both_ends(kind):
    assembly = started(ROWS, {"kind": kind, "hidden_size": 5, "num_layers": 2, "bidirectional": True})
    own = assembly.module[1]
    plain = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind](
        28, 5, 2, batch_first=True, bidirectional=True
    )
    plain.load_state_dict(own.state_dict())
    x = torch.rand(3, 1, 28, 28)
    last = plain(x[:, 0])[1]
    last = last[0] if kind == "lstm" else last
    torch.testing.assert_close(assembly.module(x), torch.cat([last[-2], last[-1]], 1))
    own.gives = "all"
    torch.testing.assert_close(assembly.module(x), plain(x[:, 0])[0])


def test_a_convolution_along_steps_is_that_of_pytorch():
    assembly = started(ROWS, {"kind": "conv1d", "out_channels": 6, "dilation": 2, "groups": 2})
    plain = nn.Conv1d(28, 6, 3, padding=1, dilation=2, groups=2)
    plain.load_state_dict(assembly.module[1].state_dict())
    x = torch.rand(3, 1, 28, 28)
    torch.testing.assert_close(assembly.module(x), plain(x[:, 0].transpose(1, 2)).transpose(1, 2))


def test_a_depthwise_filter_looks_at_one_picture():
    deep = {"kind": "conv2d", "out_channels": 6, "groups": 6}
    first, second = started({"kind": "conv2d", "out_channels": 6}, deep).stages
    assert (first.parameters, second.parameters) == (6 * 9 + 6, 6 * 9 + 6)


def test_attention_starts_as_pytorch_starts_it():
    torch.manual_seed(7)
    plain = nn.MultiheadAttention(28, 4, batch_first=True)
    assembly = started(ROWS, {"kind": "multihead_attention"})
    own = assembly.module[1]
    assert all(torch.equal(value, own.state_dict()[name]) for name, value in plain.state_dict().items())
    x = torch.rand(3, 1, 28, 28)
    torch.testing.assert_close(assembly.module(x), plain(x[:, 0], x[:, 0], x[:, 0])[0])


def test_a_block_whose_change_is_nothing_passes_its_input_on():
    assembly = started({"kind": "residual_block", "out_channels": 1}, input=(1, 9, 9))
    nn.init.zeros_(assembly.module[0].norm2.weight)
    x = torch.rand(4, 1, 9, 9)
    assert torch.equal(assembly.module(x), x)


def test_a_level_has_its_vector_and_between_two_they_are_mixed():
    embedding = started(
        {"kind": "flatten"}, {"kind": "embedding", "num_embeddings": 5, "embedding_dim": 3}
    ).module[1]
    found = embedding(torch.tensor([[0.0, 0.25, 1.0, 0.875, 7.0]]))[0]
    weight = embedding.weight
    expected = torch.stack([weight[0], weight[1], weight[4], (weight[3] + weight[4]) / 2, weight[4]])
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(
    ("layer", "field"),
    [
        ({"kind": "reshape", "shape": "4, x"}, "shape"),
        ({"kind": "reshape", "shape": "4, 0"}, "shape"),
        ({"kind": "reshape", "shape": "-1, -1"}, "shape"),
        ({"kind": "reshape", "shape": "1, 2, 3, 4"}, "shape"),
        ({"kind": "permute", "dims": "1, 1"}, "dims"),
        ({"kind": "permute", "dims": "0, 1, 2"}, "dims"),
    ],
)
def test_what_is_no_shape_is_told_at_its_field(layer, field):
    with pytest.raises(Problem) as caught:
        Network.read({"layers": [layer]})
    assert caught.value.where == ("layers", 0, field)


@pytest.mark.parametrize(
    ("layers", "field", "label"),
    [
        (
            [{"kind": "conv2d", "out_channels": 6}, {"kind": "conv2d", "groups": 4}],
            "groups",
            "Set the groups of conv2 to 2",
        ),
        ([{"kind": "conv2d", "out_channels": 9}, {"kind": "group_norm", "num_groups": 4}], "num_groups", "3"),
        (
            [ROWS, {"kind": "multihead_attention", "num_heads": 9}],
            "num_heads",
            "Set the num heads of attention1 to 7",
        ),
    ],
)
def test_numbers_that_cannot_be_divided_are_told_at_their_field(layers, field, label):
    answer = [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]
    problem = check(Network.read({"layers": [*layers, *answer]}))["problem"]
    assert problem["where"] == ["layers", 1, field]
    assert problem["mend"]["label"].endswith(label)
    assert check(Network.read(problem["mend"]["network"]))["problem"] is None


@pytest.mark.parametrize(
    ("layers", "label"),
    [
        ([{"kind": "lstm"}, {"kind": "linear"}], "Insert rows before lstm1"),
        (
            [{"kind": "transformer_encoder_layer"}, {"kind": "mean"}, {"kind": "linear"}],
            "Insert rows before encoder1",
        ),
        ([ROWS, {"kind": "lstm", "gives": "all"}, {"kind": "linear"}], None),
    ],
)
def test_pictures_become_sequences_and_sequences_answers_by_a_click(layers, label):
    layers = [*layers[:-1], {**layers[-1], "out_features": 10}]
    mend = check(Network.read({"layers": layers}))["problem"]["mend"]
    assert label in (None, mend["label"])
    assert check(Network.read(mend["network"]))["problem"] is None


@pytest.mark.parametrize("layer", [{"kind": "gru"}, {"kind": "multihead_attention", "num_heads": 1}])
def test_sequences_that_no_memory_holds_are_refused_with_numbers(layer):
    layers = [{"kind": "reshape", "shape": "-1, 1"}, layer]
    problem = check(Network.read({"input": [1, 1024, 1024], "layers": layers}), aim=None)["problem"]
    assert "1,048,576" in problem["message"] and problem["where"] == ["layers", 1]
