"""The images of jobs, loaded once in a process and shared by all trainings that go over the same ones."""

from __future__ import annotations

from functools import lru_cache

import torch

from trainer.batches import Split
from trainer.datasets.base import Dataset, Folders, Images
from trainer.job import Job

_LOADED_KEPT = 2  # data sets that nobody may be going over at the moment; one is 55 MB


def shared_split(job: Job, folders: Folders, device: torch.device) -> Split:
    """The three parts of a job's data set. Nobody may write into what is shared."""
    images = _load(job.dataset, folders, device)
    return job.division(len(images.train_labels)).divide(images)


@lru_cache(maxsize=_LOADED_KEPT)
def _load(dataset: Dataset, folders: Folders, device: torch.device) -> Images:
    return dataset.load(folders).on(device)
