"""Pen strokes on the pad, and the path of the pen's tip that they describe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from trainer.picture import Numbers
from trainer.problems import Problem

PAD = 280.0  # side of the pad
STROKES = 500
POINTS = 20_000  # of all strokes together

Coordinate = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Pressure = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Point = tuple[Coordinate, Coordinate] | tuple[Coordinate, Coordinate, Pressure]


class Stroke(BaseModel):
    """One movement of the pen: the width of its tip and where it was, in pixels of the 280×280 pad.

    A third number of a point is the pen's pressure: 0.5 is the brush's own width, 0 half of it, 1
    one and a half times. What lies beside the pad leaves no ink.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    brush: float = Field(18, gt=0, le=PAD, allow_inf_nan=False)
    points: tuple[Point, ...] = Field(max_length=POINTS)


@dataclass(frozen=True)
class Path:
    """Pieces of the pen's way on the pad; a dot is a piece of no length."""

    begins: Numbers  # (n, 2)
    ends: Numbers  # (n, 2)
    radii: Numbers  # (n, 2): half the tip's width at begin and end
    brush: float  # the widest


def path_of(strokes: Sequence[Stroke]) -> Path:
    """The pieces of all strokes that lie on the pad."""
    refuse_too_many(strokes)
    begins, ends, radii = [np.empty((0, 2))], [np.empty((0, 2))], [np.empty((0, 2))]
    for stroke in strokes:
        if not stroke.points:
            continue
        points = np.array([point[:2] for point in stroke.points])
        pressure = np.array([point[2] if len(point) == 3 else 0.5 for point in stroke.points])
        half = stroke.brush / 2 * (0.5 + pressure)
        first = slice(None, -1) if len(points) > 1 else slice(None)
        last = slice(1, None) if len(points) > 1 else slice(None)
        begins.append(points[first])
        ends.append(points[last])
        radii.append(np.stack([half[first], half[last]], 1))
    brush = max((stroke.brush for stroke in strokes), default=0.0)
    return on_pad(Path(np.concatenate(begins), np.concatenate(ends), np.concatenate(radii), brush))


def refuse_too_many(strokes: Sequence[Stroke]) -> None:
    """Raises Problem for drawings beyond the limits."""
    if len(strokes) > STROKES:
        raise Problem(
            f"A drawing has at most {STROKES} strokes, but this has {len(strokes):,}.", ("strokes",)
        )
    points = 0
    for i, stroke in enumerate(strokes):
        points += len(stroke.points)
        if points > POINTS:
            raise Problem(f"A drawing has at most {POINTS:,} points.", ("strokes", i, "points"))


def on_pad(path: Path) -> Path:
    """The path without what lies beside the pad."""
    step = path.ends - path.begins
    with np.errstate(divide="ignore", invalid="ignore"):
        enter, leave = (0 - path.begins) / step, (PAD - path.begins) / step
    still, inside = step == 0, (path.begins >= 0) & (path.begins <= PAD)
    low = np.where(still, np.where(inside, 0, 2), np.minimum(enter, leave)).max(1).clip(0)
    high = np.where(still, np.where(inside, 1, -1), np.maximum(enter, leave)).min(1).clip(None, 1)
    kept = low <= high
    low, high, step, begins = low[kept, None], high[kept, None], step[kept], path.begins[kept]
    return Path(begins + low * step, begins + high * step, path.radii[kept], path.brush)
