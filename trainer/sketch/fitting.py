"""Fitting ink into 20×20 and 28×28 pixels as MNIST did, at a pen's width that MNIST knows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from trainer.picture import FITTED, SIDE, Bytes, Mask, Numbers, draw, place
from trainer.sketch.ink import Ink, pen_width
from trainer.sketch.strokes import Path

DRAWN = (2.0, 3.8)  # width of a drawn pen, in final pixels, that is left alone
SEEN = (1.5, 4.6)  # the same for pens in images, where ordinary widths blur
SPACING = 0.35  # of points along a path, in final pixels
GRID = 8  # places per final pixel that points are told apart by, when there are very many
MANY = 3_000


@dataclass(frozen=True)
class Sketch:
    """What the network receives, and what it was made from."""

    picture: Bytes  # (28, 28), 255 = ink
    fitted: Bytes  # (20, 20), before the centre of mass is moved
    box: tuple[float, float, float, float] | None  # x, y, width, height of the ink, in pad or image pixels

    @property
    def blank(self) -> bool:
        """Whether there is no ink."""
        return self.box is None


BLANK = Sketch(np.zeros((SIDE, SIDE), np.uint8), np.zeros((FITTED, FITTED), np.uint8), None)


def sketch_of(fitted: Numbers, box: tuple[float, float, float, float]) -> Sketch:
    """A sketch from a 20×20 picture, 0…1."""
    return Sketch(place(fitted[None])[0], np.rint(fitted * 255).astype(np.uint8), box)


def fit_path(path: Path) -> Sketch:
    """The sketch of a pen's path, drawn directly at the final scale."""
    if not len(path.begins):
        return BLANK
    corners = np.concatenate([path.begins, path.ends])
    half = np.concatenate([path.radii[:, 0], path.radii[:, 1]])[:, None]
    low, high = (corners - half).min(0), (corners + half).max(0)
    natural = FITTED / (high - low).max()
    width = 2 * float(path.radii.mean())
    thick = float(np.clip(width * natural, *DRAWN)) / width
    # scale of the pen's way; the cap keeps a dot a dot
    extent = max(float(np.ptp(corners, axis=0).max()), 1e-6)
    wish = FITTED - width * thick
    scale = min(wish / extent, 2 * wish / path.brush)
    points, radii = sampled(path, (corners.min(0) + corners.max(0)) / 2, scale)
    fitted = draw(points[None].astype(np.float32), (radii * thick)[None].astype(np.float32))[0]
    (left, top), (wide, tall) = low.tolist(), (high - low).tolist()
    return sketch_of(fitted, (left, top, wide, tall))


def sampled(path: Path, middle: Numbers, scale: float) -> tuple[Numbers, Numbers]:
    """Points (p, 2) along the path in final pixels from its middle, and half widths (p,) in pad pixels."""
    begins, step = (path.begins - middle) * scale, (path.ends - path.begins) * scale
    counts = np.ceil(np.hypot(*step.T) / SPACING).astype(int) + 1
    piece = np.repeat(np.arange(len(counts)), counts)
    along = np.arange(len(piece)) - np.repeat(np.cumsum(counts) - counts, counts)
    t = (along / np.maximum(counts - 1, 1)[piece])[:, None]
    points = begins[piece] + t * step[piece]
    radii = (path.radii[piece] * np.concatenate([1 - t, t], 1)).sum(1)
    return one_of_many(points, radii) if len(points) > MANY else (points, radii)


def one_of_many(points: Numbers, radii: Numbers) -> tuple[Numbers, Numbers]:
    """At most one point, with the greatest half width, at each place of a fine grid."""
    places = np.rint(points * GRID).astype(int)
    low = places.min(0)
    width, height = places.max(0) - low + 1
    greatest = np.full(width * height, -1.0)
    np.maximum.at(greatest, (places - low) @ (1, width), radii)
    kept = np.flatnonzero(greatest >= 0)
    return (np.stack([kept % width, kept // width], 1) + low) / GRID, greatest[kept]


def fit_ink(ink: Ink) -> Sketch:
    """The sketch of ink found in an image."""
    rows, columns = np.flatnonzero(ink.grey.any(1)), np.flatnonzero(ink.grey.any(0))
    top, left = int(rows[0]), int(columns[0])
    grey = ink.grey[top : rows[-1] + 1, left : columns[-1] + 1]
    width = pen_width(grey) * FITTED / max(grey.shape)
    target = float(np.clip(width, *SEEN))
    if width < target:
        fitted = thickened(grey, target - width)
    elif width > target:
        fitted = thinned_out(grey, width - target)
    else:
        fitted = shrunk(grey)
    size = ink.scale
    return sketch_of(fitted, (left * size, top * size, grey.shape[1] * size, grey.shape[0] * size))


def shrunk(grey: Numbers) -> Numbers:
    """(20, 20): the ink's longer side becomes 20 pixels; every pixel is the mean of what it covers."""
    height, width = grey.shape
    unit = max(height, width) / FITTED
    # whole final pixels of margin, so that ink of the right size passes unchanged
    left, top = (int((FITTED - side / unit) // 2) for side in (width, height))
    return seen_through(grey, unit, left * unit, top * unit)


def seen_through(grey: Numbers, unit: float, left: float, top: float) -> Numbers:
    """(20, 20) pixels of `unit` each, of an image that begins `left` and `top` of its pixels after them."""
    window = FITTED * unit
    starts, ends = (top, left), (window - top - grey.shape[0], window - left - grey.shape[1])
    # no more margin than is looked at, and what a bicubic resize looks at beyond it
    before, after = ([max(math.ceil(side), 0) + 3 for side in sides] for sides in (starts, ends))
    padded = np.pad(grey, list(zip(before, after, strict=True))).astype(np.float32, copy=False)
    y, x = (margin - start for margin, start in zip(before, starts, strict=True))
    box = (x, y, x + window, y + window)
    method = Image.Resampling.BOX if unit >= 1 else Image.Resampling.BICUBIC
    out: Numbers = np.asarray(Image.fromarray(padded).resize((FITTED, FITTED), method, box=box)).clip(0, 1)
    return out


def thickened(grey: Numbers, more: float) -> Numbers:
    """(20, 20): the same with a pen wider by `more` final pixels."""
    return spread(grey > 0.5 * grey.max(), more / 2, max(grey.shape) / (FITTED - more))


def thinned_out(grey: Numbers, less: float) -> Numbers:
    """(20, 20): the same with a pen thinner by `less` final pixels: the paper spreads into the ink."""
    unit = max(grey.shape) / (FITTED + less)
    around = np.pad(grey > 0.5, int(np.ceil((less + 2) * unit + max(grey.shape) - min(grey.shape))))
    return 1 - spread(~around, less / 2, unit)


def spread(mask: Mask, half: float, unit: float) -> Numbers:
    """(20, 20) pixels of `unit` each, of the mask with all that is at most `half` final pixels from it."""
    height, width = mask.shape
    places = np.argwhere(mask)[:, ::-1] + 0.5 - np.array([width, height]) / 2
    points, radii = one_of_many(places / unit, np.full(len(places), half))
    discs = draw(points[None].astype(np.float32), radii[None].astype(np.float32))[0]
    left, top = ((FITTED - side / unit) / 2 * unit for side in (width, height))
    out: Numbers = np.maximum(discs, seen_through(mask.astype(np.float32), unit, left, top))
    return out
