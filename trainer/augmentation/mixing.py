"""Augmentations that make a picture of several."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from trainer.augmentation.base import Augmentation, Chance
from trainer.augmentation.ink import each

ORDER = 30


class Mixup(Augmentation):
    """Lays another picture of the batch faintly over each one, which keeps its label.

    Zhang et al., "mixup: beyond empirical risk minimization" (2017), mix the labels as well, with shares from
    Beta(alpha, alpha). A loss that is a mean over labels comes out the same in the mean where a picture
    keeps its label and its share is from Beta(alpha + 1, alpha): each pair is met from both sides. That
    holds for every task, and the curve's accuracy stays what it says.
    """

    kind, label, amount = "mixup", "Mixup", "alpha"

    alpha: float = Field(0.2, ge=0, le=2, description="How much of the other picture: 0 is none of it.")

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        count = len(pictures)
        others = torch.randperm(count, generator=chance.generator).to(pictures.device)
        sides = torch.tensor([self.alpha + 1, self.alpha]).expand(count, 2)
        shares = torch._sample_dirichlet(sides, generator=chance.generator)
        return torch.lerp(pictures[others], pictures, each(shares[:, 0].to(pictures.device)))

    def code(self, side: int) -> list[str]:
        return [
            "others = x[torch.randperm(n, generator=chance)]",
            f"sides = torch.tensor([{self.alpha + 1}, {self.alpha}]).expand(n, 2)",
            "shares = torch._sample_dirichlet(sides, generator=chance)[:, :1, None, None]",
            "torch.lerp(others, x, shares)",
        ]
