"""Augmentations that leave points where they are: ink, paper, and what comes between."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from trainer.augmentation.base import Augmentation, Chance

ORDER = 20


def each(numbers: Tensor) -> Tensor:
    """A number for each picture, (n,), so that it counts for all of its pixels."""
    return numbers[:, None, None, None]


class Thickness(Augmentation):
    """Draws each picture with a thicker or a thinner pen."""

    kind, label, amount = "thickness", "Thickness", "share"

    share: float = Field(0.5, ge=0, le=1, description="Largest change: 1 adds or takes a pixel on each side.")

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        more = each(chance.around(self.share, len(pictures)))
        thick = functional.max_pool2d(pictures, 3, 1, 1)
        thin = -functional.max_pool2d(-pictures, 3, 1, 1)
        return torch.lerp(pictures, torch.where(more > 0, thick, thin), more.abs())

    def code(self, side: int) -> list[str]:
        pooled = "nn.functional.max_pool2d"
        return [
            f"more = around({self.share}, n)[:, None, None, None]",
            f"thick, thin = {pooled}(x, 3, 1, 1), -{pooled}(-x, 3, 1, 1)",
            "torch.lerp(x, torch.where(more > 0, thick, thin), more.abs())",
        ]


class Noise(Augmentation):
    """Adds random noise to every pixel, like a bad camera."""

    kind, label, amount = "noise", "Noise", "std"

    std: float = Field(0.1, ge=0, le=1, description="Spread of the noise; ink is 1.")

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        return (pictures + chance.normal(*pictures.shape) * self.std).clamp_(0, 1)

    def code(self, side: int) -> list[str]:
        return [f"(x + torch.randn(x.shape, generator=chance) * {self.std}).clamp(0, 1)"]


class Blur(Augmentation):
    """Makes each picture more or less unsharp."""

    kind, label, amount = "blur", "Blur", "sigma"

    sigma: float = Field(1.0, ge=0, le=3, description="Width of the strongest blur, in pixels.")

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        channels, reach = pictures.shape[1], int(2 * self.sigma + 1)
        line = (-torch.arange(-reach, reach + 1, device=pictures.device).square() / 2 / self.sigma**2).exp()
        line = (line / line.sum()).repeat(channels, 1, 1, 1)
        soft = functional.conv2d(pictures, line, padding=(0, reach), groups=channels)
        soft = functional.conv2d(soft, line.mT, padding=(reach, 0), groups=channels)
        return torch.lerp(pictures, soft, each(chance.share(len(pictures))))

    def code(self, side: int) -> list[str]:
        reach, conv = int(2 * self.sigma + 1), "nn.functional.conv2d"
        return [
            f"line = (-torch.arange({-reach}, {reach + 1}).square() / 2 / {self.sigma}**2).exp()",
            "line = (line / line.sum()).repeat(1, 1, 1, 1)",
            f"soft = {conv}({conv}(x, line, padding=(0, {reach})), line.mT, padding=({reach}, 0))",
            "torch.lerp(x, soft, torch.rand(n, generator=chance)[:, None, None, None])",
        ]


class Erase(Augmentation):
    """Takes the ink out of a square at a place of chance: no single stroke decides alone.

    After Zhong et al., "Random erasing data augmentation" (2017), and DeVries and Taylor's cutout (2017).
    """

    kind, label, amount = "erase", "Erase", "side"

    probability: float = Field(0.5, ge=0, le=1, description="Share of the pictures that it changes.")
    side: int = Field(8, ge=0, le=27, description="Of the square, in pixels.")

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        place = torch.arange(pictures.shape[-1], device=pictures.device)
        first = (chance.share(2, len(pictures), 1) * (len(place) - self.side + 1)).floor()
        down, across = (place >= first) & (place < first + self.side)
        return pictures.masked_fill((down[:, :, None] & across[:, None, :])[:, None], 0)

    def code(self, side: int) -> list[str]:
        return [
            f"first = (torch.rand((2, n, 1), generator=chance) * {side - self.side + 1}).floor()",
            f"place = torch.arange({side})",
            f"down, across = (place >= first) & (place < first + {self.side})",
            "x.masked_fill((down[:, :, None] & across[:, None, :])[:, None], 0)",
        ]


class Invert(Augmentation):
    """Swaps ink and paper: white on black becomes black on white."""

    kind, label = "invert", "Invert"

    probability: float = Field(0.5, ge=0, le=1, description="Share of the pictures that it changes.")

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        return 1 - pictures

    def code(self, side: int) -> list[str]:
        return ["1 - x"]


class Contrast(Augmentation):
    """Pulls the pixels of each picture towards their mean, or away from it."""

    kind, label, amount = "contrast", "Contrast", "share"

    share: float = Field(
        0.5, ge=0, le=1, description="Largest change: 0.5 is from half to half as much more."
    )

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        mean = pictures.mean((1, 2, 3), keepdim=True)
        much = each(1 + chance.around(self.share, len(pictures)))
        return torch.lerp(mean, pictures, much).clamp_(0, 1)

    def code(self, side: int) -> list[str]:
        return [
            f"much = (1 + around({self.share}, n))[:, None, None, None]",
            "torch.lerp(x.mean((1, 2, 3), keepdim=True), x, much).clamp(0, 1)",
        ]
