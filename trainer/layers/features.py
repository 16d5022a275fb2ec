"""Layers that write known functions of the numbers beside them: what else a network would have to learn."""

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from trainer.layers.base import ROW, Layer, Shape
from trainer.problems import Problem
from trainer.writing import Code

ORDER = 25
_MOST = 64  # numbers of which every pair is multiplied


class Widened(nn.Module):
    """Numbers, their squares, the products of all pairs, their sines: those that are wanted, side by side."""

    def __init__(self, squares: bool, products: bool, sines: bool) -> None:
        super().__init__()
        self.squares, self.products, self.sines = squares, products, sines

    def forward(self, x: Tensor) -> Tensor:
        parts = [x]
        if self.squares:
            parts.append(x * x)
        if self.products:
            parts += [x[:, at : at + 1] * x[:, at + 1 :] for at in range(x.shape[1] - 1)]
        if self.sines:
            parts.append(x.sin())
        return torch.cat(parts, 1)


WIDENED = """
class Features(nn.Module):
    def __init__(self, squares, products, sines):
        super().__init__()
        self.squares, self.products, self.sines = squares, products, sines

    def forward(self, x):
        products = [x[:, i : i + 1] * x[:, i + 1 :] for i in range(x.shape[1] - 1)] * self.products
        return torch.cat([x, *[x * x] * self.squares, *products, *[x.sin()] * self.sines], 1)
"""


class Features(Layer):
    """Adds squares, products and sines of the numbers to them: a circle becomes a straight line."""

    kind, label, family = "features", "Features", "weigh"
    reads: ClassVar[tuple[str, ...]] = (ROW,)

    squares: bool = Field(True, description="Each number times itself.")
    products: bool = Field(False, description="Each number times each other one.")
    sines: bool = Field(False, description="The sine of each number.")

    def build(self, shape: Shape) -> nn.Module:
        if self.products and shape[0] > _MOST:
            message = f"Products of all pairs are made of at most {_MOST} numbers, not of {shape[0]:,}."
            raise Problem(message, ("products",))
        return Widened(self.squares, self.products, self.sines)

    def code(self, shape: Shape) -> Code:
        return Code(f"Features({self.squares}, {self.products}, {self.sines})", (WIDENED,))
