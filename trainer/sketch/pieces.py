"""The connected pieces of a mask, and which of them are the digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.picture import Mask, Numbers

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
    cells = squares(mask, cell).max((1, 3))
    ink: Numbers = squares(np.where(mask, strength, 0), cell).sum((1, 3))
    labels = labelled(cells)
    found = measured(labels, ink)
    main = max(found, key=lambda piece: piece.mass * (0.25 if piece.at_edge else 1))
    kept = [piece.label for piece in found if belongs(piece, main)]
    chosen = np.isin(labels, kept)
    around = grown(chosen) & ~(cells & ~chosen)
    out: Mask = around.repeat(cell, 0).repeat(cell, 1)[: mask.shape[0], : mask.shape[1]]
    return out


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


def squares(values: NDArray[Any], cell: int) -> NDArray[Any]:
    """Pixels by square: (rows, cell, columns, cell); beyond the image there is nothing."""
    height, width = values.shape
    padded = np.pad(values, ((0, -height % cell), (0, -width % cell)))
    return padded.reshape(padded.shape[0] // cell, cell, padded.shape[1] // cell, cell)


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
    box = np.zeros((4, len(names)), int)
    box[:2] = max(labels.shape)
    for side, places in enumerate((ys, xs)):
        np.minimum.at(box[side], which, places)
        np.maximum.at(box[side + 2], which, places + 1)
    return [measure(names, mass, box, labels.shape, int(i)) for i in np.argsort(-mass)[:200]]


def measure(
    names: NDArray[np.int64], mass: NDArray[Any], box: NDArray[Any], shape: tuple[int, ...], i: int
) -> Piece:
    """The i-th piece."""
    top, left, bottom, right = box[:, i].tolist()
    at_edge = top == 0 or left == 0 or bottom == shape[0] or right == shape[1]
    return Piece(int(names[i]), float(mass[i]), (top, left, bottom, right), at_edge)


def grown(mask: Mask) -> Mask:
    """The mask and the cells around it."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    out: Mask = np.zeros_like(mask)
    for down in range(3):
        for across in range(3):
            out |= padded[down : down + height, across : across + width]
    return out
