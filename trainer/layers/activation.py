"""Activations: they bend. Without them many layers would do no more than one."""

from typing import ClassVar

from pydantic import Field
from torch import nn

from trainer.layers.base import ROW, Layer, Shape

ORDER = 50


class ReLU(Layer):
    """Keeps what is above zero and sets the rest to zero: simple, fast, a good start."""

    kind, label, family = "relu", "ReLU", "bend"

    def build(self, shape: Shape) -> nn.Module:
        return nn.ReLU()


class LeakyReLU(Layer):
    """Keeps what is above zero and lets a little of the rest through, so that no unit dies."""

    kind, label, family, short = "leaky_relu", "Leaky ReLU", "bend", "leaky"

    negative_slope: float = Field(0.01, ge=0, le=1, description="How much of a negative number passes.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.LeakyReLU(self.negative_slope)


class Sigmoid(Layer):
    """Squashes every number into 0 … 1: very negative near 0, very positive near 1."""

    kind, label, family = "sigmoid", "Sigmoid", "bend"

    def build(self, shape: Shape) -> nn.Module:
        return nn.Sigmoid()


class Tanh(Layer):
    """Squashes every number into −1 … 1, with zero in the middle."""

    kind, label, family = "tanh", "Tanh", "bend"

    def build(self, shape: Shape) -> nn.Module:
        return nn.Tanh()


class Softmax(Layer):
    """Turns a row of numbers into probabilities: all positive, together 1."""

    kind, label, family = "softmax", "Softmax", "bend"
    reads: ClassVar[tuple[str, ...]] = (ROW,)
    gives_probabilities: ClassVar[bool] = True

    def build(self, shape: Shape) -> nn.Module:
        return nn.Softmax(dim=1)
