"""Observers: what is watched while a network trains. They read at a pace, never once a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from trainer.assembly import Assembly
from trainer.batches import Part
from trainer.checkpoint import Place
from trainer.events import Curves, Validated
from trainer.losses import Loss

_ROOM = 4_096  # batches that are remembered before they must be read
_NUMBERS = 2_000_000  # of their answers together: 8 MB


class Points:
    """Loss and answers of every batch, kept as they are until somebody reads what they say."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._loss: list[Tensor] = []
        self._answers: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._numbers = 0

    @property
    def full(self) -> bool:
        """Whether the points must be read before the next batch."""
        return len(self._loss) >= _ROOM or self._numbers >= _NUMBERS

    def add(self, loss: Tensor, answers: Tensor, labels: Tensor) -> None:
        """Notes one batch: its mean loss, answers (batch, classes) and labels (batch,)."""
        self._loss.append(loss)
        self._answers.append(answers)
        self._labels.append(labels)
        self._numbers += answers.numel()

    def read(self) -> tuple[list[float], list[float]]:
        """Losses and shares of right answers since the last time, which it forgets. Waits for the device."""
        if not self._loss:
            return [], []
        right = torch.cat(self._answers).argmax(1) == torch.cat(self._labels)
        sizes = [len(labels) for labels in self._labels]
        ends = right.cumsum(0)[torch.tensor(sizes, device=right.device).cumsum(0) - 1].tolist()
        told = torch.stack(self._loss).tolist()
        self._forget()
        begins = [0, *ends[:-1]]
        return told, [(end - begin) / size for begin, end, size in zip(begins, ends, sizes, strict=True)]


class Throughput:
    """Images a second, over the last few spans, and what that says of the time left."""

    def __init__(self, batch_size: int, steps: int, place: Place) -> None:
        self._batch_size = batch_size
        self._steps = steps
        self._seen = [(place.step, place.seconds)]

    def curves(self, place: Place, lr: float, loss: list[float], accuracy: list[float]) -> Curves:
        """The points of the steps up to `place`, the last of them at the rate `lr`, as an event."""
        self._seen = [*self._seen[-8:], (place.step, place.seconds)]
        step, seconds = self._seen[0]
        span = place.seconds - seconds
        rate = (place.step - step) / span if span > 0 else float("nan")
        return Curves(
            first=place.step - len(loss) + 1,
            loss=loss,
            accuracy=accuracy,
            epoch=place.epoch,
            lr=lr,
            images_per_second=rate * self._batch_size,
            seconds=place.seconds,
            seconds_left=(self._steps - place.step) / rate if rate else float("nan"),
        )


def measure(assembly: Assembly, loss: Loss, part: Part) -> tuple[float, int]:
    """(mean loss, right answers) over all images of a part: no gradients, nothing of the network changes."""
    device = part.labels.device
    total, right = torch.zeros((), device=device, dtype=torch.float64), torch.zeros((), device=device)
    assembly.module.eval()
    try:
        with torch.no_grad():
            for images, labels in part.in_order():
                logits = assembly.logits(images)
                total += loss.of(logits, labels) * len(labels)
                right += (logits.argmax(1) == labels).sum()
    finally:
        assembly.module.train()
    return total.item() / len(part), int(right.item())


def validate(assembly: Assembly, loss: Loss, part: Part, place: Place) -> Validated:
    """Tries the network on the validation images and notes the result in `place`."""
    mean, right = measure(assembly, loss, part)
    best = place.best is None or mean < place.best
    if best:
        place.best = mean
    place.validation_loss, place.validation_accuracy = mean, right / len(part)
    place.history.append((mean, place.validation_accuracy))
    return Validated(
        epoch=place.epoch, step=place.step, loss=mean, accuracy=place.validation_accuracy, best=best
    )
