"""Layers that bring numbers to mean 0 and spread 1; they differ in over what both are taken."""

from typing import ClassVar

from pydantic import Field
from pydantic.config import JsonDict
from torch import nn

from trainer.layers.base import PICTURES, ROW, Learning, Shape, divided

ORDER = 61

EPS = "Keeps a division by a tiny spread in bounds."
RARE: JsonDict = {"advanced": True}  # one rarely touches it: the page folds it


class BatchNorm(Learning):
    """Evens out each channel over the batch: mean 0, spread 1, then a learned scale and shift."""

    kind, label, family, short = "batch_norm", "Batch normalization", "steady", "norm"
    reads: ClassVar[tuple[str, ...]] = (PICTURES, ROW)

    momentum: float = Field(
        0.1, gt=0, le=1, description="How fast the running mean and spread follow.", json_schema_extra=RARE
    )
    eps: float = Field(1e-5, gt=0, le=1, description=EPS, json_schema_extra=RARE)

    def build(self, shape: Shape) -> nn.Module:
        norm = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        return norm(shape[0], eps=self.eps, momentum=self.momentum)


class LayerNorm(Learning):
    """Evens out each example by itself, in a sequence each step: no batch is needed for it."""

    kind, label, family, short = "layer_norm", "Layer normalization", "steady", "norm"

    eps: float = Field(1e-5, gt=0, le=1, description=EPS, json_schema_extra=RARE)
    bias: bool = Field(True, description="Learns a shift beside the scale.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.LayerNorm(shape[-1:] if len(shape) == 2 else shape, eps=self.eps, bias=self.bias)


class GroupNorm(Learning):
    """Evens out groups of channels within each example: steady with small batches, too."""

    kind, label, family, short = "group_norm", "Group normalization", "steady", "norm"
    reads: ClassVar[tuple[str, ...]] = (PICTURES, ROW)

    num_groups: int = Field(1, ge=1, le=4_096, description="How many groups the channels are divided into.")
    eps: float = Field(1e-5, gt=0, le=1, description=EPS, json_schema_extra=RARE)

    def build(self, shape: Shape) -> nn.Module:
        divided(self, "num_groups", shape[0], "channels")
        return nn.GroupNorm(self.num_groups, shape[0], eps=self.eps)


class InstanceNorm(Learning):
    """Evens out every picture by itself: contrast no longer matters."""

    kind, label, family, short = "instance_norm", "Instance normalization", "steady", "norm"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    eps: float = Field(1e-5, gt=0, le=1, description=EPS, json_schema_extra=RARE)
    affine: bool = Field(True, description="Learns a scale and a shift for every channel.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.InstanceNorm2d(shape[0], eps=self.eps, affine=self.affine)
