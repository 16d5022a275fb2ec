"""Observers: what is watched while a network trains. They read at a pace, never once a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from trainer.batches import Part
from trainer.checkpoint import Place
from trainer.events import Curves, Validated
from trainer.losses import Loss
from trainer.network import Assembly

_ROOM = 4_096  # points that are kept on the device before they must be read


class Points:
    """Loss and accuracy of every batch, written on the device without waiting for it."""

    def __init__(self, device: torch.device) -> None:
        self._loss = torch.zeros(_ROOM, device=device)
        self._accuracy = torch.zeros(_ROOM, device=device)
        self._count = 0

    @property
    def full(self) -> bool:
        """Whether the points must be read before the next batch."""
        return self._count == _ROOM

    def add(self, loss: Tensor, accuracy: Tensor) -> None:
        """Notes one batch."""
        self._loss[self._count] = loss
        self._accuracy[self._count] = accuracy
        self._count += 1

    def read(self) -> tuple[list[float], list[float]]:
        """All points since the last time, and forgets them. This waits for the device."""
        loss, accuracy = self._loss[: self._count].tolist(), self._accuracy[: self._count].tolist()
        self._count = 0
        return loss, accuracy


class Throughput:
    """Images a second, over the last few spans, and what that says of the time left."""

    def __init__(self, batch_size: int, steps: int, place: Place) -> None:
        self._batch_size = batch_size
        self._steps = steps
        self._seen = [(place.step, place.seconds)]

    def curves(self, place: Place, loss: list[float], accuracy: list[float]) -> Curves:
        """The points of the steps up to `place` as an event."""
        self._seen = [*self._seen[-8:], (place.step, place.seconds)]
        step, seconds = self._seen[0]
        span = place.seconds - seconds
        rate = (place.step - step) / span if span > 0 else float("nan")
        return Curves(
            first=place.step - len(loss) + 1,
            loss=loss,
            accuracy=accuracy,
            epoch=place.epoch,
            lr=place.lr,
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
    return Validated(
        epoch=place.epoch, step=place.step, loss=mean, accuracy=place.validation_accuracy, best=best
    )
