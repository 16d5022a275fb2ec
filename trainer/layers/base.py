"""What every layer is: parameters, the shapes it reads, and the PyTorch module that it builds."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from pydantic import Field
from torch import nn

from trainer.entry import Entry, discover

Shape = tuple[int, ...]

PICTURES = "pictures (channels × height × width)"
ROW = "a row of numbers"
_RANKS = {PICTURES: 3, ROW: 1}


class Layer(Entry):
    """A building block of a network."""

    structure: ClassVar[frozenset[str]] = frozenset({"name"})
    short: ClassVar[str] = ""  # the stem of automatic names; the kind where empty
    reads: ClassVar[tuple[str, ...]] = (PICTURES, ROW)
    gives_probabilities: ClassVar[bool] = False  # at the end of a network, the loss takes its input instead

    name: str = Field("", pattern=r"^[a-z][a-z0-9_]{0,39}$|^$", description="How the layer is called.")

    def build(self, shape: Shape) -> nn.Module:
        """The PyTorch module for inputs of `shape` (without the batch)."""
        raise NotImplementedError(f"{type(self).__name__} builds nothing")

    def refusal(self, shape: Shape) -> str | None:
        """What this layer reads, if `shape` is none of it; None where the shape is welcome."""
        if any(_RANKS[form] == len(shape) for form in self.reads):
            return None
        return " or ".join(self.reads)

    def answering(self, numbers: int) -> Layer | None:
        """This layer with `numbers` outputs, if it can choose how many it gives."""
        return None

    @classmethod
    def stem(cls) -> str:
        """What automatic names begin with: `conv` of `conv1`."""
        return cls.short or cls.kind


def written(shape: Shape) -> str:
    """A shape as a person reads it: `8 × 28 × 28`."""
    return " × ".join(f"{side:,}" for side in shape)


def described(shape: Shape) -> str:
    """A shape in a sentence: `pictures (8 × 28 × 28)` or `a row of 784 numbers`."""
    if len(shape) == 1:
        return f"a row of {shape[0]:,} numbers"
    return f"pictures ({written(shape)})"


@cache
def kinds() -> dict[str, type[Layer]]:
    """Every layer that exists, by kind, in the order of the palette."""
    import trainer.layers as package

    return discover(package, Layer)
