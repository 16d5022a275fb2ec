"""Frames: bytes that a page reads back as the numbers of the tensors. The golden files bind both sides."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from trainer.frame import Answer, Wish, encode
from trainer.probe import Look, Probe
from trainer.templates import template

GOLDEN = Path(__file__).parent.parent / "golden"


def decode(frame: bytes) -> tuple[dict, dict[tuple[str, str], np.ndarray]]:
    """Header and numbers by (probe, block): written from docs/protocol.md alone."""
    length = int.from_bytes(frame[:4], "little")
    header = json.loads(frame[4 : 4 + length])
    assert (4 + length) % 4 == 0
    numbers = {}
    for probe in header["probes"]:
        for block in [*probe["pictures"], *probe["layers"]]:
            at = 4 + length + block["offset"]
            content = frame[at : at + block["length"]]
            if block["encoding"] == "float32":
                assert at % 4 == 0
                values = np.frombuffer(content, "<f4").reshape(block["count"], -1)
            else:
                low, high = np.array(block["low"])[:, None], np.array(block["high"])[:, None]
                values = low + np.frombuffer(content, np.uint8).reshape(block["count"], -1) / 255 * (
                    high - low
                )
            numbers[probe["id"], block["name"]] = values
    return header, numbers


def look(**outputs: torch.Tensor) -> Look:
    return Look(outputs, [0.25, 0.75])


def test_pictures_come_back_within_half_a_step_of_their_own_scale():
    maps = torch.randn(5, 7, 3) * torch.tensor([1.0, 100.0, 0.01, 0.0, 3.0]).reshape(5, 1, 1)
    header, numbers = decode(encode([Answer("pad", look(conv=maps))], request=3))
    rows = maps.reshape(5, -1).numpy()
    steps = (rows.max(1) - rows.min(1)) / 255
    assert header["request"] == 3
    assert (np.abs(numbers["pad", "conv"] - rows).max(1) <= steps / 2 + 1e-6).all()
    assert (numbers["pad", "conv"][3] == 0).all()


@pytest.mark.parametrize("length", [1, 10, 4096])
def test_rows_travel_exactly(length):
    row = torch.randn(length)
    _, numbers = decode(encode([Answer("pad", look(linear=row))]))
    assert np.array_equal(numbers["pad", "linear"][0], row.numpy())


def test_the_layer_in_hand_travels_exactly_from_the_wished_picture_on():
    maps = torch.randn(20, 4, 4)
    wish = Wish(name="conv", first=3, count=5, exact=True)
    header, numbers = decode(encode([Answer("pad", look(conv=maps), wishes=[wish])]))
    [block] = header["probes"][0]["layers"]
    assert (block["first"], block["count"], block["shape"]) == (3, 5, [20, 4, 4])
    assert np.array_equal(numbers["pad", "conv"], maps[3:8].reshape(5, -1).numpy())
    assert block["top"] == pytest.approx(float(maps.abs().max()))


def test_the_input_arrives_as_the_very_bytes_of_the_sketch():
    picture = np.arange(784).astype(np.uint8).reshape(28, 28)
    frame = encode([Answer("pad", Probe(template("small-cnn").network).look(picture))])
    _, numbers = decode(frame)
    assert np.array_equal(np.rint(numbers["pad", "input"][0] * 255), picture.ravel())


def test_without_a_wish_the_first_dozen_pictures_of_every_layer_are_sent():
    header, _ = decode(
        encode([Answer("pad", Probe(template("lenet").network).look(np.zeros((28, 28), np.uint8)))])
    )
    counts = {block["name"]: block["count"] for block in header["probes"][0]["layers"]}
    assert counts["input"] == 1 and counts["conv1"] == counts["conv2"] == 12 and counts["linear2"] == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_not_finite_are_told_as_null(value):
    maps = torch.ones(1, 2, 2)
    maps[0, 0, 0] = value
    length = int.from_bytes((frame := encode([Answer("pad", look(conv=maps))]))[:4], "little")
    header = json.loads(frame[4 : 4 + length], parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert header["probes"][0]["layers"][0]["top"] is None


def test_the_golden_frame_is_what_this_program_writes():
    """tests/js reads these two files: the frame, and the numbers that must come out of it."""
    outputs = {
        "input": torch.arange(784).reshape(1, 28, 28).remainder(256) / 255,
        "conv1": torch.arange(-30, 42).reshape(2, 6, 6) / 8,
        "relu1": torch.zeros(2, 6, 6),
        "linear1": torch.tensor([-1.5, 0.0, 2.25]),
    }
    fitted = np.arange(400).astype(np.uint8).reshape(20, 20)
    pad = Answer("pad", Look(outputs, [0.125, 0.25, 0.625]), box=(3.5, 4.0, 100.0, 200.0), fitted=fitted)
    pin = Answer(
        "pin-1", Look(outputs, None), blank=True, wishes=[Wish(name="conv1", first=1, count=4, exact=True)]
    )
    weights = {"kind": "run", "run": "a1b2", "step": 1240, "trained": True}
    frame = encode([pad, pin], request=17, weights=weights)
    header, numbers = decode(frame)
    told = {f"{probe}/{name}": values.tolist() for (probe, name), values in numbers.items()}
    agree("frame.bin", frame)
    agree("frame.json", json.dumps({"header": header, "numbers": told}, indent=1).encode())


def agree(name: str, content: bytes) -> None:
    """Fails where the golden file differs, after writing what it would be now, to be read and committed."""
    file = GOLDEN / name
    before = file.read_bytes() if file.exists() else b""
    if before != content:
        file.write_bytes(content)
        pytest.fail(f"tests/golden/{name} has changed: read it, check tests/js against it, commit it")
