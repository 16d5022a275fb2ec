"""Augmentation: training pictures changed at random, so that a network sees more than there are."""

from trainer.augmentation.base import Augmentation, kinds
from trainer.augmentation.pipeline import Augmenter

__all__ = ["Augmentation", "Augmenter", "kinds"]
