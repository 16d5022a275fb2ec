"""The sketch: the picture that a network receives, made from pen strokes or from an image file.

One way for both, that by which MNIST was made: crop to the ink, fit it into 20×20 keeping its
proportions, move its centre of mass to the centre of 28×28. Pens much thinner or fatter than those
of MNIST are brought to its width; ordinary ones are left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from trainer.sketch.decoding import decode
from trainer.sketch.fitting import Sketch, fit_ink, fit_path
from trainer.sketch.ink import find_ink
from trainer.sketch.strokes import Stroke, path_of

__all__ = ["Sketch", "Stroke", "from_image", "from_strokes"]


def from_strokes(strokes: Sequence[Stroke]) -> Sketch:
    """The sketch of a drawing on the pad; no strokes, or none on the pad, make a blank one.

    Raises Problem, with its place, for more strokes or points than anybody draws.
    """
    return fit_path(path_of(strokes))


def from_image(blob: bytes) -> Sketch:
    """The sketch of the digit in an image file (PNG, JPEG, WebP, GIF or BMP).

    Ink may have any colour on any other, on paper in any light, or on nothing. Raises Problem at
    ("image",) for what is no image, cannot be read, is too large or shows nothing.
    """
    return fit_ink(find_ink(decode(blob)))
