"""Activations: they bend. Without them many layers would do no more than one."""

import math
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from trainer.layers.base import ROW, Layer, Shape
from trainer.reach import Reach
from trainer.writing import Code

ORDER = 50


class ReLU(Layer):
    """Keeps what is above zero and sets the rest to zero: simple, fast, a good start."""

    kind, label, family = "relu", "ReLU", "bend"

    def build(self, shape: Shape) -> nn.Module:
        return nn.ReLU()

    @property
    def reach(self) -> Reach:
        return Reach(low=0)


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

    @property
    def reach(self) -> Reach:
        return Reach(0, 1)


class Tanh(Layer):
    """Squashes every number into −1 … 1, with zero in the middle."""

    kind, label, family = "tanh", "Tanh", "bend"

    def build(self, shape: Shape) -> nn.Module:
        return nn.Tanh()

    @property
    def reach(self) -> Reach:
        return Reach(-1, 1)


class ELU(Layer):
    """Keeps what is above zero and bends the rest smoothly towards a negative floor."""

    kind, label, family = "elu", "ELU", "bend"

    alpha: float = Field(1.0, gt=0, le=10, description="How deep the floor lies.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.ELU(self.alpha)

    @property
    def reach(self) -> Reach:
        return Reach(low=-self.alpha)


class GELU(Layer):
    """A ReLU with a soft corner: numbers pass the more, the larger they are. Usual in transformers."""

    kind, label, family = "gelu", "GELU", "bend"

    def build(self, shape: Shape) -> nn.Module:
        return nn.GELU()

    @property
    def reach(self) -> Reach:
        return Reach(low=-0.17)


class SiLU(Layer):
    """Every number times its own sigmoid: smooth, and slightly negative just below zero."""

    kind, label, family = "silu", "SiLU", "bend"

    def build(self, shape: Shape) -> nn.Module:
        return nn.SiLU()

    @property
    def reach(self) -> Reach:
        return Reach(low=-0.279)


class Softplus(Layer):
    """A smooth ReLU: always positive, nearly the number itself where that is large."""

    kind, label, family = "softplus", "Softplus", "bend"

    beta: float = Field(1.0, gt=0, le=50, description="How sharp the corner is.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.Softplus(self.beta)

    @property
    def reach(self) -> Reach:
        return Reach(low=0)


class Hardtanh(Layer):
    """Cuts numbers off at both ends and leaves those between as they are."""

    kind, label, family = "hardtanh", "Hard tanh", "bend"

    max_val: float = Field(1.0, gt=0, le=100, description="Numbers stay between minus this and this.")

    def build(self, shape: Shape) -> nn.Module:
        return nn.Hardtanh(-self.max_val, self.max_val)

    def code(self, shape: Shape) -> Code:
        return Code(f"nn.Hardtanh({-self.max_val}, {self.max_val})")

    @property
    def reach(self) -> Reach:
        return Reach(-self.max_val, self.max_val)


class Softsign(Layer):
    """Squashes into −1 … 1 like tanh, but comes near the ends much more slowly."""

    kind, label, family = "softsign", "Softsign", "bend"

    def build(self, shape: Shape) -> nn.Module:
        return nn.Softsign()

    @property
    def reach(self) -> Reach:
        return Reach(-1, 1)


class Atan(nn.Module):
    """The angle whose tangent is x."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.atan(x)


ATAN = """
class Atan(nn.Module):
    def forward(self, x):
        return torch.atan(x)
"""


class ArcTan(Layer):
    """Squashes into −π/2 … π/2, slowly: the angle whose tangent is the number."""

    kind, label, family = "arctan", "ArcTan", "bend"

    def build(self, shape: Shape) -> nn.Module:
        return Atan()

    def code(self, shape: Shape) -> Code:
        return Code("Atan()", (ATAN,))

    @property
    def reach(self) -> Reach:
        return Reach(-math.pi / 2, math.pi / 2)


class StraightThrough(torch.autograd.Function):
    """0 below zero, else 1; the gradient passes as if nothing had been done."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


class Step(nn.Module):
    """StraightThrough as a module."""

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = StraightThrough.apply(x)
        return result


STEP = """
class Step(nn.Module):  # its gradient is that of x alone: it passes straight through
    def forward(self, x):
        return (x >= 0).float() + (x - x.detach())
"""


class BinaryStep(Layer):
    """Fires or not: 1 from zero on, else 0. It has no slope; the gradient passes straight through instead."""

    kind, label, family, short = "binary_step", "Binary step", "bend", "step"

    def build(self, shape: Shape) -> nn.Module:
        return Step()

    def code(self, shape: Shape) -> Code:
        return Code("Step()", (STEP,))

    @property
    def reach(self) -> Reach:
        return Reach(0, 1, "bits")


class Softmax(Layer):
    """Turns a row of numbers into probabilities: all positive, together 1."""

    kind, label, family = "softmax", "Softmax", "bend"
    reads: ClassVar[tuple[str, ...]] = (ROW,)
    gives_probabilities: ClassVar[bool] = True

    def build(self, shape: Shape) -> nn.Module:
        return nn.Softmax(dim=1)

    @property
    def reach(self) -> Reach:
        return Reach(0, 1, "probabilities")


class LogSoftmax(Layer):
    """The logarithms of the probabilities that softmax gives: all below zero, and exact when tiny."""

    kind, label, family = "log_softmax", "Log-softmax", "bend"
    reads: ClassVar[tuple[str, ...]] = (ROW,)

    def build(self, shape: Shape) -> nn.Module:
        return nn.LogSoftmax(dim=1)

    @property
    def reach(self) -> Reach:
        return Reach(high=0, what="log_probabilities")
