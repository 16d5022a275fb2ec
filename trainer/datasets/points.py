"""Points of a plane, made from formulas: six small sets on which one sees all that a network does.

They are after those of TensorFlow Playground (Daniel Smilkov and Shan Carter, 2016).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import ClassVar

import torch
from pydantic import Field

from trainer.datasets.base import Dataset, Folders, Images, Say
from trainer.writing import Code

ORDER = 200  # behind the pictures

TRAINING, TEST = 1_000, 500
EDGE = 6.0  # the plane that is shown goes from minus this to this, in both directions
_SEEDS = {"train": 1, "t10k": 2}

Made = tuple[torch.Tensor, torch.Tensor]


class Points(Dataset):
    """Points of a plane."""

    shape: ClassVar[tuple[int, ...]] = (2,)
    classes: ClassVar[tuple[str, ...]] = ("0", "1")
    training: ClassVar[int] = TRAINING
    size: int | None = Field(None, ge=10, le=20_000, description="Training points; empty: 1,000.")
    noise: float = Field(0.0, ge=0, le=1, description="How far chance moves points, or their classes.")

    @property
    def formula(self) -> Callable[[int, float, torch.Generator], Made]:
        """Makes points (n, 2) and what they are (n,): of how many, of the noise, and of chance."""
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    @property
    def used(self) -> int:
        return self.size or TRAINING

    def load(self, folders: Folders, say: Say | None = None) -> Images:
        return Images(*self._made("train"), *self._made("t10k"))

    def _made(self, part: str) -> Made:
        many = self.used if part == "train" else TEST
        return self.formula(many, self.noise, torch.Generator().manual_seed(_SEEDS[part]))

    def code(self) -> Code:
        make = self.formula
        text = inspect.getsource(make)
        imports = ("import math",) if "math." in text else ()
        parts = f'{{"train": ({self.used}, {_SEEDS["train"]}), "t10k": ({TEST}, {_SEEDS["t10k"]})}}'
        made = f"{make.__name__}(many, {self.noise}, torch.Generator().manual_seed(seed))"
        reading = f"    many, seed = {parts}[part]\n    images, labels = {made}"
        return Code(reading, (text,), imports)


def circle(n: int, noise: float, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """A disc, and a ring around it."""
    labels = torch.arange(n) % 2
    near = 2.5 * torch.rand(n, generator=chance)
    radius = torch.where(labels == 1, near, 3.5 + 0.6 * near)
    angle = 2 * math.pi * torch.rand(n, generator=chance)
    points = torch.stack([radius * angle.sin(), radius * angle.cos()], 1)
    moved = points + noise * (10 * torch.rand(n, 2, generator=chance) - 5)
    return points, (moved.norm(dim=1) < 3).long()


class Circle(Points):
    """A disc of points within a ring of others: no straight line parts them."""

    kind, label = "circle", "Circle"

    @property
    def formula(self) -> Callable[[int, float, torch.Generator], Made]:
        return circle


def xor(n: int, noise: float, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Opposite quarters belong together."""
    points = 10 * torch.rand(n, 2, generator=chance) - 5
    points = points + 0.3 * points.sign()
    moved = points + noise * (10 * torch.rand(n, 2, generator=chance) - 5)
    return points, (moved.prod(1) >= 0).long()


class Xor(Points):
    """Four quarters, of which the opposite ones belong together: what one neuron alone cannot tell."""

    kind, label = "xor", "Exclusive or"

    @property
    def formula(self) -> Callable[[int, float, torch.Generator], Made]:
        return xor


def gauss(n: int, noise: float, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Two clouds."""
    labels = torch.arange(n) % 2
    middle = (4.0 * labels - 2)[:, None]
    return middle + (0.7 + 2 * noise) * torch.randn(n, 2, generator=chance), labels


class Gauss(Points):
    """Two clouds of points: a straight line parts them, as long as there is little noise."""

    kind, label = "gauss", "Two clouds"

    @property
    def formula(self) -> Callable[[int, float, torch.Generator], Made]:
        return gauss


def spiral(n: int, noise: float, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Two arms that wind around each other."""
    labels = torch.arange(n) % 2
    along = torch.rand(n, generator=chance)
    angle = 3.5 * math.pi * along + math.pi * labels
    points = 5 * along[:, None] * torch.stack([angle.sin(), angle.cos()], 1)
    return points + noise * (2 * torch.rand(n, 2, generator=chance) - 1), labels


class Spiral(Points):
    """Two arms that wind around each other: the hardest of these sets."""

    kind, label = "spiral", "Spiral"

    @property
    def formula(self) -> Callable[[int, float, torch.Generator], Made]:
        return spiral


def plane(n: int, noise: float, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """A number that grows to the upper right."""
    points = 12 * torch.rand(n, 2, generator=chance) - 6
    moved = points + noise * (12 * torch.rand(n, 2, generator=chance) - 6)
    return points, (moved.sum(1) / 10).clamp(-1, 1)


class Plane(Points):
    """A number at every point, which grows evenly in one direction: linear regression finds it."""

    kind, label = "plane", "Slope (numbers)"
    classes = ()

    @property
    def formula(self) -> Callable[[int, float, torch.Generator], Made]:
        return plane

    @property
    def span(self) -> tuple[float, float]:
        return -1.0, 1.0


def hills(n: int, noise: float, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Three hills and three hollows."""
    points = 12 * torch.rand(n, 2, generator=chance) - 6
    moved = points + noise * (12 * torch.rand(n, 2, generator=chance) - 6)
    tops = torch.tensor([[-4.0, 2.5], [0, -2.5], [4, 2.5], [-4, -2.5], [0, 2.5], [4, -2.5]])
    near = (1 - torch.cdist(moved, tops) / 2).clamp(min=0)
    return points, near[:, :3].amax(1) - near[:, 3:].amax(1)


class Hills(Points):
    """Three hills and three hollows: a number at every point, and zero between them."""

    kind, label = "hills", "Hills (numbers)"
    classes = ()

    @property
    def formula(self) -> Callable[[int, float, torch.Generator], Made]:
        return hills

    @property
    def span(self) -> tuple[float, float]:
        return -1.0, 1.0
