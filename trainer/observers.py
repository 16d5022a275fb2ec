"""Observers: what is watched while a network trains. They read at a pace, never once a batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from trainer.aim import Aim
from trainer.assembly import Assembly
from trainer.batches import Part
from trainer.checkpoint import Place
from trainer.events import Curves, Finished, Tested, Validated

_ROOM = 4_096  # batches that are remembered before they must be read
_NUMBERS = 2_000_000  # of their answers together: 8 MB


class Points:
    """Loss and answers of every batch, kept as they are until somebody reads what they say."""

    def __init__(self, aim: Aim) -> None:
        self._aim = aim
        self._forget()

    def _forget(self) -> None:
        self._loss: list[Tensor] = []
        self._errors: list[Tensor] = []
        self._answers: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._numbers = 0

    @property
    def full(self) -> bool:
        """Whether the points must be read before the next batch."""
        return len(self._loss) >= _ROOM or self._numbers >= _NUMBERS

    def add(self, loss: Tensor, answers: Tensor, labels: Tensor) -> None:
        """Notes one batch: its mean loss, answers (batch, …) and what would have been right."""
        self._loss.append(loss)
        if not self._aim.task.measure.accuracy:  # what is right may be written anew before anybody reads
            self._errors.append(self._aim.judge(answers, labels).mean())
            return
        self._answers.append(answers)
        self._labels.append(labels)
        self._numbers += answers.numel()

    def read(self) -> tuple[list[float], list[float]]:
        """Losses and measures since the last time, which it forgets. Waits for the device."""
        if not self._loss:
            return [], []
        if self._errors:
            losses, errors = torch.stack(self._loss).tolist(), torch.stack(self._errors).tolist()
            self._forget()
            return losses, errors
        right = self._aim.judge(torch.cat(self._answers), torch.cat(self._labels))
        sizes = [len(labels) for labels in self._labels]
        ends = right.cumsum(0)[torch.tensor(sizes, device=right.device).cumsum(0) - 1].tolist()
        told = torch.stack(self._loss).tolist()
        self._forget()
        begins = [0, *ends[:-1]]
        return told, [(end - begin) / size for begin, end, size in zip(begins, ends, sizes, strict=True)]


class Throughput:
    """Images a second, over the last few spans, and what that says of the time left."""

    def __init__(self, aim: Aim, batch_size: int, steps: int, place: Place) -> None:
        self._aim = aim
        self._batch_size = batch_size
        self._steps = steps
        self._seen = [(place.step, place.seconds)]

    def curves(self, place: Place, lr: float, loss: list[float], measured: list[float]) -> Curves:
        """The points of the steps up to `place`, the last of them at the rate `lr`, as an event."""
        self._seen = [*self._seen[-8:], (place.step, place.seconds)]
        step, seconds = self._seen[0]
        span = place.seconds - seconds
        rate = (place.step - step) / span if span > 0 else float("nan")
        return Curves(
            first=place.step - len(loss) + 1,
            loss=loss,
            accuracy=measured if self._aim.task.measure.accuracy else [],
            measure=None if self._aim.task.measure.accuracy else measured,
            epoch=place.epoch,
            lr=lr,
            images_per_second=rate * self._batch_size,
            seconds=place.seconds,
            seconds_left=(self._steps - place.step) / rate if rate else float("nan"),
        )


@dataclass(frozen=True)
class Found:
    """What a network is worth over all of a part: its mean loss, and what the task measures.

    `right` is how many answers are, where they can be; then `measure` is their share.
    """

    loss: float
    measure: float
    right: int | None

    def told(self, prefix: str = "") -> dict[str, float | None]:
        """As fields of an event: accuracy, or measure where the task has none."""
        if self.right is not None:
            return {f"{prefix}accuracy": self.measure}
        return {f"{prefix}accuracy": None, f"{prefix}measure": self.measure}


def measure(assembly: Assembly, aim: Aim, part: Part) -> Found:
    """What it is worth over all images of a part: no gradients, nothing of the network changes."""
    device = part.labels.device
    total, right = torch.zeros((), device=device, dtype=torch.float64), torch.zeros((), device=device)
    weight: Tensor | int = 0
    answering = assembly.logits if aim.loss.takes_logits else assembly.module
    assembly.module.eval()
    try:
        with torch.no_grad():
            for images, targets in aim.tried(part):
                answers = answering(images)
                counts = aim.loss.weight(targets)
                total += aim.loss.of(answers, targets) * counts
                weight = weight + counts
                right += aim.judge(answers, targets).sum()
    finally:
        assembly.module.train()
    loss, found = total.item() / float(weight), right.item()
    is_counted = aim.task.measure.accuracy
    return Found(loss, found / len(part), int(found) if is_counted else None)


def validate(assembly: Assembly, aim: Aim, part: Part, place: Place) -> Validated:
    """Tries the network on the validation images and notes the result in `place`."""
    found = measure(assembly, aim, part)
    best = place.best is None or found.loss < place.best
    if best:
        place.best = found.loss
    place.validation_loss, place.validation_accuracy = found.loss, found.measure
    place.history.append((found.loss, found.measure))
    return Validated(epoch=place.epoch, step=place.step, loss=found.loss, best=best, **found.told())


def finished(aim: Aim, place: Place, seconds: float, tested: Tested | None, epoch: int | None) -> Finished:
    """The end of a training, with what its weights are worth; `epoch` says whose, where it went back."""
    is_accuracy, measured = aim.task.measure.accuracy, place.validation_accuracy
    return Finished(
        step=place.step,
        seconds=seconds,
        validation_loss=place.validation_loss,
        validation_accuracy=measured if is_accuracy else None,
        validation_measure=None if is_accuracy else measured,
        test_loss=tested.loss if tested else None,
        test_accuracy=tested.accuracy if tested else None,
        test_measure=tested.measure if tested else None,
        epoch=epoch,
    )
