"""How pictures are prepared before a network receives them: pixels in another order, numbers around 0.

The weights of a run know their preparation: whoever looks through them later prepares pictures alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache

import torch
from torch import Tensor

from trainer.problems import Problem


@dataclass(frozen=True)
class Preparation:
    """What is done to pictures (n, c, h, w) from 0 to 1: the same in training, validation, test and looks."""

    mean: float = 0.0  # taken away from every pixel
    std: float = 1.0  # and what is left, divided by this
    pixels: int | None = None  # the seed of the order in which pixels stand; None: as they are

    def __bool__(self) -> bool:
        return self != AS_THEY_ARE

    def __call__(self, pictures: Tensor) -> Tensor:
        """What the first layer receives."""
        return self.normalized(self.reordered(pictures))

    def normalized(self, pictures: Tensor) -> Tensor:
        """The pictures with their numbers around 0; the same ones where they stay from 0 to 1."""
        return pictures if (self.mean, self.std) == (0, 1) else (pictures - self.mean) / self.std

    def reordered(self, pictures: Tensor) -> Tensor:
        """The pictures with their pixels in the other order, if there is one, but still from 0 to 1."""
        if self.pixels is None:
            return pictures
        order = _order(self.pixels, math.prod(pictures.shape[2:])).to(pictures.device)
        return pictures.flatten(2)[:, :, order].view(pictures.shape)

    def describe(self) -> dict[str, float | int]:
        """What weights say of it: nothing where it changes nothing."""
        return {name: value for name, value in asdict(self).items() if value != getattr(Preparation, name)}

    @classmethod
    def read(cls, facts: Mapping[str, object]) -> Preparation:
        """Of what weights say of themselves. Raises Problem where that is no preparation."""
        try:
            pixels = facts.get("pixels")
            read = cls(
                float(str(facts.get("mean", 0.0))),
                float(str(facts.get("std", 1.0))),
                None if pixels is None else int(str(pixels)),
            )
        except ValueError as error:
            raise Problem(f"These are no weights: {error}.", ("weights",)) from error
        if not (math.isfinite(read.mean) and math.isfinite(read.std) and read.std > 0):
            raise Problem("These weights ask for pictures that cannot be prepared.", ("weights",))
        return read


AS_THEY_ARE = Preparation()


@lru_cache(maxsize=8)
def _order(seed: int, pixels: int) -> Tensor:
    return torch.randperm(pixels, generator=torch.Generator().manual_seed(seed % 2**63))
