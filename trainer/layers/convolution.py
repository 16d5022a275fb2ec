"""Layers that look through small windows."""

from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from trainer.layers.base import PICTURES, SEQUENCE, Shape, Weighing, divided
from trainer.writing import Code, call

ORDER = 10

FILTERS = "How many filters: each makes one picture."
BIAS = "Adds a learned number to every picture."


class Conv2d(Weighing):
    """Slides small windows over every picture below and writes down how well each place matches."""

    kind, label, family, short = "conv2d", "Convolution", "look", "conv"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    out_channels: int = Field(8, ge=1, le=4_096, description=FILTERS)
    kernel_size: int = Field(3, ge=1, le=127, description="Edge of the window, in pixels.")
    stride: int = Field(1, ge=1, le=64, description="How far the window moves at each step.")
    padding: int = Field(1, ge=0, le=63, description="Rings of zeros around; 1 keeps the size at 3 × 3.")
    dilation: int = Field(
        1,
        ge=1,
        le=64,
        description="From pixel to pixel in the window; 2 leaves one out.",
        json_schema_extra={"advanced": True},
    )
    groups: int = Field(
        1,
        ge=1,
        le=4_096,
        description="Filters see 1 in so many pictures; as many as come in: depthwise.",
        json_schema_extra={"advanced": True},
    )
    bias: bool = Field(True, description=BIAS)

    def build(self, shape: Shape) -> nn.Module:
        divided(self, "groups", shape[0], "pictures")
        divided(self, "groups", self.out_channels, "filters")
        return nn.Conv2d(
            shape[0],
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
            self.bias,
        )


class ConvTranspose2d(Weighing):
    """A convolution backwards: stamps every number as a small picture, which makes pictures larger."""

    kind, label, family, short = "conv_transpose2d", "Transposed convolution", "look", "up"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    out_channels: int = Field(8, ge=1, le=4_096, description=FILTERS)
    kernel_size: int = Field(2, ge=1, le=64, description="Edge of a stamp, in pixels.")
    stride: int = Field(2, ge=1, le=16, description="From stamp to stamp: how many times larger it gets.")
    padding: int = Field(0, ge=0, le=32, description="Rings cut off around.")
    bias: bool = Field(True, description=BIAS)

    def build(self, shape: Shape) -> nn.Module:
        return nn.ConvTranspose2d(
            shape[0], self.out_channels, self.kernel_size, self.stride, self.padding, bias=self.bias
        )


class AlongSteps(nn.Conv1d):
    """A convolution over (batch, steps, features)."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


ALONG_STEPS = """
class Conv1d(nn.Conv1d):  # over (batch, steps, features)
    def forward(self, x):
        return super().forward(x.transpose(1, 2)).transpose(1, 2)
"""


class Conv1d(Weighing):
    """Slides a window along a sequence: every filter sees a few steps with all their features."""

    kind, label, family, short = "conv1d", "Convolution 1D", "look", "conv"
    reads: ClassVar[tuple[str, ...]] = (SEQUENCE,)

    out_channels: int = Field(32, ge=1, le=4_096, description="How many filters: each gives one feature.")
    kernel_size: int = Field(3, ge=1, le=127, description="Length of the window, in steps.")
    stride: int = Field(1, ge=1, le=64, description="How far the window moves at each step.")
    padding: int = Field(1, ge=0, le=63, description="Zeros at both ends; 1 keeps the length at 3.")
    dilation: int = Field(
        1,
        ge=1,
        le=64,
        description="From step to step in the window; 2 leaves one out.",
        json_schema_extra={"advanced": True},
    )
    groups: int = Field(
        1,
        ge=1,
        le=4_096,
        description="Filters see 1 in so many features.",
        json_schema_extra={"advanced": True},
    )
    bias: bool = Field(True, description="Adds a learned number to every feature.")

    def build(self, shape: Shape) -> nn.Module:
        divided(self, "groups", shape[1], "features")
        divided(self, "groups", self.out_channels, "filters")
        return AlongSteps(
            shape[1],
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
            self.bias,
        )

    def code(self, shape: Shape) -> Code:
        names = ("stride", "padding", "dilation", "groups", "bias")
        chosen = {name: getattr(self, name) for name in names}
        made = call("Conv1d", nn.Conv1d, shape[1], self.out_channels, self.kernel_size, **chosen)
        return Code(made, (ALONG_STEPS,))
