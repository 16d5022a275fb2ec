"""The images of jobs, loaded once in a process and shared by all trainings that go over the same ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from weakref import WeakValueDictionary

import torch

from trainer.batches import Split, split
from trainer.datasets.base import Dataset, Folders, Images

_LOADED_KEPT = 2  # data sets; one is 55 MB
_Key = tuple[Dataset, Folders, int, int, torch.device]

_splits: WeakValueDictionary[_Key, Split] = WeakValueDictionary()
_recent: deque[Split] = deque(maxlen=1)  # the next run often goes over the same images


def shared_split(
    dataset: Dataset, folders: Folders, validation_of: Callable[[int], int], seed: int, device: torch.device
) -> Split:
    """The three parts of a data set; `validation_of` says how many of its images are kept apart.

    Nobody may write into what is shared.
    """
    images = _load(dataset, folders)
    validation = validation_of(len(images.train_labels))
    key = (dataset, folders, validation, seed, device)
    found = _splits.get(key)
    if found is None:
        found = _splits[key] = split(images, validation, seed, device)
    _recent.append(found)
    return found


@lru_cache(maxsize=_LOADED_KEPT)
def _load(dataset: Dataset, folders: Folders) -> Images:
    return dataset.load(folders)
