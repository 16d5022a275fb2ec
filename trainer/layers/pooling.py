"""Layers that make pictures smaller."""

from typing import ClassVar

from pydantic import Field
from torch import nn

from trainer.layers.base import PICTURES, Layer, Shape

ORDER = 30


class MaxPool2d(Layer):
    """Keeps the largest number of each block: fewer numbers, and a small shift no longer matters."""

    kind, label, family, short = "max_pool2d", "Max pooling", "look", "pool"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    kernel_size: int = Field(2, ge=1, le=64, description="Edge of a block, in pixels.")
    stride: int | None = Field(None, ge=1, le=64, description="From block to block; empty: one kernel size.")
    padding: int = Field(0, ge=0, le=32, description="Rings around the picture, at most half a block.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.MaxPool2d(self.kernel_size, self.stride, self.padding)

    @property
    def reach(self) -> None:
        return None


class AvgPool2d(Layer):
    """Keeps the mean of each block: a smoother, smaller picture."""

    kind, label, family, short = "avg_pool2d", "Average pooling", "look", "pool"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    kernel_size: int = Field(2, ge=1, le=64, description="Edge of a block, in pixels.")
    stride: int | None = Field(None, ge=1, le=64, description="From block to block; empty: one kernel size.")
    padding: int = Field(0, ge=0, le=32, description="Rings of zeros around, at most half a block.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.AvgPool2d(self.kernel_size, self.stride, self.padding)

    @property
    def reach(self) -> None:
        return None
