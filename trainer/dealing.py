"""Dealing out the training images of a job: the batches of every epoch, always the same ones."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from trainer.augmentation import Augmenter
from trainer.batches import Part, batches, batches_per_epoch
from trainer.job import Job


class Dealer:
    """What a training of a job receives, for whoever trains with it or wants to see it."""

    def __init__(self, job: Job, part: Part) -> None:
        self.part = part
        self.per_epoch = batches_per_epoch(len(part), job.batch_size)
        self._batch_size = job.batch_size
        self._seed = job.seed_of("shuffle")
        self._augmenter = Augmenter(job.augmentation, job.seed_of("dropout"))

    def batches(self, epoch: int, skip: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Pictures and labels of an epoch, from 1, after `skip` batches; see `trainer.batches.batches`."""
        change = self._augmenter or None
        return batches(self.part, self._batch_size, self._seed, epoch, skip, change)
