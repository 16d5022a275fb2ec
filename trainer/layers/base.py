"""What every layer is: parameters, the shapes it reads, and the PyTorch module that it builds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import Field
from torch import nn

from trainer import initializers
from trainer.entry import Entry, OneOf, discover
from trainer.initializers import AsPyTorch, Initializer
from trainer.problems import Problem
from trainer.reach import ANY, Reach
from trainer.writing import Code, attribute, torchs_own

Shape = tuple[int, ...]

PICTURES = "pictures (channels × height × width)"
SEQUENCE = "a sequence (steps × features)"
ROW = "a row of numbers"
_RANKS = {PICTURES: 3, SEQUENCE: 2, ROW: 1}
_NAME = r"^[a-z][a-z0-9_]{0,39}$"


class Layer(Entry):
    """A building block of a network."""

    structure: ClassVar[frozenset[str]] = frozenset({"name", "inputs"})
    short: ClassVar[str] = ""  # the stem of automatic names; the kind where empty
    reads: ClassVar[tuple[str, ...]] = (PICTURES, SEQUENCE, ROW)
    joins: ClassVar[bool] = False  # reads two or more layers instead of one
    gives_probabilities: ClassVar[bool] = False  # at the end of a network, the loss takes its input instead

    name: str = Field("", pattern=_NAME + "|^$", description="How the layer is called.")
    inputs: tuple[Annotated[str, Field(pattern=_NAME)], ...] = Field(
        (),
        max_length=16,
        description="Names of layers above, or input, that it reads; empty: the layer above.",
        exclude_if=lambda inputs: not inputs,
    )

    def build(self, shape: Shape) -> nn.Module:
        """The PyTorch module for inputs of `shape`, without the batch; of the first if it joins several."""
        raise NotImplementedError(f"{type(self).__name__} builds nothing")

    def code(self, shape: Shape) -> Code | None:
        """How its module is written in a script; None where it needs none.

        Modules of PyTorch's own are written by themselves; a layer with one of its own says how.
        """
        return Code(torchs_own(self.build(shape)))

    def applied(self, given: Sequence[str], shape: Shape) -> str:
        """How a script applies it to the expressions of what it reads."""
        return f"{attribute('self', self.name)}({', '.join(given)})"

    @property
    def draws(self) -> bool:
        """Whether it draws numbers while it trains."""
        return False

    @property
    def reach(self) -> Reach | None:
        """What the numbers that it gives can be; None where it passes on those that it reads."""
        return ANY

    def refusal(self, shape: Shape) -> str | None:
        """What this layer reads, if `shape` is none of it; None where the shape is welcome."""
        if any(_RANKS[form] == len(shape) for form in self.reads):
            return None
        return " or ".join(self.reads)

    def initialize(self, module: nn.Module) -> None:
        """Gives the module of this layer its first weights, where PyTorch's own are not wanted."""

    def initialized(self, code: Code) -> Code:
        """How a script makes its module with those first weights."""
        return code

    def frozen_in(self, epoch: int) -> bool:
        """Whether nothing of this layer may change in an epoch, counted from 1."""
        return False

    def answering(self, numbers: int) -> Layer | None:
        """This layer with `numbers` outputs, if it can choose how many it gives."""
        return None

    def shaping(self, shape: Shape) -> Layer | None:
        """This layer giving a shape out of a row of numbers, if it can be told which."""
        return None

    @classmethod
    def forms(cls) -> list[dict[str, Any]]:
        """What it reads, as JSON: each form in words, and how many sides a shape of that form has."""
        return [{"words": form, "sides": _RANKS[form]} for form in cls.reads]

    @classmethod
    def stem(cls) -> str:
        """What automatic names begin with: `conv` of `conv1`."""
        return cls.short or cls.kind


class Learning(Layer):
    """A layer that learns: it can be frozen, for good or for the first epochs."""

    frozen: bool = Field(
        False,
        description="Training leaves it exactly as it is.",
        json_schema_extra={"advanced": True},
        exclude_if=lambda frozen: not frozen,
    )
    frozen_epochs: int | None = Field(
        None,
        ge=1,
        le=1_000,
        description="Where frozen: thaws after so many epochs; empty: never.",
        json_schema_extra={"advanced": True},
        exclude_if=lambda epochs: epochs is None,
    )

    def frozen_in(self, epoch: int) -> bool:
        return self.frozen and (self.frozen_epochs is None or epoch <= self.frozen_epochs)


class Weighing(Learning):
    """A layer that learns weights: what they start from can be chosen."""

    initializer: Annotated[Initializer, OneOf(initializers.kinds(), "initializer")] = Field(
        AsPyTorch(),
        description="What the weights start from.",
        json_schema_extra={"advanced": True},
        exclude_if=lambda initializer: initializer == AsPyTorch(),
    )

    def initialize(self, module: nn.Module) -> None:
        self.initializer.fill(module)

    def initialized(self, code: Code) -> Code:
        return self.initializer.around(code)


def divided(layer: Layer, field: str, numbers: int, what: str) -> None:
    """A Problem where `numbers` cannot be divided evenly into as many parts as a field says."""
    parts = getattr(layer, field)
    if numbers % parts:
        raise Problem(f"{layer.name}: {numbers:,} {what} cannot be divided by {parts}.", (field,))


def written(shape: Shape) -> str:
    """A shape as a person reads it: `8 × 28 × 28`."""
    return " × ".join(f"{side:,}" for side in shape)


def described(shape: Shape) -> str:
    """A shape in a sentence: `pictures (8 × 28 × 28)` or `a row of 784 numbers`."""
    if len(shape) == 1:
        return f"a row of {shape[0]:,} numbers"
    if len(shape) == 2:
        return f"a sequence ({shape[0]:,} steps × {shape[1]:,} features)"
    return f"pictures ({written(shape)})"


@cache
def kinds() -> dict[str, type[Layer]]:
    """Every layer that exists, by kind, in the order of the palette."""
    import trainer.layers as package

    return discover(package, Layer)
