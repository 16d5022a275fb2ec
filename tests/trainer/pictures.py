"""Sevens as people draw, save and photograph them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from trainer.sketch import Stroke

SEVEN = [(80.0, 70.0), (190.0, 75.0), (150.0, 150.0), (120.0, 230.0)]
BAR = [(100.0, 150.0), (185.0, 145.0)]
CHANCE = np.random.default_rng(8)


def seven(scale: float = 1, move: tuple[float, float] = (0, 0), brush: float = 18) -> list[Stroke]:
    """A crossed seven on the pad, scaled about the pad's centre and moved."""
    return [
        Stroke(
            brush=brush,
            points=[((x - 140) * scale + 140 + move[0], (y - 140) * scale + 140 + move[1]) for x, y in way],
        )
        for way in (SEVEN, BAR)
    ]


def mask(
    width: int = 300, height: int = 340, pen: int = 22, scale: float = 1, at: tuple[int, int] = (0, 0)
) -> np.ndarray:
    """The same seven as ink (height, width), 0…1, at `scale` and moved by `at`."""
    image = Image.new("L", (width * 2, height * 2))
    drawing = ImageDraw.Draw(image)
    for way in (SEVEN, BAR):
        points = [((x * scale + at[0]) * 2, (y * scale + at[1]) * 2) for x, y in way]
        drawing.line(points, 255, pen * 2, "curve")
        for x, y in points:
            drawing.ellipse((x - pen, y - pen, x + pen, y + pen), 255)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX)) / 255


def painted(ink: np.ndarray, colour: tuple[int, ...], paper: object) -> np.ndarray:
    """Ink of a colour on paper, 0…255."""
    return np.asarray(paper, float) * (1 - ink[..., None]) + np.asarray(colour, float) * ink[..., None]


def saved(pixels: np.ndarray | Image.Image, format: str = "PNG", **options: object) -> bytes:
    """An image file."""
    file = io.BytesIO()
    image = (
        pixels
        if isinstance(pixels, Image.Image)
        else Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    )
    image.save(file, format, **options)
    return file.getvalue()


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """Cosine of two pictures: 1 for the same."""
    a, b = one.astype(float).ravel(), other.astype(float).ravel()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def light(height: int, width: int, *, hard: bool) -> np.ndarray:
    """Light that falls from one side, perhaps with a shadow across (height, width, 1)."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    falling = 1 - 0.4 * (0.7 * x + 0.3 * y)
    return (falling * np.where(hard & (x + 0.4 * y > 0.75), 0.65, 1))[..., None]


def photographed(ink: np.ndarray, *, hard: bool = False, ruled: bool = False, specks: int = 0) -> bytes:
    """A JPEG of ink on paper as a telephone takes it."""
    height, width = ink.shape
    paper = np.full((height, width, 3), (238.0, 232, 218))
    if ruled:
        paper[::17] = (180, 195, 220)
    for x, y in CHANCE.integers(0, min(width, height), (specks, 2)):
        paper[y : y + 2, x : x + 2] = 90
    pixels = painted(ink * 0.9, (35, 45, 120), paper) * light(height, width, hard=hard)
    blurred = Image.fromarray(pixels.astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))
    return saved(np.asarray(blurred) + CHANCE.normal(0, 5, pixels.shape), "JPEG", quality=60)
