"""Layers that only arrange numbers anew."""

from typing import ClassVar

from pydantic import Field, field_validator
from torch import Tensor, nn

from trainer.layers.base import PICTURES, SEQUENCE, Layer, Shape
from trainer.problems import Problem
from trainer.writing import Code, literal

ORDER = 40


class Flatten(Layer):
    """Writes everything one after another into one row of numbers. Nothing is computed."""

    kind, label, family = "flatten", "Flatten", "reshape"

    def build(self, shape: Shape) -> nn.Module:
        return nn.Flatten()

    @property
    def reach(self) -> None:
        return None


class Identity(Layer):
    """Passes everything on unchanged: to see what a network is without an activation."""

    kind, label, family = "identity", "Identity", "reshape"

    def build(self, shape: Shape) -> nn.Module:
        return nn.Identity()

    @property
    def reach(self) -> None:
        return None


class Permuted(nn.Module):
    """Swaps dimensions (the batch is 0), then joins those from `joined` on, if any."""

    def __init__(self, dims: tuple[int, ...], joined: int | None = None) -> None:
        super().__init__()
        self.dims = dims
        self.joined = joined

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, *self.dims)
        return x if self.joined is None else x.flatten(self.joined)


ROWS = """
class Rows(nn.Module):
    def forward(self, x):
        return x.transpose(1, 2).flatten(2)
"""


class Rows(Layer):
    """Reads pictures line by line: a sequence whose steps are their rows, from top to bottom."""

    kind, label, family = "rows", "Rows", "reshape"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    def build(self, shape: Shape) -> nn.Module:
        return Permuted((2, 1, 3), joined=2)

    def code(self, shape: Shape) -> Code:
        return Code("Rows()", (ROWS,))

    @property
    def reach(self) -> None:
        return None


class Reshaped(nn.Module):
    """Deals the numbers of each example into another shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.shape)  # not len(): ONNX takes that for a constant


def _numbers(text: str) -> tuple[int, ...]:
    """Whole numbers, one to three of them, from text like `16, 7, 7`; a Problem where it is none."""
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not 1 <= len(numbers) <= 3:
        raise Problem("One to three whole numbers with commas between them are needed, like 16, 7, 7.")
    return numbers


class Reshape(Layer):
    """Deals the same numbers, in the same order, into another shape."""

    kind, label, family = "reshape", "Reshape", "reshape"

    shape: str = Field(
        "-1",
        max_length=30,
        description="The new sides, like 16, 7, 7 for pictures or 28, 28 for a sequence; -1: what is left.",
    )

    @field_validator("shape")
    @classmethod
    def _are_sides(cls, shape: str) -> str:
        sides = _numbers(shape)
        if any(side < 1 and side != -1 for side in sides) or sides.count(-1) > 1:
            raise Problem("Sides are 1 or more, and at most one of them is -1.")
        return shape

    def build(self, shape: Shape) -> nn.Module:
        return Reshaped(_numbers(self.shape))

    def code(self, shape: Shape) -> Code:
        return Code(f"nn.Sequential(nn.Flatten(), nn.Unflatten(1, {literal(_numbers(self.shape))}))")

    def shaping(self, shape: Shape) -> "Reshape":
        return self.model_copy(update={"shape": ", ".join(map(str, shape))})

    @property
    def reach(self) -> None:
        return None


PERMUTED = """
class Permuted(nn.Module):
    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(0, *self.dims)
"""


class Permute(Layer):
    """Swaps the sides: rows become columns, or steps become features."""

    kind, label, family = "permute", "Permute", "reshape"
    reads: ClassVar[tuple[str, ...]] = (PICTURES, SEQUENCE)

    dims: str = Field(
        "", max_length=30, description="Which side comes first, second, third, like 2, 3, 1; empty: reversed."
    )

    @field_validator("dims")
    @classmethod
    def _name_each_side_once(cls, dims: str) -> str:
        if dims and sorted(_numbers(dims)) != list(range(1, len(_numbers(dims)) + 1)):
            raise Problem("Every side is named once, counted from 1, like 2, 3, 1.")
        return dims

    def build(self, shape: Shape) -> nn.Module:
        return Permuted(self._order(shape))

    def code(self, shape: Shape) -> Code:
        return Code(f"Permuted{literal(self._order(shape))}", (PERMUTED,))

    def _order(self, shape: Shape) -> tuple[int, ...]:
        return _numbers(self.dims) if self.dims else tuple(range(len(shape), 0, -1))

    @property
    def reach(self) -> None:
        return None
