"""Layers that look at pictures through small windows."""

from typing import ClassVar

from pydantic import Field
from torch import nn

from trainer.layers.base import PICTURES, Shape, Weighing

ORDER = 10


class Conv2d(Weighing):
    """Slides small windows over every picture below and writes down how well each place matches."""

    kind, label, family, short = "conv2d", "Convolution", "look", "conv"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    out_channels: int = Field(8, ge=1, le=4_096, description="How many filters: each makes one picture.")
    kernel_size: int = Field(3, ge=1, le=127, description="Edge of the window, in pixels.")
    stride: int = Field(1, ge=1, le=64, description="How far the window moves at each step.")
    padding: int = Field(1, ge=0, le=63, description="Rings of zeros around; 1 keeps the size at 3 × 3.")
    bias: bool = Field(True, description="Adds a learned number to every picture.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.Conv2d(
            shape[0], self.out_channels, self.kernel_size, self.stride, self.padding, bias=self.bias
        )
