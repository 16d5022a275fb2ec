"""What a training says: events, one small class each. All of them in order are the transcript.

Steps are numbers of batches done, counted from 1. Accuracies are fractions from 0 to 1. Seconds are
of training alone. A number that is not finite is null. Where a task has no accuracy, what it measures
instead is told as `measure`, in the unit that the catalogue says.

The format of a transcript is that of its newest `started` or `resumed`: whoever trains from there on says
with it how to read what follows. Where neither says one, it is 1.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FORMAT = 1


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


Number = Annotated[float | None, BeforeValidator(_finite)]


def _is_none(value: object) -> bool:
    return value is None


Measured = Annotated[Number, Field(exclude_if=_is_none)]  # said only where the task has no accuracy


class Event(BaseModel):
    """One thing that a training says. It is numbered (`seq`) by whoever keeps the transcript."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]

    def describe(self) -> dict[str, Any]:
        """The event as JSON: its kind, then its fields."""
        return {"kind": self.kind, **self.model_dump(mode="json")}


class Started(Event):
    """The training begins: what it works on and how much there is to do."""

    kind = "started"

    format: Literal[1] = 1
    device: str
    threads: int
    training: int  # images
    validation: int
    test: int
    parameters: int
    epochs: int
    batch_size: int
    batches_per_epoch: int
    steps: int
    lr: float
    seed: int


class Curves(Event):
    """Loss and accuracy, or measure, of every batch since the last time, in order and without a gap."""

    kind = "curves"

    first: int  # step of the first point
    loss: list[Number]
    accuracy: list[Number]  # empty where there is none
    measure: list[Number] | None = Field(None, exclude_if=_is_none)
    epoch: int  # from 1
    lr: float
    images_per_second: Number
    seconds: float
    seconds_left: Number


class Validated(Event):
    """The network was tried on the validation images, from which it never learns."""

    kind = "validated"

    epoch: int
    step: int
    loss: Number
    accuracy: Number
    measure: Measured = None
    best: bool  # the lowest loss so far


class Changed(Event):
    """Somebody changed the learning rate on the way; it holds from the next step on."""

    kind = "changed"

    step: int
    lr: float


class Paused(Event):
    """The training rests; a checkpoint holds all that is needed to go on."""

    kind = "paused"

    step: int
    reason: str | None = None  # a sentence where the server did it; then the training goes on by itself


class Resumed(Event):
    """The training goes on after `step`. What was told of later steps is told again, and the new holds.

    `anew` names what could not be taken over, where the job was changed meanwhile: "optimizer" has forgotten.
    """

    kind = "resumed"

    format: Literal[1] = 1
    step: int
    anew: list[str] = []
    reason: Literal["asked", "worker_lost", "recovered", "turn"] = "asked"


class Tested(Event):
    """The test set was opened."""

    kind = "tested"

    step: int
    loss: Number
    accuracy: Number
    measure: Measured = None
    correct: int | None  # answers that are right, where they can be
    images: int


Reason = Literal["asked", "early", "pruned", "budget"]


class Stopped(Event):
    """The training ended early: somebody asked for it, it no longer improved, or its study gave it up.

    A study gives up what is worse than its other trials (pruned), and what still trains when its minutes are
    over (budget).

    `epoch` is the one whose weights are the run's, where early stopping went back to its best.
    """

    kind = "stopped"

    step: int
    seconds: float
    reason: Reason = "asked"
    epoch: int | None = None


class Diverged(Event):
    """The loss is no longer a number, first at `step`."""

    kind = "diverged"

    step: int
    message: str


class Failed(Event):
    """The training broke off by a fault that is not the learner's."""

    kind = "failed"

    message: str


class Finished(Event):
    """All steps are done. Test figures are null unless the job tests at its end.

    Its figures are those of the weights that are kept; `epoch` says whose, where early stopping went back.
    """

    kind = "finished"

    step: int
    seconds: float
    validation_loss: Number
    validation_accuracy: Number
    validation_measure: Measured = None
    test_loss: Number = None
    test_accuracy: Number = None
    test_measure: Measured = None
    epoch: int | None = None


class Imported(Event):
    """The run came here as a file: `origin` is the server where it ran, `run` its id there."""

    kind = "imported"

    origin: str
    run: str
