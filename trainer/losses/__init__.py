"""Losses: two answers, the network's and the right one, become one number. One small class each."""

from trainer.losses.base import Loss, kinds
from trainer.losses.classes import CrossEntropy

__all__ = ["CrossEntropy", "Loss", "kinds"]
