"""The aim of a training: task, loss and data set together, and what follows from them for every batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from trainer import datasets, losses, tasks
from trainer.batches import Part
from trainer.datasets.base import Dataset
from trainer.datasets.mnist import Mnist
from trainer.entry import read_entry
from trainer.isolation import stream
from trainer.layers.base import Shape
from trainer.losses import CrossEntropy, Loss
from trainer.problems import Problem
from trainer.tasks import Classify, Task

TRIED = 1_000_002  # of a seed, the stream of validation and test: the last before those of the next seed

_READ: dict[str, tuple[Callable[[], Any], str]] = {
    "task": (tasks.kinds, "task"),
    "loss": (losses.kinds, "loss"),
    "dataset": (datasets.kinds, "data set"),
}


@dataclass(frozen=True)
class Aim:
    """What is asked, how wrong an answer is, and of what it is asked. `seed` is for what a task draws."""

    task: Task = field(default_factory=Classify)
    loss: Loss = field(default_factory=CrossEntropy)
    dataset: Dataset = field(default_factory=Mnist)
    seed: int = 42

    @classmethod
    def read(cls, given: Mapping[str, object]) -> Aim:
        """From fields of a job, as JSON; what is missing is as usual. A Problem names its place."""
        fields: dict[str, Any] = {}
        for name, (kinds, what) in _READ.items():
            if name in given:
                try:
                    fields[name] = read_entry(kinds(), what, given[name])
                except Problem as problem:
                    raise Problem(problem.message, (name, *problem.where)) from problem
        return cls(**fields)

    @property
    def answers(self) -> Shape:
        """The shape that the network must give."""
        return self.task.answers(self.dataset)

    def asked(self, dealt: Iterator[tuple[Tensor, Tensor]]) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs and targets of a training's batches. What is drawn comes from the run's random state."""
        if not self.task.poses:
            return dealt
        return (self.task.pose(images, labels, self.dataset) for images, labels in dealt)

    def tried(self, part: Part) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs and targets of a whole part in its order: what is drawn is the same each time."""
        if not self.task.poses:
            yield from part.in_order()
            return
        chance = torch.Generator(part.labels.device).manual_seed(stream(self.seed, TRIED))
        for images, labels in part.in_order():
            yield self.task.pose(images, labels, self.dataset, chance)

    def judge(self, answers: Tensor, targets: Tensor) -> Tensor:
        """How good each answer is (batch,): whether it is right, or how far off."""
        return self.task.judge(answers, targets, self.loss)
