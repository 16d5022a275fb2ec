"""Frames: what a look saw, as bytes for a page. Pictures as bytes with low and high, short rows exact.

Layout, little endian: uint32 length H of the header; the header, UTF-8 JSON padded with spaces so
that 4 + H is a multiple of 4; then the blocks, each at its `offset` from there, float32 ones aligned
to 4 bytes. `docs/protocol.md` describes the header; `tests/golden/` holds one frame of each kind,
written by a Python test and read by a JavaScript test.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from trainer.graph import INPUT
from trainer.probe import Look
from trainer.problems import Problem

FORMAT = 1
FIRST_PICTURES = 12  # sent of a layer when nothing else is asked for
EXACT_NUMBERS = 4_096  # rows up to this length travel as float32


class Wish(BaseModel):
    """Which pictures of a layer a page wants, and whether every number must be exact."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    first: int = Field(0, ge=0)
    count: int = Field(FIRST_PICTURES, ge=0, le=4_096)
    exact: bool = False


@dataclass
class Answer:
    """One probe of a frame: its look, and what was made of its strokes on the way to the network."""

    id: str
    look: Look
    blank: bool = False
    box: tuple[float, float, float, float] | None = None
    fitted: np.ndarray | None = None  # uint8 (20, 20)
    wishes: Sequence[Wish] | None = field(default=None)  # None: the first pictures of every layer


def encode(answers: Sequence[Answer], limit: int | None = None, **facts: Any) -> bytes:
    """A frame of several probes. `facts`, like `request=7`, go into the header as they are.

    Raises a Problem where its blocks would have more than `limit` bytes.
    """
    blocks = _Blocks(limit)
    probes = [_describe(answer, blocks) for answer in answers]
    header = json.dumps(
        {"format": FORMAT, "kind": "frame", **facts, "probes": probes}, separators=(",", ":")
    ).encode()
    header += b" " * (-(4 + len(header)) % 4)
    return b"".join([len(header).to_bytes(4, "little"), header, *blocks.parts])


def _describe(answer: Answer, blocks: _Blocks) -> dict[str, Any]:
    look = answer.look
    wishes = answer.wishes if answer.wishes is not None else [Wish(name=name) for name in look.outputs]
    fitted = [] if answer.fitted is None else [blocks.picture("fitted", answer.fitted)]
    return {
        "id": answer.id,
        "digit": None if answer.blank else look.digit,
        "probabilities": look.probabilities,
        "blank": answer.blank,
        "box": answer.box,
        "pictures": fitted,
        "layers": [
            blocks.layer(wish, look.outputs[wish.name].numpy(), wish.name == INPUT and not look.of_plane)
            for wish in wishes
            if wish.name in look.outputs
        ],
    }


class _Blocks:
    """The blocks of a frame and how many bytes they take so far."""

    def __init__(self, limit: int | None) -> None:
        self.parts: list[bytes] = []
        self._length = 0
        self._limit = limit

    def picture(self, name: str, pixels: np.ndarray) -> dict[str, Any]:
        """A picture of bytes, uint8 (h, w), as it is."""
        place = self._append(np.ascontiguousarray(pixels).tobytes())
        known = {"first": 0, "count": 1, "encoding": "uint8", "low": [0], "high": [1], "top": 1}
        return {"name": name, "shape": [1, *pixels.shape], **known, **place}

    def layer(self, wish: Wish, output: np.ndarray, is_ink: bool) -> dict[str, Any]:
        """The wished part of an output, float32 (channels, h, w); any other shape is one picture.

        Ink goes from 0 to 1, and travels as the bytes that it was made of.
        """
        pictures = output if output.ndim == 3 else output[None]
        first = min(wish.first, len(pictures))
        wished = pictures[first : first + wish.count]
        rows = np.ascontiguousarray(
            wished.reshape(len(wished), pictures[0].size)
        )  # reductions are slow in other orders
        low, high = rows.min(axis=1), rows.max(axis=1)
        bounds = {"low": _numbers(low), "high": _numbers(high)}
        exact = wish.exact or (output.ndim == 1 and output.size <= EXACT_NUMBERS)
        if is_ink:
            encoding, content = "uint8", np.rint(rows * 255).astype(np.uint8)
            bounds = {"low": [0] * len(rows), "high": [1] * len(rows)}
        elif exact:
            encoding, content = "float32", rows.astype("<f4", copy=False)
        else:
            encoding, content = "uint8", _quantized(rows, low, high)
        return {
            "name": wish.name,
            "shape": list(output.shape),
            "first": first,
            "count": len(wished),
            "encoding": encoding,
            **bounds,
            "top": _top(low, high) if len(wished) == len(pictures) else _top(output, output),
            **self._append(content.tobytes()),
        }

    def _append(self, content: bytes) -> dict[str, int]:
        if self._limit is not None and self._length + len(content) > self._limit:
            raise Problem(
                f"What this look asks for has more than {self._limit:,} bytes. Ask for fewer pictures, or "
                "for fewer exact ones.",
                ("layers",),
            )
        offset = self._length
        padding = -len(content) % 4
        self.parts.append(content + b"\0" * padding)
        self._length += len(content) + padding
        return {"offset": offset, "length": len(content)}


def _quantized(rows: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Every row spread over 0 … 255 between its own lowest and highest number."""
    low, high = low[:, None], high[:, None]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        spread = rows - low
        spread *= 255 / (high - low)
    if not np.isfinite(spread.sum()):  # where a row is all one number, or not all of it are numbers
        spread = np.nan_to_num(spread, nan=0, posinf=255, neginf=0)
    quantized: np.ndarray = np.rint(spread, out=spread).astype(np.uint8)
    return quantized


def _top(low: np.ndarray, high: np.ndarray) -> float | None:
    """The largest absolute number between these lowest and highest ones; None if it is not finite."""
    top = np.maximum(-low.min(initial=0), high.max(initial=0))
    return float(top) if math.isfinite(top) else None


def _numbers(values: np.ndarray) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]
