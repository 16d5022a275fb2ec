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
from trainer.datasets.points import EDGE
from trainer.frame import Answer, Wish, encode
from trainer.probe import Look as Seen
from trainer.probe import Probe
from trainer.problems import Problem, reading
from trainer.sketch import Stroke, from_strokes

SIDE = 28
PROBES = 5


class Digit(BaseModel):
    """One probe of a look: strokes on the pad, a picture as base64 of 784 bytes, or the points of a plane.

    `plane` is how many points its edge has; `layers`, where they are given, hold for this probe alone.
    """

    model_config = ConfigDict(extra="forbid")
    id: str = Field(max_length=40)
    strokes: list[Stroke] | None = Field(None, max_length=2_000)
    picture: str | None = Field(None, max_length=2_000)
    plane: int | None = Field(None, ge=2, le=100)
    answer_only: bool = False
    layers: list[Wish] | None = Field(None, max_length=200)


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
    except Problem as problem:
        for wish in wishes:
            wish.question.frame.set_exception(problem)
        return
    for some in _passes([wish for wish in wishes if _fits(wish, probe)], probe.bytes_of_a_look):
        seen = iter(_seen([sketch for wish in some for sketch in wish.sketches], probe))
        for wish in some:
            _answer(wish, weights, [next(seen) for _ in wish.sketches])


def _seen(sketches: list[_Sketched], probe: Probe) -> list[Seen]:
    """The looks at all of them; a plane that several ask for is looked at once."""
    planes = {side: probe.look_at_plane(side, EDGE) for side in {one.plane for one in sketches if one.plane}}
    digits = iter(probe.look_at_all([one.picture for one in sketches if not one.plane]))
    return [planes[one.plane] if one.plane else next(digits) for one in sketches]


def _fits(wish: _Wish, probe: Probe) -> bool:
    """Whether the network takes what is shown to it; else the question gets its Problem."""
    try:
        for sketch in wish.sketches:
            _require_points(probe, sketch.plane) if sketch.plane else probe.require((SIDE, SIDE))
    except Problem as problem:
        wish.question.frame.set_exception(problem)
        return False
    return True


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
    if not wishes:
        return
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
                self._layers_of(digit),
            )
            for digit, sketch, seen in zip(self.look.probes, self.sketches, looks, strict=True)
        ]
        return encode(answers, settings.FRAME_BYTES, request=self.look.request, weights=weights)

    def _layers_of(self, digit: Digit) -> list[Wish] | None:
        if digit.layers is not None:
            return digit.layers
        return [] if digit.answer_only else self.look.layers


@dataclass(frozen=True)
class _Sketched:
    """A digit as the network receives it, and for strokes how they became that."""

    picture: np.ndarray
    blank: bool
    box: tuple[float, float, float, float] | None = None
    fitted: np.ndarray | None = None
    plane: int = 0  # points of its edge, where it is no digit


def sketched(at: int, digit: Digit) -> _Sketched:
    """Probe number `at` as the network receives it; a Problem where it is nothing to be shown."""
    if [digit.strokes, digit.picture, digit.plane].count(None) != 2:
        raise Problem("A probe is either strokes or a picture or a plane.", ("probes", at))
    if digit.strokes is not None:
        sketch = from_strokes(digit.strokes)
        return _Sketched(sketch.picture, sketch.blank, sketch.box, sketch.fitted)
    if digit.picture is None:
        return _Sketched(np.zeros((SIDE, SIDE), np.uint8), blank=False, plane=digit.plane or 0)
    picture = read_picture(digit.picture, ("probes", at, "picture"))
    return _Sketched(picture, blank=not picture.any())


def _require_points(probe: Probe, side: int) -> None:
    needed = side * side * probe.bytes_of_a_look
    if needed > settings.PROBE_PASS_BYTES:
        raise Problem(
            f"Looking at {side} × {side} points would take {needed / 1e6:,.0f} MB in this network; "
            f"this server gives {settings.PROBE_PASS_BYTES / 1e6:,.0f}.",
            ("probes",),
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
