"""Initializers: the numbers that the weights of a layer start from."""

from __future__ import annotations

import sys
from functools import cache
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from trainer.entry import Entry, discover
from trainer.writing import Code

SPREAD = "Even between two bounds, or a bell curve."


DRAWN = """
def drawn(layer, fill, **how):
    for name, numbers in layer.named_parameters():
        if numbers.dim() > 1:
            fill(numbers, **how)
        elif "bias" in name:
            nn.init.zeros_(numbers)
    return layer
"""


class Initializer(Entry):
    """How the weights of one layer are drawn; biases start at zero, scales of normalizations at one."""

    def draw(self, weight: Tensor) -> None:
        """Fills a weight of two or more dimensions, in place."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

    def code(self) -> str:
        """How a script calls what fills a weight: a function of `nn.init` and its arguments by name."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is written")

    def around(self, module: Code) -> Code:
        """How a script makes a module with weights of this kind."""
        return module.within(f"drawn({module.expression}, {self.code()})", DRAWN)

    def fill(self, module: nn.Module) -> None:
        """Draws all weights of a module whose parameters have PyTorch's own first values already."""
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                if parameter.dim() > 1:
                    self.draw(parameter)
                elif "bias" in name:
                    parameter.zero_()


class AsPyTorch(Initializer):
    """What PyTorch does for this kind of layer. In very deep plain networks signals fade away."""

    kind, label = "default", "PyTorch's own"

    def fill(self, module: nn.Module) -> None:
        return

    def around(self, module: Code) -> Code:
        return module


class Xavier(Initializer):
    """Keeps signals equally strong through linear, tanh and sigmoid layers. With ReLU they fade."""

    kind, label = "xavier", "Xavier"

    spread: Literal["uniform", "normal"] = Field("uniform", description=SPREAD)
    gain: float = Field(1.0, gt=0, le=100, description="Factor on all weights; far above 1 signals explode.")

    def draw(self, weight: Tensor) -> None:
        fill = nn.init.xavier_uniform_ if self.spread == "uniform" else nn.init.xavier_normal_
        fill(weight, gain=self.gain)

    def code(self) -> str:
        return f"nn.init.xavier_{self.spread}_, gain={self.gain}"


class Kaiming(Initializer):
    """Keeps signals equally strong through ReLU layers, which drop half. With tanh units saturate."""

    kind, label = "kaiming", "Kaiming"

    spread: Literal["uniform", "normal"] = Field("uniform", description=SPREAD)

    def draw(self, weight: Tensor) -> None:
        fill = nn.init.kaiming_uniform_ if self.spread == "uniform" else nn.init.kaiming_normal_
        fill(weight, nonlinearity="relu")

    def code(self) -> str:
        return f'nn.init.kaiming_{self.spread}_, nonlinearity="relu"'


class Normal(Initializer):
    """A bell curve of your choice. Too narrow and signals vanish, too wide and they explode."""

    kind, label = "normal", "Normal"

    mean: float = Field(0.0, ge=-10, le=10, description="Middle of the bell curve.")
    std: float = Field(0.05, ge=0, le=10, description="Its width.")

    def draw(self, weight: Tensor) -> None:
        nn.init.normal_(weight, self.mean, self.std)

    def code(self) -> str:
        return f"nn.init.normal_, mean={self.mean}, std={self.std}"


class Constant(Initializer):
    """The same number everywhere: all units of the layer compute and learn the same, as if there were one."""

    kind, label = "constant", "Constant"

    value: float = Field(0.1, ge=-10, le=10, description="What every weight is.")

    def draw(self, weight: Tensor) -> None:
        nn.init.constant_(weight, self.value)

    def code(self) -> str:
        return f"nn.init.constant_, val={self.value}"


class Zeros(Initializer):
    """All zero: nothing passes, no gradient reaches the layers above, hardly anything is learned."""

    kind, label = "zeros", "Zeros"

    def draw(self, weight: Tensor) -> None:
        nn.init.zeros_(weight)

    def code(self) -> str:
        return "nn.init.zeros_"


@cache
def kinds() -> dict[str, type[Initializer]]:
    """Every initializer that exists, by kind."""
    return discover(sys.modules[__name__], Initializer)
