"""What every task is: which targets it makes, which answer it asks for, and how good that answer is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from torch import Generator, Tensor

from trainer.datasets.base import Dataset
from trainer.entry import Entry, describe, discover
from trainer.layers.base import Shape
from trainer.losses.base import Family, Loss, Targets
from trainer.losses.base import kinds as losses


@dataclass(frozen=True)
class Measure:
    """The number that tells how good a network is at a task.

    An accuracy is a share of right answers, from 0 to 1. Any other is a mean over what was asked, in `unit`,
    and the smaller the better.
    """

    name: str
    unit: str
    accuracy: bool = False
    digits: int = 2  # behind the point, where a person reads it


ACCURACY = Measure("accuracy", "%", accuracy=True)


@dataclass(frozen=True)
class Written:
    """A task as Python: pieces of a script.

    `targets` makes what is right of `images` and `labels`, for a whole set; empty: the labels are. `pose` is
    the definition of `pose(x, chance=None)`, which makes input and target of pictures anew for every batch.
    `name` is what `judged`, an expression of `answers` and `labels`, is called, and `told` prints it.
    """

    judged: str
    told: str
    name: str = "right"
    value: str = "right.float().mean()"
    targets: str = ""
    pose: str = ""


class Task(Entry):
    """What is asked of a network: inputs and targets, made of pictures and their labels."""

    usual: ClassVar[str]  # the kind of loss to begin with
    family: ClassVar[Family]
    measure: ClassVar[Measure]
    unit: ClassVar[float | str] = (
        1.0  # one of the network's numbers in that of the measure, or the field that says it
    )
    of_pixels: ClassVar[bool] = False  # what is right is made of the pixels themselves
    whole: ClassVar[bool] = False  # of classes, only whole numbers are ever right

    @property
    def poses(self) -> bool:
        """Whether it makes anything of pictures and labels; where not, they go in as they are dealt."""
        return True

    @property
    def draws(self) -> bool:
        """Whether it draws numbers for that."""
        return False

    @property
    def targets(self) -> Targets:
        """In which form its targets are."""
        return "alike"

    @property
    def scale(self) -> float:
        """What one of the network's numbers is in the unit of the measure."""
        return float(getattr(self, self.unit)) if isinstance(self.unit, str) else self.unit

    def answers(self, dataset: Dataset) -> Shape:
        """The shape that the network must give."""
        return (1,)

    def span(self, dataset: Dataset) -> tuple[float, float]:
        """The lowest and the highest number that is ever right."""
        return 0.0, 1.0

    def refusal(self, dataset: Dataset) -> str | None:
        """Why this cannot be asked of a data set; None where it can."""
        return None

    def fitted(self, dataset: Dataset) -> Task | None:
        """This task as it can be asked of the data set; None where it cannot."""
        return None if self.refusal(dataset) else self

    def pose(
        self, images: Tensor, labels: Tensor, dataset: Dataset, chance: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """What goes in and what is right, for a batch of pictures (batch, …) from 0 to 1 and their labels.

        What is drawn for it is drawn from `chance`, else from torch's own random state, which is the run's.
        """
        return images, labels

    def judge(self, answers: Tensor, targets: Tensor, loss: Loss) -> Tensor:
        """How good each answer is (batch,): whether it is right, or how far off in the measure's unit."""
        raise NotImplementedError(f"{type(self).__name__} judges nothing")

    def said(self, output: Tensor, loss: Loss) -> dict[str, Any] | None:
        """The answer for one picture as JSON, from the last layer's output; None where it is a class."""
        return None

    def code(self, loss: Loss, dataset: Dataset) -> Written:
        """How a script asks and judges."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is written")

    @classmethod
    def losses(cls) -> list[str]:
        """The kinds of losses that fit it, its usual one first."""
        fitting = [kind for kind, loss in losses().items() if cls.family in loss.fits]
        return sorted(fitting, key=lambda kind: kind != cls.usual)

    @classmethod
    def told(cls) -> dict[str, Any]:
        """The class as JSON: what a form needs, and what a page needs to show its answers."""
        measure = cls.measure
        return {
            **describe(cls),
            "losses": cls.losses(),
            "unit": cls.unit,
            "whole": cls.whole,
            "measure": {
                "name": measure.name,
                "unit": measure.unit,
                "accuracy": measure.accuracy,
                "digits": measure.digits,
            },
        }


@cache
def kinds() -> dict[str, type[Task]]:
    """Every task that exists, by kind."""
    import trainer.tasks as package

    return discover(package, Task)


def of_pictures(dataset: Dataset) -> str | None:
    """What to say where a task needs pictures and the data set has none."""
    return None if len(dataset.shape) == 3 else f"{dataset.label} has points, no pictures"
