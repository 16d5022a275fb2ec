"""Initializers: the numbers that the weights of a layer start from."""

from __future__ import annotations

import sys
from functools import cache
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from trainer.entry import Entry, discover

SPREAD = "Even between two bounds, or a bell curve."


class Initializer(Entry):
    """How the weights of one layer are drawn; biases start at zero, scales of normalizations at one."""

    def draw(self, weight: Tensor) -> None:
        """Fills a weight of two or more dimensions, in place."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

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


class Xavier(Initializer):
    """Keeps signals equally strong through linear, tanh and sigmoid layers. With ReLU they fade."""

    kind, label = "xavier", "Xavier"

    spread: Literal["uniform", "normal"] = Field("uniform", description=SPREAD)
    gain: float = Field(1.0, gt=0, le=100, description="Factor on all weights; far above 1 signals explode.")

    def draw(self, weight: Tensor) -> None:
        fill = nn.init.xavier_uniform_ if self.spread == "uniform" else nn.init.xavier_normal_
        fill(weight, gain=self.gain)


class Kaiming(Initializer):
    """Keeps signals equally strong through ReLU layers, which drop half. With tanh units saturate."""

    kind, label = "kaiming", "Kaiming"

    spread: Literal["uniform", "normal"] = Field("uniform", description=SPREAD)

    def draw(self, weight: Tensor) -> None:
        fill = nn.init.kaiming_uniform_ if self.spread == "uniform" else nn.init.kaiming_normal_
        fill(weight, nonlinearity="relu")


class Normal(Initializer):
    """A bell curve of your choice. Too narrow and signals vanish, too wide and they explode."""

    kind, label = "normal", "Normal"

    mean: float = Field(0.0, ge=-10, le=10, description="Middle of the bell curve.")
    std: float = Field(0.05, ge=0, le=10, description="Its width.")

    def draw(self, weight: Tensor) -> None:
        nn.init.normal_(weight, self.mean, self.std)


class Constant(Initializer):
    """The same number everywhere: all units of the layer compute and learn the same, as if there were one."""

    kind, label = "constant", "Constant"

    value: float = Field(0.1, ge=-10, le=10, description="What every weight is.")

    def draw(self, weight: Tensor) -> None:
        nn.init.constant_(weight, self.value)


class Zeros(Initializer):
    """All zero: nothing passes, no gradient reaches the layers above, hardly anything is learned."""

    kind, label = "zeros", "Zeros"

    def draw(self, weight: Tensor) -> None:
        nn.init.zeros_(weight)


@cache
def kinds() -> dict[str, type[Initializer]]:
    """Every initializer that exists, by kind."""
    return discover(sys.modules[__name__], Initializer)
