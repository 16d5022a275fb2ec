"""Skeletons: how people's pens go through the ten digits, as control points, read from skeletons.json.

The file holds digit → families → `weight` and `variants`. A variant is one or two strokes separated
by ` / `; a stroke is points `x,y` in hundredths of the digit's box (y down); `*` marks a corner. The
variants of a family have the same number of points and the same corners, so they can be blended.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from trainer.picture import Numbers

PATH_POINTS = 96


@dataclass(frozen=True)
class Family:
    """Ways to write a digit that differ only in where their control points lie."""

    digit: int
    share: float  # of this digit's images
    variants: Numbers  # (variants, points, 2) in a unit box centred at 0, y down
    strokes: tuple[slice, ...]  # which control points are one stroke
    curve: Numbers  # (96, points): control points → points along the pen's path


@cache
def families() -> tuple[Family, ...]:
    """All families, digit after digit."""
    told = json.loads(Path(__file__).with_name("skeletons.json").read_text())
    found = []
    for digit, given in told.items():
        total = sum(family["weight"] for family in given)
        found += [read_family(int(digit), family["weight"] / total, family["variants"]) for family in given]
    return tuple(found)


def read_family(digit: int, share: float, variants: list[str]) -> Family:
    """A family from its variants' text."""
    strokes = [stroke.split() for stroke in variants[0].split(" / ")]
    ends = np.cumsum([0, *map(len, strokes)])
    corners = [point.endswith("*") for stroke in strokes for point in stroke]
    points = np.array([read_points(variant) for variant in variants]) / 100 - 0.5
    spans = tuple(slice(int(first), int(last)) for first, last in pairwise(ends))
    curve = curve_matrix(points, spans, corners)
    return Family(digit, share, points.astype(np.float32), spans, curve)


def read_points(variant: str) -> list[list[float]]:
    """The control points of a variant's strokes, one after the other."""
    points = variant.replace("/", " ").split()
    return [[float(part) for part in point.rstrip("*").split(",")] for point in points]


def curve_matrix(points: Numbers, strokes: tuple[slice, ...], corners: list[bool]) -> Numbers:
    """The (96, points) matrix of Catmull-Rom curves through the points, broken at corners.

    The 96 places are shared among the segments by their length, averaged over the variants.
    """
    segments = [(i, stroke) for stroke in strokes for i in range(stroke.start, stroke.stop - 1)]
    lengths = np.array([np.linalg.norm(points[:, i + 1] - points[:, i], axis=1).mean() for i, _ in segments])
    reach = np.concatenate([[0.0], np.cumsum(lengths)])
    along = (np.arange(PATH_POINTS) + 0.5) / PATH_POINTS * reach[-1]
    which = np.searchsorted(reach, along, side="right") - 1
    within = (along - reach[which]) / lengths[which]
    places = [(*segments[i], float(t)) for i, t in zip(which, within, strict=True)]
    return np.array([catmull_rom(i, stroke, t, corners) for i, stroke, t in places], np.float32)


def catmull_rom(i: int, stroke: slice, t: float, corners: list[bool]) -> Numbers:
    """Weights of all control points at place t (0…1) of the segment from point i to point i + 1.

    Where the curve begins, ends or has a corner, the missing neighbour is the mirrored one.
    """
    first, near, far, last = (
        -t + 2 * t**2 - t**3,
        2 - 5 * t**2 + 3 * t**3,
        t + 4 * t**2 - 3 * t**3,
        t**3 - t**2,
    )
    weights = np.zeros(len(corners) + 2)
    weights[i : i + 2] += near, far
    if i == stroke.start or corners[i]:
        weights[i : i + 2] += 2 * first, -first
    else:
        weights[i - 1] += first
    if i + 2 == stroke.stop or corners[i + 1]:
        weights[i : i + 2] += -last, 2 * last
    else:
        weights[i + 2] += last
    return weights[: len(corners)] / 2
