"""The kinds of optimizers. One small class each; a new one needs nothing but its class."""

from trainer.optimizers.base import Optimizer, State, kinds

__all__ = ["Optimizer", "State", "kinds"]
