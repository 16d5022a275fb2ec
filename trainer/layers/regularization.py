"""Layers that keep a network from relying on single numbers. While answering they do nothing."""

from typing import ClassVar

from pydantic import Field
from torch import nn

from trainer.layers.base import PICTURES, Layer, Shape
from trainer.writing import Code

ORDER = 60


class Dropout(Layer):
    """Sets random numbers to zero while training, so that none becomes indispensable."""

    kind, label, family = "dropout", "Dropout", "steady"

    p: float = Field(0.5, ge=0, lt=1, description="Share of numbers set to zero; the rest grow instead.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.Dropout(self.p)

    def code(self, shape: Shape) -> Code:
        return Code(f"nn.Dropout({self.p})")

    @property
    def draws(self) -> bool:
        return self.p > 0


class Dropout2d(Layer):
    """Sets whole random pictures to zero while training: neighbouring pixels know too much of each other."""

    kind, label, family, short = "dropout2d", "Dropout of pictures", "steady", "dropout"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    p: float = Field(0.2, ge=0, lt=1, description="Share of pictures set to zero; the rest grow instead.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.Dropout2d(self.p)

    def code(self, shape: Shape) -> Code:
        return Code(f"nn.Dropout2d({self.p})")

    @property
    def draws(self) -> bool:
        return self.p > 0
