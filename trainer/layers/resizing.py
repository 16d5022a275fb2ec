"""Layers that make pictures larger or smaller without learning."""

from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor, nn

from trainer.layers.base import PICTURES, SEQUENCE, Layer, Shape
from trainer.writing import Code

ORDER = 31


class AdaptiveAvgPool2d(Layer):
    """Averages every picture to a fixed size, whatever its size was; 1 leaves one number of each."""

    kind, label, family, short = "adaptive_avg_pool2d", "Average to size", "look", "pool"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    output_size: int = Field(1, ge=1, le=256, description="Edge of the pictures afterwards, in pixels.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.AdaptiveAvgPool2d(self.output_size)


class Averaged(nn.Module):
    """Means over some dimensions."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(self.dims)


MEAN_OF_STEPS = """
class MeanOfSteps(nn.Module):
    def forward(self, x):
        return x.mean(1)
"""


class Mean(Layer):
    """One row of averages: of every picture over its pixels, or of every feature over all steps."""

    kind, label, family = "mean", "Mean", "look"
    reads: ClassVar[tuple[str, ...]] = (PICTURES, SEQUENCE)

    def build(self, shape: Shape) -> nn.Module:
        return Averaged((2, 3) if len(shape) == 3 else (1,))

    def code(self, shape: Shape) -> Code:
        if len(shape) == 3:
            return Code("nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())")
        return Code("MeanOfSteps()", (MEAN_OF_STEPS,))


class Upsample(Layer):
    """Makes pictures larger by repeating pixels or by blending between them."""

    kind, label, family, short = "upsample", "Upsample", "look", "up"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    scale_factor: int = Field(2, ge=1, le=16, description="How many times larger.")
    mode: Literal["nearest", "bilinear"] = Field("nearest", description="Repeat pixels, or blend them.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.Upsample(scale_factor=self.scale_factor, mode=self.mode)


class ZeroPad2d(Layer):
    """Puts rings of zeros around every picture."""

    kind, label, family, short = "zero_pad2d", "Zero padding", "look", "pad"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    padding: int = Field(2, ge=0, le=64, description="How many rings.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.ZeroPad2d(self.padding)
