"""Tasks whose answer is a picture."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Generator, Tensor

from trainer.datasets.base import Dataset
from trainer.layers.base import Shape
from trainer.losses.base import Family, Loss
from trainer.tasks.base import Measure, Task, Written, of_pictures
from trainer.tasks.numbers import told_error

ORDER = 30


class OfPictures(Task):
    """A task whose answer is a picture like those that go in."""

    family: ClassVar[Family] = "pictures"
    measure: ClassVar[Measure] = Measure("mean error", "% a pixel", digits=2)
    unit = 100.0
    of_pixels = True

    def answers(self, dataset: Dataset) -> Shape:
        return dataset.shape

    def refusal(self, dataset: Dataset) -> str | None:
        return of_pictures(dataset)

    def judge(self, answers: Tensor, targets: Tensor, loss: Loss) -> Tensor:
        return (shown(answers, loss) - targets).abs().flatten(1).mean(1) * self.scale

    def said(self, output: Tensor, loss: Loss) -> dict[str, Any]:
        ink = shown(output, loss).mul(255).round().clamp(0, 255).to(torch.uint8)
        return {"picture": base64.b64encode(ink.numpy().tobytes()).decode()}


def shown(answers: Tensor, loss: Loss) -> Tensor:
    """The pictures that answers stand for."""
    return answers.sigmoid() if loss.chance == "sigmoid" else answers


def _told(task: OfPictures, loss: Loss, targets: str = "", pose: str = "") -> Written:
    written = told_error(task.measure, task.scale, targets, pose)
    if loss.chance != "sigmoid":
        return written
    judged = written.judged.replace("answers", "answers.sigmoid()")
    return Written(judged, written.told, written.name, written.value, targets, pose)


class Restore(OfPictures):
    """Gives back the picture that went in. Through a narrow layer: an autoencoder must find what matters."""

    kind, label, usual = "restore", "Give the picture back", "mse"

    def pose(
        self, images: Tensor, labels: Tensor, dataset: Dataset, chance: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        return images, images

    def code(self, loss: Loss, dataset: Dataset) -> Written:
        return _told(self, loss, targets="images")


class Denoise(OfPictures):
    """Takes noise away: it goes in with the picture, anew every time, and is not to come out again."""

    kind, label, usual = "denoise", "Take the noise away", "mse"

    noise: float = Field(0.3, gt=0, le=2, description="Spread of the noise; the range of ink is 1.")

    @property
    def draws(self) -> bool:
        return True

    def pose(
        self, images: Tensor, labels: Tensor, dataset: Dataset, chance: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        noise = torch.randn(images.shape, generator=chance, device=images.device)
        return (images + self.noise * noise).clamp(0, 1), images

    def code(self, loss: Loss, dataset: Dataset) -> Written:
        return _told(self, loss, pose=_POSE.format(noise=self.noise))


_POSE = """
def pose(x, chance=None):  # pictures with noise, and without
    noise = torch.randn(x.shape, generator=chance)
    return (x + {noise} * noise).clamp(0, 1), x
"""
