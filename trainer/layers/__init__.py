"""The kinds of layers. One small class each; a new one needs nothing but its class."""

from trainer.layers.base import Layer, kinds

__all__ = ["Layer", "kinds"]
