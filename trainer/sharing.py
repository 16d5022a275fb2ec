"""The images of jobs, loaded once in a process and shared by all trainings that go over the same ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch

from trainer.batches import Split, split
from trainer.datasets.base import Dataset, Folders, Images

_LOADED_KEPT = 2  # data sets that nobody may be going over at the moment; one is 55 MB


def shared_split(
    dataset: Dataset, folders: Folders, validation_of: Callable[[int], int], seed: int, device: torch.device
) -> Split:
    """The three parts of a data set; `validation_of` says how many of its images are kept apart.

    Nobody may write into what is shared.
    """
    images = _load(dataset, folders, device)
    return split(images, validation_of(len(images.train_labels)), seed)


@lru_cache(maxsize=_LOADED_KEPT)
def _load(dataset: Dataset, folders: Folders, device: torch.device) -> Images:
    return dataset.load(folders).on(device)
