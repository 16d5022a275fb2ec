"""What is kept of a training while it works: checkpoints, weights to look at, those of its best epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from trainer import checkpoint, weights
from trainer.checkpoint import Place
from trainer.isolation import RandomState
from trainer.preparation import Preparation
from trainer.step import Step

BEST = "best."  # of the names in a checkpoint, those of the best epoch's weights


@dataclass(frozen=True)
class Snapshot:
    """The weights after a step, for those who look. The last one of a run says so and is to be kept."""

    step: int
    blob: bytes
    last: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """The full state after a step, from which the training can go on."""

    step: int
    blob: bytes


@dataclass(frozen=True)
class Keyframe:
    """The weights after a step, to be kept: one can look back at them."""

    step: int
    blob: bytes


class Keeper:
    """Packs the state of one training and takes it on again."""

    def __init__(
        self, step: Step, random: RandomState, job: dict[str, Any], preparation: Preparation
    ) -> None:
        self._step = step
        self._random = random
        self._job = job
        self._preparation = preparation
        self._best: dict[str, Tensor] = {}

    def take_on(self, blob: bytes) -> tuple[Place, list[str]]:
        """Goes on from a checkpoint's bytes: its place, and what could not be taken over."""
        place, tensors, random = checkpoint.unpack(blob, self._job)
        self._best = {
            name.removeprefix(BEST): tensors.pop(name) for name in list(tensors) if name.startswith(BEST)
        }
        anew = self._step.restore(tensors)
        self._random.restore(random)
        return place, anew

    def note_good(self, place: Place) -> None:
        """Remembers the state as it is now, should the next steps lead nowhere."""
        best = {BEST + name: tensor for name, tensor in self._best.items()}
        tensors = {**self._step.tensors(), **best}
        state = checkpoint.pack(place, tensors, self._random.now(), self._job, self._preparation)
        self.good = Checkpoint(place.step, state)
        self.good_weights = self.snapshot(place.step).blob

    def keyframe(self, step: int) -> Keyframe:
        """The weights as they are now, after `step`, to be kept."""
        return Keyframe(step, self._packed(step))

    def snapshot(self, step: int, last: bool = False) -> Snapshot:
        """The weights as they are now, after `step`."""
        return Snapshot(step, self._packed(step), last)

    def _packed(self, step: int) -> bytes:
        return weights.pack(self._step.assembly.module, step=step, **self._preparation.describe())

    def note_best(self) -> None:
        """Remembers the weights as they are now: no epoch was better."""
        self._best = {name: tensor.clone() for name, tensor in self._step.weights().items()}

    def go_back_to_best(self) -> None:
        """Puts the weights of the best epoch in place."""
        self._step.put(self._best)
