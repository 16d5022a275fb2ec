"""What every data set is: an entry of the catalogue that loads pictures of digits and their labels."""

from __future__ import annotations

import os
import tempfile
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, TypeAlias

import torch
from pydantic import Field
from torch import Tensor

from trainer.entry import Entry, discover
from trainer.problems import Problem
from trainer.writing import Code

Say: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class Folders:
    """Where data sets come from and where they may be kept."""

    data: Path | None  # brought along by a person; may be read-only, may be missing
    cache: Path  # ours; made when needed


@dataclass(frozen=True)
class Images:
    """A loaded data set, in memory. Labels are 0…classes-1, or numbers of their own.

    Pictures are bytes; what is no picture, like points of a plane, is a row of float32 numbers each.
    """

    train_images: Tensor  # uint8 (n, 1, 28, 28), 255 = ink; or float32 (n, numbers)
    train_labels: Tensor  # uint8 (n,); or float32
    test_images: Tensor  # uint8 (m, 1, 28, 28); or float32 (m, numbers)
    test_labels: Tensor  # uint8 (m,); or float32

    def first(self, size: int | None) -> Images:
        """The same with only the first `size` training images, in memory of their own; None means all."""
        if size is None or size >= len(self.train_labels):
            return self
        few = self.train_images[:size].clone(), self.train_labels[:size].clone()
        return Images(*few, self.test_images, self.test_labels)

    def on(self, device: torch.device) -> Images:
        """The same where batches are dealt from: channels last in memory, labels as int64."""
        return Images(
            _images_on(self.train_images, device),
            _labels_on(self.train_labels, device),
            _images_on(self.test_images, device),
            _labels_on(self.test_labels, device),
        )

    def sample(self, count: int, seed: int) -> tuple[Tensor, Tensor]:
        """`count` training images (count, 1, 28, 28) and labels drawn by a seed, to show or to try."""
        generator = torch.Generator().manual_seed(seed)
        chosen = torch.randperm(len(self.train_labels), generator=generator)[:count]
        return self.train_images[chosen], self.train_labels[chosen]


def _images_on(images: Tensor, device: torch.device) -> Tensor:
    if images.dim() < 4:
        return images.to(device)
    return images.to(device, memory_format=torch.channels_last)


def _labels_on(labels: Tensor, device: torch.device) -> Tensor:
    return labels.to(device) if labels.is_floating_point() else labels.to(device, torch.int64)


class Dataset(Entry):
    """A source of training and test images, which never overlap."""

    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")  # none where the labels are numbers
    shape: ClassVar[tuple[int, ...]] = (1, 28, 28)  # of what a network receives
    training: ClassVar[int]  # training images that there are
    testing: ClassVar[int] = 10_000  # test images that there are
    origin: ClassVar[str] = ""  # where a person gets its four files from; empty: this program writes them

    size: int | None = Field(None, ge=10, description="Training images used; empty: all.")

    @property
    def used(self) -> int:
        """How many training images are used, known without loading them."""
        return min(self.size or self.training, self.training)

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and the highest label, as numbers."""
        return 0.0, max(1.0, len(self.classes) - 1.0)

    @abstractmethod
    def load(self, folders: Folders, say: Say | None = None) -> Images:
        """The images; `say` is told of waiting in words. Raises Problem if they cannot be had."""

    def code(self) -> Code | None:
        """How a script makes it: statements that give `images` and `labels` of a `part`; None: by files."""
        return None

    def at_hand(self, folders: Folders) -> bool:
        """Whether loading needs no download."""
        return True


def keep(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file of the cache wholly or not at all, also when others write the same one."""
    make_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=path.stem, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    try:
        write(Path(name))
        os.replace(name, path)
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    finally:
        Path(name).unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Makes a folder of the cache with its parents. Raises Problem if that is not allowed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error


def cannot_write(folder: Path, error: OSError) -> Problem:
    """What to tell when the cache cannot be written."""
    return Problem(
        f"Data sets are kept in {folder}, which cannot be written: {error.strerror}.", ("dataset",)
    )


@cache
def kinds() -> dict[str, type[Dataset]]:
    """Every data set that exists, by kind."""
    import trainer.datasets as package

    return discover(package, Dataset)  # type: ignore[type-abstract]
