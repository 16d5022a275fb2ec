"""What every augmentation is: an entry of the catalogue that changes a batch of pictures at random."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from trainer.entry import Entry, discover, read_entries

MOST = 12  # in one job


@dataclass(frozen=True)
class Chance:
    """The random numbers of one batch. They are drawn on the processor: every device gets the same."""

    generator: torch.Generator
    device: torch.device

    def share(self, *shape: int) -> Tensor:
        """Numbers between 0 and 1."""
        return torch.rand(shape, generator=self.generator).to(self.device)

    def around(self, most: float, *shape: int) -> Tensor:
        """Numbers between -most and most."""
        return ((2 * torch.rand(shape, generator=self.generator) - 1) * most).to(self.device)

    def normal(self, *shape: int) -> Tensor:
        """Numbers around 0 with a spread of 1."""
        return torch.randn(shape, generator=self.generator).to(self.device)


class Augmentation(Entry):
    """One way to change pictures. Each picture has its own chances; labels stay as they are."""

    amount: ClassVar[str] = ""  # the field that is 0 where it changes nothing; empty: there is none

    probability: float = Field(1.0, ge=0, le=1, description="Share of the pictures that it changes.")

    @property
    def neutral(self) -> bool:
        """Whether it leaves every picture as it is."""
        return self.probability == 0 or bool(self.amount and getattr(self, self.amount) == 0)

    def change(self, pictures: Tensor, chance: Chance) -> Tensor:
        """The pictures (n, c, h, w) changed, all of them; 0 is paper, 1 is ink."""
        raise NotImplementedError(f"{type(self).__name__} changes nothing")

    def code(self, side: int) -> list[str]:
        """How a script changes n pictures x of `side` pixels by `chance`: lines, the last an expression.

        `around(most, *shape)` draws as `Chance.around` does.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it is written")

    def hit(self, count: int, chance: Chance) -> Tensor:
        """Which of `count` pictures it changes: (count,)."""
        if self.probability == 1:
            return torch.ones(count, dtype=torch.bool, device=chance.device)
        return chance.share(count) < self.probability


class Affine(Augmentation):
    """Moves every point of a picture by a matrix. What follows each other is sampled only once."""

    def matrices(self, count: int, side: int, chance: Chance) -> Tensor:
        """Where points of each picture come from: (count, 3, 3), in half sides from the middle."""
        raise NotImplementedError(f"{type(self).__name__} moves nothing")

    def code(self, side: int) -> list[str]:
        """The same as lines of a script; the last one tells the matrix: xx, xy, yx, yy and perhaps x, y."""
        return super().code(side)


def read_all(given: object) -> tuple[Augmentation, ...]:
    """Augmentations from a list in JSON, as a job has them. Raises Problem."""
    return read_entries(kinds(), "augmentation", given, MOST)


@cache
def kinds() -> dict[str, type[Augmentation]]:
    """Every augmentation that exists, by kind."""
    import trainer.augmentation as package

    return discover(package, Augmentation)
