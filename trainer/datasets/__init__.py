"""Data sets: one module or package each, found by listing this package."""

from trainer.datasets.base import Dataset, Folders, Images, Say, kinds

__all__ = ["Dataset", "Folders", "Images", "Say", "kinds"]
