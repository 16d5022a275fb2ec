"""The connected pieces of a mask, and which of them are the digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from trainer.picture import Numbers

Mask: TypeAlias = NDArray[np.bool_]
CELLS = 280  # longer side of the grid on which pieces are told apart


@dataclass(frozen=True)
class Piece:
    """A connected piece of ink on the grid of cells."""

    label: int
    mass: float  # ink in it
    box: tuple[int, int, int, int]  # top, left, bottom, right (exclusive)
    at_edge: bool  # whether it reaches the edge of the image

    @property
    def size(self) -> int:
        """Its longer side."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


def digit_pieces(mask: Mask, strength: Numbers) -> Mask:
    """Where the digit is, with a margin: (height, width), of the mask's pieces those that belong to it."""
    cell = -(-max(mask.shape) // CELLS)
    cells = pooled(mask, cell, np.max)
    ink = pooled(np.where(mask, strength, 0), cell, np.sum)
    labels = labelled(cells)
    found = measured(labels, ink)
    main = max(found, key=lambda piece: piece.mass * (0.25 if piece.at_edge else 1))
    kept = [piece.label for piece in found if belongs(piece, main)]
    chosen = np.isin(labels, kept)
    around = grown(chosen) & ~(cells & ~chosen)
    return around.repeat(cell, 0).repeat(cell, 1)[: mask.shape[0], : mask.shape[1]]


def belongs(piece: Piece, main: Piece) -> bool:
    """Whether a piece is part of the digit whose largest piece is `main`."""
    if piece is main:
        return True
    gaps = [
        max(piece.box[i] - main.box[i + 2], main.box[i] - piece.box[i + 2], 0) / main.size for i in (0, 1)
    ]
    share = piece.mass / main.mass
    if piece.at_edge and not main.at_edge:
        return False
    return share > (0.03 if max(gaps) < 0.1 else 0.08) and max(gaps) < 0.4


def pooled(values: Numbers, cell: int, combine: object) -> Numbers:
    """Squares of `cell` pixels as one value each."""
    height, width = values.shape
    padded = np.pad(values, ((0, -height % cell), (0, -width % cell)))
    squares = padded.reshape(padded.shape[0] // cell, cell, padded.shape[1] // cell, cell)
    return combine(squares, axis=(1, 3))


def labelled(cells: Mask) -> NDArray[np.int64]:
    """A number ≥ 1 for every connected piece (also over corners), 0 where there is nothing.

    Every cell takes the least number around it, then the number that its number has by now: the
    length of a piece is covered in a few rounds.
    """
    height, width = cells.shape
    numbers = np.arange(1, cells.size + 1).reshape(cells.shape)
    none = cells.size + 1
    labels = np.where(cells, numbers, none)
    while True:
        padded = np.pad(labels, 1, constant_values=none)
        least = labels
        for down in range(3):
            for across in range(3):
                least = np.minimum(least, padded[down : down + height, across : across + width])
        least = np.where(cells, least, none)
        table = np.append(np.arange(cells.size + 1), none)
        np.minimum.at(table, labels[cells], least[cells])
        table = table[table]
        jumped = np.where(cells, table[least], none)
        if np.array_equal(jumped, labels):
            return np.where(cells, labels, 0)
        labels = jumped


def measured(labels: NDArray[np.int64], ink: Numbers) -> list[Piece]:
    """The pieces with their measures, those with most ink first (at most 200)."""
    ys, xs = np.nonzero(labels)
    names, which = np.unique(labels[ys, xs], return_inverse=True)
    mass = np.bincount(which, ink[ys, xs])
    low = np.full((len(names), 2), max(labels.shape))
    high = np.zeros((len(names), 2), int)
    for axis, places in enumerate((ys, xs)):
        np.minimum.at(low[:, axis], which, places)
        np.maximum.at(high[:, axis], which, places + 1)
    at_edge = (low == 0).any(1) | (high == labels.shape).any(1)
    order = np.argsort(-mass)[:200]
    return [
        Piece(int(names[i]), float(mass[i]), (*map(int, low[i]), *map(int, high[i])), bool(at_edge[i]))
        for i in order
    ]


def grown(mask: Mask) -> Mask:
    """The mask and the cells around it."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    shifted = [padded[i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return np.logical_or.reduce(shifted)
