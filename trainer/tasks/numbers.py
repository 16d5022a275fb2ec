"""Tasks whose answer is a number."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Generator, Tensor
from torch.nn import functional

from trainer.datasets.base import Dataset
from trainer.losses.base import Family, Loss
from trainer.tasks.base import Measure, Task, Written, of_pictures

ORDER = 20


class OfNumbers(Task):
    """A task whose answer is one number."""

    family: ClassVar[Family] = "numbers"

    def judge(self, answers: Tensor, targets: Tensor, loss: Loss) -> Tensor:
        return (answers - targets).abs().squeeze(1) * self.scale

    def said(self, output: Tensor, loss: Loss) -> dict[str, Any]:
        return {"value": output.item() * self.scale, "unit": self.measure.unit}


def told_error(measure: Measure, scale: float, targets: str = "", pose: str = "") -> Written:
    """How a script judges answers by how far off they are."""
    times = f" * {scale:g}" if scale != 1 else ""
    unit = f" {measure.unit}" if measure.unit else ""
    return Written(
        judged=f"(answers - labels).abs().mean(){times}",
        told=f"{measure.name} {{error:.{measure.digits + 2}f}}{unit}",
        name="error",
        value="error",
        targets=targets,
        pose=pose,
    )


class Ink(OfNumbers):
    """Says how much of the picture is ink: the mean of all its pixels."""

    kind, label, usual = "ink", "How much ink?", "mse"
    measure: ClassVar[Measure] = Measure("mean error", "% of the picture", digits=2)
    unit = 100.0
    of_pixels = True

    def refusal(self, dataset: Dataset) -> str | None:
        return of_pictures(dataset)

    def pose(
        self, images: Tensor, labels: Tensor, dataset: Dataset, chance: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        return images, images.flatten(1).mean(1, keepdim=True)

    def code(self, loss: Loss, dataset: Dataset) -> Written:
        return told_error(self.measure, self.scale, targets="images.flatten(1).mean(1, keepdim=True)")


class Angle(OfNumbers):
    """Says by which angle the picture was turned: each is turned anew, by chance, every time."""

    kind, label, usual = "angle", "How far is it turned?", "mse"
    measure: ClassVar[Measure] = Measure("mean error", "°", digits=1)
    unit = "degrees"
    of_pixels = True

    degrees: float = Field(
        45.0, gt=0, le=180, description="How far at most, to either side. The network gives shares of it."
    )

    @property
    def draws(self) -> bool:
        return True

    def span(self, dataset: Dataset) -> tuple[float, float]:
        return -1.0, 1.0

    def refusal(self, dataset: Dataset) -> str | None:
        return of_pictures(dataset)

    def pose(
        self, images: Tensor, labels: Tensor, dataset: Dataset, chance: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        shares = 2 * torch.rand(len(images), 1, generator=chance, device=images.device) - 1
        return turned(images, shares * math.radians(self.degrees)), shares

    def code(self, loss: Loss, dataset: Dataset) -> Written:
        pose = _POSE.format(radians=math.radians(self.degrees))
        return told_error(self.measure, self.scale, pose=pose)


def turned(pictures: Tensor, angles: Tensor) -> Tensor:
    """Pictures (batch, channels, h, w) turned about their middle by angles (batch, 1) in radians.

    Positive angles turn against the clock; between pixels it is linear, and beyond the edge is paper.
    """
    cos, sin, zero = angles.cos(), angles.sin(), torch.zeros_like(angles)
    turns = torch.cat([cos, -sin, zero, sin, cos, zero], 1).view(-1, 2, 3)
    places = functional.affine_grid(turns, list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures, places, align_corners=False)


_POSE = """
def pose(x, chance=None):  # turned pictures, and by which share of the largest angle
    shares = 2 * torch.rand(len(x), 1, generator=chance) - 1
    cos, sin, zero = (shares * {radians}).cos(), (shares * {radians}).sin(), torch.zeros_like(shares)
    turns = torch.cat([cos, -sin, zero, sin, cos, zero], 1).view(-1, 2, 3)
    places = nn.functional.affine_grid(turns, list(x.shape), align_corners=False)
    return nn.functional.grid_sample(x, places, align_corners=False), shares
"""


class Value(OfNumbers):
    """Says the label as a number. For digits that is a trap: 2.5 is none, and 4 is not twice 2."""

    kind, label, usual = "value", "Which number is it?", "mse"
    measure: ClassVar[Measure] = Measure("mean error", "", digits=2)
    whole = True

    def span(self, dataset: Dataset) -> tuple[float, float]:
        return dataset.span

    def pose(
        self, images: Tensor, labels: Tensor, dataset: Dataset, chance: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        return images, labels.to(images.dtype)[:, None]

    def code(self, loss: Loss, dataset: Dataset) -> Written:
        return told_error(self.measure, self.scale, targets="labels.float()[:, None]")
