"""Layers that weigh every number with every other."""

from typing import ClassVar

from pydantic import Field
from torch import nn

from trainer.layers.base import ROW, SEQUENCE, Shape, Weighing

ORDER = 20


class Linear(Weighing):
    """Every output is a weighted sum of all numbers below, plus a bias. In a sequence: at every step."""

    kind, label, family = "linear", "Linear", "weigh"
    reads: ClassVar[tuple[str, ...]] = (ROW, SEQUENCE)

    out_features: int = Field(64, ge=1, le=65_536, description="How many sums, each with its own weights.")
    bias: bool = Field(True, description="Adds a learned number to every sum.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.Linear(shape[-1], self.out_features, bias=self.bias)

    def answering(self, numbers: int) -> "Linear":
        return self.model_copy(update={"out_features": numbers})
