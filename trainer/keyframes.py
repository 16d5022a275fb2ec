"""Keyframes: weights that are kept along the way, so that one can look back at any time of a training.

Much changes in the first steps and little later: they lie at steps 1, 2, 5, 10, 20, 50, …, and at the end
of each epoch.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

_OF_TEN = (1, 2, 5)


def next_key(step: int) -> int:
    """The first of the steps 1, 2, 5, 10, 20, 50, … that comes after `step`."""
    ten = 1
    while True:
        for times in _OF_TEN:
            if times * ten > step:
                return times * ten
        ten *= 10


def thinned(steps: Sequence[int], room: int, dear: Collection[int] = ()) -> list[int]:
    """The `room` of these growing steps that tell most: the first, the last, and what is `dear` stay.

    Of the others that one goes, again and again, whose neighbours are nearest to each other by ratio: what
    is left is spread as evenly over the logarithm of the steps as there is room for.
    """
    left = list(steps)
    while len(left) > max(room, 2):
        gaps = [
            (math.log((left[at + 1] + 1) / (left[at - 1] + 1)), at)
            for at in range(1, len(left) - 1)
            if left[at] not in dear
        ]
        if not gaps:
            break
        del left[min(gaps)[1]]
    return left
