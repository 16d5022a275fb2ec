"""Layers that keep a training steady. They behave differently while training and while answering."""

from typing import ClassVar

from pydantic import Field
from torch import nn

from trainer.layers.base import PICTURES, ROW, Layer, Learning, Shape

ORDER = 60


class Dropout(Layer):
    """Sets random numbers to zero while training, so that none becomes indispensable."""

    kind, label, family = "dropout", "Dropout", "steady"

    p: float = Field(0.5, ge=0, lt=1, description="Share of numbers set to zero; the rest grow instead.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.Dropout(self.p)


class BatchNorm(Learning):
    """Evens out each channel over the batch: mean 0, spread 1, then a learned scale and shift."""

    kind, label, family, short = "batch_norm", "Batch normalization", "steady", "norm"
    reads: ClassVar[tuple[str, ...]] = (PICTURES, ROW)

    momentum: float = Field(0.1, gt=0, le=1, description="How fast the running mean and spread follow.")
    eps: float = Field(1e-5, gt=0, le=1, description="Keeps a division by a tiny spread in bounds.")

    def build(self, shape: Shape) -> nn.Module:
        norm = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        return norm(shape[0], eps=self.eps, momentum=self.momentum)
