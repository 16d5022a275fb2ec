"""Layers that only arrange numbers anew."""

from torch import nn

from trainer.layers.base import Layer, Shape

ORDER = 40


class Flatten(Layer):
    """Writes all pictures one after another into one row of numbers. Nothing is computed."""

    kind, label, family = "flatten", "Flatten", "reshape"

    def build(self, shape: Shape) -> nn.Module:
        return nn.Flatten()


class Identity(Layer):
    """Passes everything on unchanged: to see what a network is without an activation."""

    kind, label, family = "identity", "Identity", "reshape"

    def build(self, shape: Shape) -> nn.Module:
        return nn.Identity()
