"""A job as it is planned, to be drawn before anything is trained: its learning rate, and its images."""

from __future__ import annotations

from math import ceil
from typing import Any

from trainer.batches import batches_per_epoch
from trainer.job import Job
from trainer.schedules import Moment

POINTS = 400


def planned_rates(job: Job, points: int = POINTS) -> dict[str, Any]:
    """The rate of step `first` and of every `every`-th after it: `{"first": 1, "every": 5, "lr": [...]}`.

    At most `points` numbers. What follows the losses of the training can't be foretold: it is drawn as
    if they never rose. Raises the Problem of a split that leaves nothing to learn from.
    """
    per_epoch = batches_per_epoch(job.epoch_of(job.dataset.used), job.batch_size)
    steps = per_epoch * job.epochs
    every = max(1, ceil(steps / points))
    moments = (Moment(step, steps, per_epoch) for step in range(0, steps, every))
    return {"first": 1, "every": every, "lr": [job.optimizer.lr * job.schedule.factor(at) for at in moments]}


def planned_images(job: Job) -> dict[str, int]:
    """How many images each part of its data set has, as far as that can be said without them."""
    images = job.dataset.used
    parts = {"training": job.epoch_of(images), "validation": job.validation_of(images)}
    return {**parts, "test": job.dataset.testing}
