"""The picture that a network receives: how ink is drawn at MNIST's scale and placed in 28×28.

MNIST's digits were fitted into 20×20 pixels, keeping their proportions, and then moved so that their
centre of mass is the centre of 28×28. Everything here works on batches.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.floating[Any]]
Bytes: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]

SIDE = 28
FITTED = 20

_AXIS = np.arange(FITTED, dtype=np.float32) + 0.5 - FITTED / 2
_PIXELS = np.stack(np.meshgrid(_AXIS, _AXIS), -1).reshape(-1, 2)[:, ::1]  # (400, 2): x, y of centres
_PRODUCT = np.concatenate([-2 * _PIXELS, np.ones((FITTED * FITTED, 1))], 1).T.astype(np.float32)  # (3, 400)
_SQUARES = (_PIXELS**2).sum(1)


def draw(points: Numbers, radii: Numbers, soft: float | Numbers = 0.85) -> Numbers:
    """Paths of round pens as grey pictures.

    points: (n, p, 2), x to the right and y down, in pixels from the centre of 20×20; radii: (n, p)
    half the pen's width at each point, in pixels; soft: width of the grey edge, in pixels.
    Returns (n, 20, 20), 0…1. The points must lie closer together than the pen is wide.
    """
    n, p, _ = points.shape
    terms = np.empty((n, p, 3), np.float32)
    terms[..., :2] = points
    terms[..., 2] = (points**2).sum(-1) - radii**2
    # one small product a picture: large ones wake threads that hinder each other on a busy machine
    least = (terms @ _PRODUCT).min(1) + _SQUARES
    half = radii.mean(1, keepdims=True)
    distance = np.sqrt(np.maximum(least + half**2, 0)) - half
    grey = np.clip(0.5 - distance / soft, 0, 1) * 1.03
    out: Numbers = np.minimum(grey, 1).reshape(n, FITTED, FITTED)
    return out


def place(fitted: NDArray[Any]) -> Bytes:
    """(n, 20, 20) pictures, 0…1, into (n, 28, 28) bytes: centre of mass to the centre, whole pixels."""
    mass = fitted.sum((1, 2)) + 1e-9
    axis = np.arange(FITTED)  # MNIST's centre is pixel (14, 14), half a pixel from the true one
    middle = np.stack([(fitted.sum(2) * axis).sum(1), (fitted.sum(1) * axis).sum(1)], 1) / mass[:, None]
    corner = np.clip(np.rint(SIDE / 2 - middle).astype(int), 0, SIDE - FITTED)
    out = np.zeros((len(fitted), SIDE, SIDE), np.uint8)
    ink = np.rint(fitted * 255).astype(np.uint8)
    for picture, ink_of_one, (top, left) in zip(out, ink, corner, strict=True):
        picture[top : top + FITTED, left : left + FITTED] = ink_of_one
    return out
