"""A look, from the message that asks to the frame that answers. Imported by the looking threads."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

from playground.probe.line import Question
from playground.probe.weights import Initial, OfRun, Ready, find_probe, require_access
from trainer.frame import Answer, Wish, encode
from trainer.probe import Look as Seen
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


def answer_all(questions: Sequence[Question]) -> None:
    """Answers questions about one subject by one forward pass: each gets its frame, or its Problem.

    The numbers are those of looking at each alone, but for the rounding of float32.
    """
    wishes = [wish for question in questions if (wish := _read(question))]
    if not wishes:
        return
    try:
        first = wishes[0]
        probe, weights = find_probe(first.look.network, first.look.weights, first.question.access)
        _require_pad(probe)
    except Problem as problem:
        for wish in wishes:
            wish.question.frame.set_exception(problem)
        return
    for some in _passes(wishes, probe.bytes_of_a_look):
        seen = iter(probe.look_at_all([sketch.picture for wish in some for sketch in wish.sketches]))
        for wish in some:
            _answer(wish, weights, [next(seen) for _ in wish.sketches])


def _answer(wish: _Wish, weights: dict[str, Any], looks: list[Seen]) -> None:
    """The frame, or the Problem that one alone has, like asking for too much."""
    try:
        frame = wish.frame(weights, looks)
    except Problem as problem:
        wish.question.frame.set_exception(problem)
    else:
        wish.question.frame.set_result(frame)


def _passes(wishes: list[_Wish], bytes_of_a_look: int) -> Iterator[list[_Wish]]:
    """The wishes in as few forward passes as fit into memory; each has at least one."""
    some: list[_Wish] = []
    for wish in wishes:
        pictures = sum(len(one.sketches) for one in [*some, wish])
        if some and pictures * bytes_of_a_look > settings.PROBE_PASS_BYTES:
            yield some
            some = []
        some.append(wish)
    yield some


def _read(question: Question) -> _Wish | None:
    try:
        with reading():
            look = Look.model_validate(question.message)
        refuse_many_points(look.probes)
        require_access(look.weights, question.access)
        return _Wish(question, look, [sketched(at, digit) for at, digit in enumerate(look.probes)])
    except Problem as problem:
        question.frame.set_exception(problem)
        return None


def refuse_many_points(digits: Sequence[Digit]) -> None:
    """A Problem where strokes have more pen points than this server draws at once."""
    points = sum(len(stroke.points) for digit in digits for stroke in digit.strokes or [])
    if points > settings.PROBE_POINTS:
        raise Problem(f"One look takes at most {settings.PROBE_POINTS:,} pen points.", ("probes",))


@dataclass(frozen=True)
class _Wish:
    """A question that was understood, and its digits as the network receives them."""

    question: Question
    look: Look
    sketches: list[_Sketched]

    def frame(self, weights: dict[str, Any], looks: list[Seen]) -> bytes:
        """What was seen, as bytes. Raises a Problem where that would be too many."""
        answers = [
            Answer(
                digit.id,
                seen,
                sketch.blank,
                sketch.box,
                sketch.fitted,
                [] if digit.answer_only else self.look.layers,
            )
            for digit, sketch, seen in zip(self.look.probes, self.sketches, looks, strict=True)
        ]
        return encode(answers, settings.FRAME_BYTES, request=self.look.request, weights=weights)


@dataclass(frozen=True)
class _Sketched:
    """A digit as the network receives it, and for strokes how they became that."""

    picture: np.ndarray
    blank: bool
    box: tuple[float, float, float, float] | None = None
    fitted: np.ndarray | None = None


def sketched(at: int, digit: Digit) -> _Sketched:
    """Probe number `at` as the network receives it; a Problem where it is no digit."""
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
