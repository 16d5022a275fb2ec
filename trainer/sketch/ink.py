"""Finding the ink in an image: what differs from the paper, in any colours and any light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from trainer.picture import Mask, Numbers
from trainer.problems import Problem
from trainer.sketch.decoding import Pixels
from trainer.sketch.pieces import digit_pieces

COARSE = 64  # longer side of the small picture that tells paper and light
EVEN = 0.012  # how far paper in even light is from a smooth surface, at most
FAINT = 0.03  # least contrast (of 1) that can be ink
CRISP = 60  # pixels of a digit above which edges are sharpened, because making it smaller blurs them again


@dataclass(frozen=True)
class Ink:
    """How much ink there is in each pixel."""

    grey: Numbers  # (height, width), 0…1; exactly 0 where there is none
    scale: float  # pixels of the file for each of these


def find_ink(pixels: Pixels) -> Ink:
    """The ink of the digit in an image. Raises Problem at ("image",) if there is none."""
    strength = contrast(opaque(pixels))
    floor = max(FAINT / 2, 4 * spread_of(strength))
    if strength.max() < 2 * floor:
        raise Problem("The picture shows nothing: it has one colour only.", ("image",))
    mask = strength > threshold(strength, floor)
    chosen = digit_pieces(mask, strength)
    level = float(np.quantile(strength[mask & chosen], 0.9))
    grey = np.where(chosen, np.minimum(strength / level, 1), 0)
    side = max(np.ptp(np.flatnonzero((mask & chosen).any(axis))) + 1 for axis in (0, 1))
    gain = float(np.clip(side / CRISP, 1, 3))
    grey = np.clip((grey - 0.5) * gain + 0.5, 0, 1)
    grey[strength < floor / 2] = 0
    return Ink(grey.astype(np.float32), pixels.scale)


def threshold(strength: Numbers, floor: float) -> float:
    """The strength that best tells ink from what is fainter (printed lines, shadows, the ink's own edge)."""
    above = strength[strength > floor]
    if np.ptp(above) < 1e-3:  # ink of one colour without soft edges: there is nothing to tell apart
        return floor
    counts, edges = np.histogram(above, 64)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * middles)
    rest = below[-1] + counts[-1] - below
    gap = sums[:-1] / np.maximum(below, 1) - (sums[-1] - sums[:-1]) / np.maximum(rest, 1)
    return float(edges[1 + np.argmax(below * rest * gap**2)])


def spread_of(strength: Numbers) -> float:
    """Standard deviation of the paper's strength, which is most of the image."""
    return float(1.4826 * np.median(np.abs(strength - np.median(strength))))


def opaque(pixels: Pixels) -> Numbers:
    """Colours (height, width, 3) without transparency.

    Where the opaque part is one drawing, transparency itself says where ink is; where it is a piece
    of paper with ink on it, paper takes the place of what is transparent.
    """
    cover = pixels.cover
    if cover is None:
        return pixels.colour
    solid = pixels.colour[cover > 0.9]
    if len(solid):
        light = solid.mean(1)
        rows, columns = np.flatnonzero((cover > 0.5).any(1)), np.flatnonzero((cover > 0.5).any(0))
        filled = len(solid) / (len(rows) * len(columns))
        if filled > 0.5 and np.percentile(light, 99) - np.percentile(light, 1) > 0.3:
            paper = np.median(solid, axis=0)
            return paper + (pixels.colour - paper) * cover[..., None]
    return np.repeat(1 - cover[..., None], 3, 2)


def contrast(colour: Numbers) -> Numbers:
    """How far each pixel (height, width) is from the paper towards the colour of ink: 0…1."""
    small = shrunken(colour, COARSE)
    differences = small - surface(small)
    sizes = np.linalg.norm(differences, axis=2, keepdims=True)
    strongest = sizes >= np.quantile(sizes, 0.98)
    towards = (differences * sizes * strongest).sum((0, 1))
    towards /= max(float(np.abs(towards).sum()), 1e-6)
    flat = (colour @ towards).astype(np.float32)
    level = paper(shrunken(flat, 2 * COARSE))
    level = np.asarray(Image.fromarray(level).resize(flat.shape[::-1], Image.Resampling.BILINEAR))
    # dark ink keeps a share of the light that falls on it: in a shadow it differs less
    room = np.maximum(-level, 0.15) if towards.sum() < -0.5 else 1.0
    out: Numbers = np.clip((flat - level) / room, 0, 1)
    return out


def surface(small: Numbers) -> Numbers:
    """A smooth surface (of second order in x and y) through most of a small image: paper in uneven light."""
    height, width = small.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1).reshape(-1, 6)
    values = small.reshape(height * width, -1)
    weights = np.where((np.abs(x) > 0.8) | (np.abs(y) > 0.8), 1.0, 0.2).ravel()
    fitted = np.broadcast_to(np.median(values[weights == 1], axis=0), values.shape)
    for _ in range(8):
        distance = np.linalg.norm(values - fitted, axis=1)
        spread = max(float(np.median(distance)), 0.01)
        weights_now = weights / (1 + (distance / spread) ** 2) ** 2
        left = terms * weights_now[:, None]
        fitted = terms @ np.linalg.solve(left.T @ terms + 1e-6 * np.eye(6), left.T @ values)
    return fitted.reshape(small.shape)


def paper(small: Numbers) -> Numbers:
    """What a small one-coloured image (height, width) would be without its ink, which is larger than paper.

    In even light that is a smooth surface. In shadows it is what is left when all that is narrower
    than some strokes' width is cut off.
    """
    smooth = surface(small)
    if np.median(np.abs(small - smooth)) < EVEN:
        return smooth.astype(np.float32)
    window = max(small.shape) // 4 | 1
    while True:
        level = rank(rank(small, window, np.min), window, np.max)
        ink = small - level
        enough = max(int(2.5 * pen_width(ink > 0.35 * ink.max())) | 1, 5)
        if enough >= window:
            return level.astype(np.float32)
        window = enough


def rank(values: Numbers, window: int, choose: Callable[..., Numbers]) -> Numbers:
    """The least or greatest of the square window around each value."""
    for axis in (0, 1):
        padding = [(window // 2, window // 2) if axis == i else (0, 0) for i in (0, 1)]
        padded = np.pad(values, padding, mode="edge")
        values = choose(np.lib.stride_tricks.sliding_window_view(padded, window, axis), axis=-1)
    return values


def pen_width(grey: Numbers | Mask) -> float:
    """Width of the pen in pixels: twice the inked area over the length of its edge."""
    padded = np.pad(grey, 1).astype(np.float32)
    across, down = np.abs(np.diff(padded, axis=1)), np.abs(np.diff(padded, axis=0))
    # an edge at 45 degrees is √2 of its steps right and down; the mean over all directions is 4/π
    return float(2 * padded.sum() / max((across.sum() + down.sum()) * np.pi / 4, 1e-6))


def shrunken(values: Numbers, side: int) -> Numbers:
    """The image (height, width, colours or none) with its longer side at most `side`."""
    height, width = values.shape[:2]
    ratio = min(1.0, side / max(height, width))
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    if values.ndim == 2:
        return resized(values, size)
    return np.stack([resized(values[..., i], size) for i in range(values.shape[2])], -1)


def resized(plane: Numbers, size: tuple[int, int]) -> Numbers:
    """One plane (height, width) as another size (width, height); every pixel the mean of what it covers."""
    return np.asarray(Image.fromarray(plane.astype(np.float32)).resize(size, Image.Resampling.BOX))
