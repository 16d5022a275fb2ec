"""Augmentations that move points: turned, shifted, larger, slanted, bent, mirrored."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from trainer.augmentation.base import Affine, Augmentation, Chance

ORDER = 10


def matrices(count: int, device: torch.device, places: dict[tuple[int, int], Tensor | float]) -> Tensor:
    """Matrices (count, 3, 3) that change nothing but what `places` says: (row, column) → numbers (count,)."""
    made = torch.eye(3, device=device).repeat(count, 1, 1)
    for (row, column), numbers in places.items():
        made[:, row, column] = numbers
    return made


class Rotate(Affine):
    """Turns each picture by another angle: people hold paper and pen as they like."""

    kind, label, amount = "rotate", "Rotate", "degrees"

    degrees: float = Field(10.0, ge=0, le=180, description="Largest angle, to either side.")

    def matrices(self, count: int, side: int, chance: Chance) -> Tensor:
        angle = chance.around(self.degrees, count).deg2rad()
        cos, sin = angle.cos(), angle.sin()
        return matrices(count, chance.device, {(0, 0): cos, (0, 1): -sin, (1, 0): sin, (1, 1): cos})

    def code(self, side: int) -> list[str]:
        return [f"a = around({self.degrees}, n).deg2rad()", "a.cos(), -a.sin(), a.sin(), a.cos()"]


class Shift(Affine):
    """Moves each picture up or down and sideways: a digit need not stand in the middle."""

    kind, label, amount = "shift", "Shift", "pixels"

    pixels: float = Field(2.0, ge=0, le=14, description="Largest way, in each direction.")

    def matrices(self, count: int, side: int, chance: Chance) -> Tensor:
        across, down = chance.around(2 * self.pixels / side, 2, count)
        return matrices(count, chance.device, {(0, 2): across, (1, 2): down})

    def code(self, side: int) -> list[str]:
        return [f"1, 0, 0, 1, *around({2 * self.pixels / side}, 2, n)"]


class Zoom(Affine):
    """Makes each picture larger or smaller: some people write big, others small."""

    kind, label, amount = "zoom", "Zoom", "share"

    share: float = Field(0.1, ge=0, le=0.9, description="Largest change: 0.1 is from 90 % to 110 %.")

    def matrices(self, count: int, side: int, chance: Chance) -> Tensor:
        size = 1 / (1 + chance.around(self.share, count))
        return matrices(count, chance.device, {(0, 0): size, (1, 1): size})

    def code(self, side: int) -> list[str]:
        return [f"z = 1 / (1 + around({self.share}, n))", "z, 0, 0, z"]


class Shear(Affine):
    """Slants each picture to the left or right, as handwriting does."""

    kind, label, amount = "shear", "Shear", "slant"

    slant: float = Field(0.2, ge=0, le=2, description="Largest slant: pixels sideways for each one up.")

    def matrices(self, count: int, side: int, chance: Chance) -> Tensor:
        return matrices(count, chance.device, {(0, 1): chance.around(self.slant, count)})

    def code(self, side: int) -> list[str]:
        return [f"1, around({self.slant}, n), 0, 1"]


class Crop(Affine):
    """Cuts out a smaller square at a place of chance, and enlarges it to the whole size."""

    kind, label, amount = "crop", "Crop", "pixels"

    pixels: int = Field(4, ge=0, le=20, description="By how much smaller the square is.")

    def matrices(self, count: int, side: int, chance: Chance) -> Tensor:
        cut = self.pixels / side
        across, down = chance.around(cut, 2, count)
        places = {(0, 0): 1 - cut, (1, 1): 1 - cut, (0, 2): across, (1, 2): down}
        return matrices(count, chance.device, places)

    def code(self, side: int) -> list[str]:
        cut = self.pixels / side
        return [f"{1 - cut}, 0, 0, {1 - cut}, *around({cut}, 2, n)"]


class Pad(Affine):
    """Puts a rim of paper around each picture, and shrinks both to the size as before."""

    kind, label, amount = "pad", "Pad", "pixels"

    pixels: int = Field(2, ge=0, le=14, description="Width of the rim.")

    def matrices(self, count: int, side: int, chance: Chance) -> Tensor:
        size = 1 + 2 * self.pixels / side
        return matrices(count, chance.device, {(0, 0): size, (1, 1): size})

    def code(self, side: int) -> list[str]:
        size = 1 + 2 * self.pixels / side
        return [f"{size}, 0, 0, {size}"]


class Elastic(Augmentation):
    """Bends each picture as if it were drawn on rubber: neighbouring points move alike.

    After Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to visual
    document analysis" (2003); their smooth random field is made of few random points with curves between.
    """

    kind, label, amount = "elastic", "Elastic", "pixels"

    pixels: float = Field(2.0, ge=0, le=10, description="Largest way that a point moves.")
    points: int = Field(6, ge=3, le=14, description="Random points across: more of them bend finer.")

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        count, _, side, _ = pictures.shape
        still = matrices(count, chance.device, {})
        return sampled(pictures, still, self.field(count, side, chance))

    def field(self, count: int, side: int, chance: Chance) -> Tensor:
        """How far each point moves, across and down: (count, 2, side · side), in half sides."""
        few = chance.around(2 * self.pixels / side, count, 2, self.points, self.points)
        return few.flatten(2) @ _curves(self.points, side, chance.device)

    def code(self, side: int) -> list[str]:
        few = f"around({2 * self.pixels / side}, n, 2, {self.points}, {self.points})"
        how = f'({side}, {side}), mode="bicubic", align_corners=True'
        return [f"few = {few}", f"bend = nn.functional.interpolate(few, {how})"]


class Flip(Augmentation):
    """Mirrors pictures. It helps with shirts and shoes; a mirrored 7 is none."""

    kind, label = "flip", "Flip"

    probability: float = Field(0.5, ge=0, le=1, description="Share of the pictures that it changes.")
    direction: Literal["sideways", "upside"] = Field("sideways", description="Left to right, or top down.")

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        return pictures.flip(3 if self.direction == "sideways" else 2)

    def code(self, side: int) -> list[str]:
        return [f"x.flip({3 if self.direction == 'sideways' else 2})"]


def sampled(pictures: Tensor, whence: Tensor, field: Tensor | None = None) -> Tensor:
    """The pictures read where matrices (n, 3, 3) say, after a field (n, 2, h · w). Outside is paper.

    Sums of planes, not products of small matrices: these keep two threads waiting for each other.
    """
    across, down = _middles(pictures.shape[-1], pictures.device)
    if field is not None:
        across, down = across + field[:, 0], down + field[:, 1]
    rows = (row[:, :, None].unbind(1) for row in whence[:, :2].unbind(1))
    places = [right * across + below * down + more for right, below, more in rows]
    grid = torch.stack(places, 2).view(len(pictures), *pictures.shape[2:], 2)
    return functional.grid_sample(pictures, grid, align_corners=False)


@lru_cache(maxsize=16)
def _middles(side: int, device: torch.device) -> Tensor:
    """The middles of all pixels, across and down: (2, side · side), in half sides from the middle."""
    line = (2 * torch.arange(side, device=device) + 1) / side - 1
    down, across = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([across, down]).flatten(1)


@lru_cache(maxsize=16)
def _curves(points: int, side: int, device: torch.device) -> Tensor:
    """What few numbers on a grid are for every pixel between them: (points · points, side · side)."""
    line = functional.interpolate(
        torch.eye(points)[None, None], (side, points), mode="bicubic", align_corners=True
    )[0, 0]
    return torch.kron(line, line).T.contiguous().to(device)
