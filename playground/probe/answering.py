"""A look, from the message that asks to the frame that answers. Imported by the looking threads."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

from playground.probe.access import Access
from playground.probe.weights import Initial, OfRun, Ready, find_probe
from trainer.frame import Answer, Wish, encode
from trainer.probe import Probe
from trainer.problems import Problem, reading
from trainer.sketch import Stroke, from_strokes

SIDE = 28
PROBES = 5


class Digit(BaseModel):
    """One probe of a look: strokes on the pad, or a picture as base64 of 784 bytes."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(max_length=40)
    strokes: list[Stroke] | None = Field(None, max_length=2_000)
    picture: str | None = Field(None, max_length=2_000)
    answer_only: bool = False


class Look(BaseModel):
    """What a page asks for."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["look"]
    request: int
    token: str | None = None
    network: dict[str, Any] | None = None
    weights: Annotated[Initial | Ready | OfRun, Field(discriminator="kind")]
    probes: list[Digit] = Field(max_length=PROBES)
    layers: list[Wish] | None = Field(None, max_length=200)


def answer(message: dict[str, Any], access: Access) -> bytes:
    """The frame for a message. Raises a Problem with its place for what can't be looked at."""
    with reading():
        look = Look.model_validate(message)
    if (
        sum(len(stroke.points) for digit in look.probes for stroke in digit.strokes or [])
        > settings.PROBE_POINTS
    ):
        raise Problem(f"One look takes at most {settings.PROBE_POINTS:,} pen points.", ("probes",))
    probe, weights = find_probe(look.network, look.weights, access)
    _require_pad(probe)
    sketches = [_sketch(at, digit) for at, digit in enumerate(look.probes)]
    looks = probe.look_at_all([sketch.picture for sketch in sketches])
    answers = [
        Answer(
            digit.id, seen, sketch.blank, sketch.box, sketch.fitted, [] if digit.answer_only else look.layers
        )
        for digit, sketch, seen in zip(look.probes, sketches, looks, strict=True)
    ]
    return encode(answers, request=look.request, weights=weights)


@dataclass(frozen=True)
class _Sketched:
    """A digit as the network receives it, and for strokes how they became that."""

    picture: np.ndarray
    blank: bool
    box: tuple[float, float, float, float] | None = None
    fitted: np.ndarray | None = None


def _sketch(at: int, digit: Digit) -> _Sketched:
    if digit.strokes is not None and digit.picture is None:
        sketch = from_strokes(digit.strokes)
        return _Sketched(sketch.picture, sketch.blank, sketch.box, sketch.fitted)
    if digit.picture is None or digit.strokes is not None:
        raise Problem("A probe is either strokes or a picture.", ("probes", at))
    picture = read_picture(digit.picture, ("probes", at, "picture"))
    return _Sketched(picture, blank=not picture.any())


def _require_pad(probe: Probe) -> None:
    if probe.network.input != (1, SIDE, SIDE):
        sizes = "×".join(map(str, probe.network.input))
        raise Problem(
            f"A digit is a picture of 1×{SIDE}×{SIDE}, but this network takes {sizes}.", ("network", "input")
        )


def read_picture(text: str, where: tuple[str | int, ...]) -> np.ndarray:
    """A picture from base64 of 784 bytes, 255 is ink."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem("A picture is sent as base64.", where) from error
    if len(content) != SIDE * SIDE:
        raise Problem(f"A picture has {SIDE * SIDE} bytes, this one {len(content):,}.", where)
    return np.frombuffer(content, np.uint8).reshape(SIDE, SIDE).copy()  # PyTorch wants its own
