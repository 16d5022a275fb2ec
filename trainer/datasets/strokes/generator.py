"""Digits as people's pens write them: skeletons, distorted and drawn like MNIST. Never from MNIST.

The distortions are on purpose harder than real handwriting (sloppy, sometimes ambiguous): networks
trained on these digits alone read real ones better for it. Lengths are in units of the digit's box,
except those of the pen, which are pixels of the final picture.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from trainer.datasets.strokes.skeletons import PATH_POINTS, Family, families
from trainer.picture import FITTED, Bytes, Numbers, draw, place

Chance: TypeAlias = np.random.Generator

CHUNK = 16  # pictures drawn at once: their distances to all pen points stay in the processor's cache
_ALONG = np.linspace(0, 1, PATH_POINTS, dtype=np.float32)


def make_digits(count: int, chance: Chance) -> tuple[Bytes, Bytes]:
    """`count` pictures (count, 28, 28), 255 = ink, and their labels (count,): every digit equally often."""
    labels = chance.permutation(np.arange(count) % 10).astype(np.uint8)
    paths = np.empty((count, PATH_POINTS, 2), np.float32)
    sloppiness = np.exp(normal(chance, 0.35, count) - 0.06)
    for family, chosen in choose_families(labels, chance):
        paths[chosen] = write(family, sloppiness[chosen], chance)
    paths = shape(distort(paths, sloppiness, chance), chance)
    radii = pen(paths, chance)
    paths = fit(paths, radii)
    soft = chance.uniform(0.7, 1.15, (count, 1)).astype(np.float32)
    pictures = np.empty((count, 28, 28), np.uint8)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        pictures[part] = place(draw(paths[part], radii[part], soft[part]))
    return pictures, labels


def choose_families(labels: Bytes, chance: Chance) -> list[tuple[Family, np.ndarray]]:
    """Every family, with the places of the images that it writes."""
    out = []
    for digit in range(10):
        ours = [family for family in families() if family.digit == digit]
        places = np.flatnonzero(labels == digit)
        which = chance.choice(len(ours), len(places), p=[family.share for family in ours])
        out += [(family, places[which == i]) for i, family in enumerate(ours)]
    return out


def write(family: Family, sloppiness: Numbers, chance: Chance) -> Numbers:
    """(n, 96, 2) pen paths of one family, one for each sloppiness."""
    n, variants = len(sloppiness), len(family.variants)
    one = np.eye(variants, dtype=np.float32)[chance.integers(variants, size=n)]
    blend = chance.dirichlet([0.5] * variants, n).astype(np.float32)
    mixture = np.where(chance.random((n, 1)) < 0.7, one, blend)
    points = np.einsum("nv,vpd->npd", mixture, family.variants)
    points += jitter(family, points.shape, sloppiness, chance)
    for stroke in family.strokes:
        move_ends(points[:, stroke], sloppiness, chance)
        if len(family.strokes) > 1:
            move_stroke(points[:, stroke], chance)
    out: Numbers = family.curve @ points
    return out


def jitter(family: Family, size: tuple[int, ...], sloppiness: Numbers, chance: Chance) -> Numbers:
    """How far each control point misses its place. Round and straight digits bear less of it."""
    bears = {0: 0.75, 1: 0.45}.get(family.digit, 1.0)
    spread = 0.035 * bears * chance.uniform(0.4, 1.5, size[0]) * sloppiness
    return normal(chance, 1, size) * spread[:, None, None].astype(np.float32)


def move_ends(stroke: Numbers, sloppiness: Numbers, chance: Chance) -> None:
    """Begins and ends a stroke (n, points, 2) a little too early or too late, in place."""
    for end, neighbour in ((0, 1), (-1, -2)):
        step = (normal(chance, 0.26, len(stroke)) * sloppiness)[:, None]
        stroke[:, end] += (stroke[:, end] - stroke[:, neighbour]) * step


def move_stroke(stroke: Numbers, chance: Chance) -> None:
    """Sets a stroke of several (n, points, 2) a little off, turned and scaled, in place."""
    n = len(stroke)
    middle = stroke.mean(1, keepdims=True)
    turned = turn(stroke - middle, normal(chance, 0.06, (n, 1))) * np.exp(normal(chance, 0.075, (n, 1, 1)))
    stroke[:] = middle + turned + normal(chance, 0.035, (n, 1, 2))


def distort(paths: Numbers, sloppiness: Numbers, chance: Chance) -> Numbers:
    """Paths that tremble along the way, in a box that is elastic."""
    n = len(paths)
    tremble = 0.012 * chance.uniform(0.2, 1.6, (n, 1)).astype(np.float32)
    shaken = paths + np.stack([waves(n, 14, chance) * tremble for _ in "xy"], -1)
    bent: Numbers = shaken.copy()
    for axis in range(2):
        for _ in range(3):
            number = chance.uniform(-7, 7, (n, 1, 2)).astype(np.float32)
            phase = chance.uniform(0, 2 * np.pi, (n, 1)).astype(np.float32)
            size = (normal(chance, 0.05, n) * sloppiness)[:, None]
            bent[..., axis] += np.sin((shaken * number).sum(-1) + phase) * size
    return bent


def shape(paths: Numbers, chance: Chance) -> Numbers:
    """Paths with other proportions: top against bottom, keystone, aspect, rotation, slant."""
    n = len(paths)
    x, y = paths[..., 0], paths[..., 1]
    y = y + normal(chance, 0.26, (n, 1)) * (y**2 - 0.25)
    x = x * (1 + np.clip(normal(chance, 0.39, (n, 1)), -0.7, 0.7) * y)
    x = x * np.exp(-0.12 + normal(chance, 0.26, (n, 1)) * np.exp(normal(chance, 0.35, (n, 1))))
    turned = turn(np.stack([x, y], -1), normal(chance, 0.15, (n, 1)))
    turned[..., 0] -= (0.18 + normal(chance, 0.28, (n, 1))) * turned[..., 1]
    return turned


def pen(paths: Numbers, chance: Chance) -> Numbers:
    """(n, 96) half widths of the pen in final pixels: per writer, along the way, and of a slanted nib."""
    n = len(paths)
    half = np.clip(1.28 * np.exp(normal(chance, 0.32, (n, 1))), 0.65, 2.9)
    rough = spread_waves(n, 3, 0.12, chance) + spread_waves(n, 40, 0.045, chance)
    along = np.gradient(paths, axis=1)
    nib = chance.uniform(0, np.pi, (n, 1)).astype(np.float32)
    flat = chance.uniform(0, 0.15, (n, 1)).astype(np.float32)
    return half * np.exp(rough) * (1 + flat * np.cos(2 * (np.arctan2(along[..., 1], along[..., 0]) - nib)))


def fit(paths: Numbers, radii: Numbers) -> Numbers:
    """Paths in pixels from the centre of 20×20: the longer side of their ink is 20, proportions kept."""
    thick = radii.mean(1)
    extent = np.maximum(np.ptp(paths, axis=1).max(1), 1e-3)
    scale = (FITTED - 2 * thick) / extent
    for _ in range(2):
        low, high = ink_box(paths * scale[:, None, None], radii)
        scale *= 1 + (FITTED - (high - low).max(1)) / (scale * extent)
    scaled = paths * scale[:, None, None]
    low, high = ink_box(scaled, radii)
    out: Numbers = scaled - ((low + high) / 2)[:, None]
    return out


def ink_box(paths: Numbers, radii: Numbers) -> tuple[Numbers, Numbers]:
    """Least and greatest x and y (n, 2) of the ink."""
    return (paths - radii[..., None]).min(1), (paths + radii[..., None]).max(1)


def waves(n: int, count: int, chance: Chance) -> Numbers:
    """(n, 96) sums of `count` cosines along the path, the k-th of size 1/√k."""
    number = np.arange(1, count + 1, dtype=np.float32)
    size = normal(chance, 1, (n, count)) / np.sqrt(number)
    angle = np.pi * number[:, None] * _ALONG
    phase = chance.uniform(0, 2 * np.pi, (n, count)).astype(np.float32)
    # cos(a + p) = cos a cos p - sin a sin p makes the sum two matrix products
    out: Numbers = (size * np.cos(phase)) @ np.cos(angle) - (size * np.sin(phase)) @ np.sin(angle)
    return out


def spread_waves(n: int, count: int, spread: float, chance: Chance) -> Numbers:
    """Waves whose values have the standard deviation `spread`."""
    out: Numbers = waves(n, count, chance) * (spread / np.sqrt(0.5 * (1 / np.arange(1, count + 1)).sum()))
    return out


def turn(paths: Numbers, angle: Numbers) -> Numbers:
    """Paths (n, points, 2) turned about 0 by angles (n, 1) in radians."""
    x, y, cos, sin = paths[..., 0], paths[..., 1], np.cos(angle), np.sin(angle)
    return np.stack([x * cos - y * sin, x * sin + y * cos], -1)


def normal(chance: Chance, spread: float, size: int | tuple[int, ...]) -> Numbers:
    """Normal numbers with mean 0 and standard deviation `spread`."""
    return chance.standard_normal(size, np.float32) * np.float32(spread)
