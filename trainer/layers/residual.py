"""Blocks of several layers with a way around them."""

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from trainer.layers.base import PICTURES, Shape, Weighing
from trainer.writing import Code

ORDER = 46


class Residual(nn.Module):
    """Two normalized 3 × 3 convolutions, added to their own input, which is fitted where shapes differ."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels != out:
            fitted = nn.Conv2d(channels, out, 1, stride, bias=False)
            self.shortcut = nn.Sequential(fitted, nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        change = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(change + self.shortcut(x))


RESIDUAL = """
class Residual(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(n, n, 3, 1, 1, bias=False), nn.BatchNorm2d(n)
        self.conv2, self.norm2 = nn.Conv2d(n, n, 3, 1, 1, bias=False), nn.BatchNorm2d(n)

    def forward(self, x):
        change = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(change + x)
"""

FITTED = """
class FittedResidual(nn.Module):  # its shortcut fits the input to the shape that comes out
    def __init__(self, n, out, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(n, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.norm2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        self.shortcut = nn.Sequential(nn.Conv2d(n, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        change = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(change + self.shortcut(x))
"""


class ResidualBlock(Weighing):
    """Two convolutions that learn only what to change: their input is added to what they give."""

    kind, label, family, short = "residual_block", "Residual block", "join", "block"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    out_channels: int = Field(16, ge=1, le=1_024, description="How many pictures it gives.")
    stride: int = Field(1, ge=1, le=8, description="2 halves the edges of the pictures.")

    def build(self, shape: Shape) -> nn.Module:
        return Residual(shape[0], self.out_channels, self.stride)

    def code(self, shape: Shape) -> Code:
        if self.stride == 1 and shape[0] == self.out_channels:
            return Code(f"Residual({self.out_channels})", (RESIDUAL,))
        return Code(f"FittedResidual({shape[0]}, {self.out_channels}, {self.stride})", (FITTED,))
