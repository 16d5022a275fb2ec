"""Layers that join what two or more layers give: skip connections and branches."""

from collections.abc import Sequence
from functools import reduce
from typing import ClassVar

import torch
from torch import Tensor, nn

from trainer.layers.base import Layer, Shape

ORDER = 45


class Sum(nn.Module):
    """x + y + …"""

    def forward(self, *given: Tensor) -> Tensor:
        return reduce(torch.add, given)


class Product(nn.Module):
    """x · y · …"""

    def forward(self, *given: Tensor) -> Tensor:
        return reduce(torch.mul, given)


class Concatenation(nn.Module):
    """One after another along a dimension."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *given: Tensor) -> Tensor:
        return torch.cat(given, self.dim)


class Add(Layer):
    """Adds what two layers give, number by number: a skip connection, on which gradients reach far up."""

    kind, label, family = "add", "Add", "join"
    joins: ClassVar[bool] = True

    def build(self, shape: Shape) -> nn.Module:
        return Sum()

    def code(self, shape: Shape) -> None:
        return None

    def applied(self, given: Sequence[str], shape: Shape) -> str:
        return " + ".join(given)


class Multiply(Layer):
    """Multiplies what two layers give, number by number: one opens or closes the other, like a gate."""

    kind, label, family = "multiply", "Multiply", "join"
    joins: ClassVar[bool] = True

    def build(self, shape: Shape) -> nn.Module:
        return Product()

    def code(self, shape: Shape) -> None:
        return None

    def applied(self, given: Sequence[str], shape: Shape) -> str:
        return " * ".join(given)


class Concat(Layer):
    """Puts what two layers give side by side: all pictures, all features or all numbers of both."""

    kind, label, family = "concat", "Concatenate", "join"
    joins: ClassVar[bool] = True

    def build(self, shape: Shape) -> nn.Module:
        return Concatenation(-1 if len(shape) == 2 else 1)

    def code(self, shape: Shape) -> None:
        return None

    def applied(self, given: Sequence[str], shape: Shape) -> str:
        return f"torch.cat([{', '.join(given)}], {-1 if len(shape) == 2 else 1})"
