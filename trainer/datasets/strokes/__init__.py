"""The data set `strokes`: digits drawn by pen paths of our own, made from a seed, offline."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from trainer.datasets.base import Dataset, Folders, Images, Say, keep
from trainer.datasets.strokes.generator import make_digits

VERSION = 1  # of the pictures: count up when they change
SEED = 60_000
BLOCK = 5_000
TRAINING = 60_000
TEST = 10_000


class Strokes(Dataset):
    """Digits drawn by simulated pens: made on this machine, offline. Sloppier than people's, on purpose."""

    kind: ClassVar[str] = "strokes"
    label: ClassVar[str] = "Strokes (made here)"
    training: ClassVar[int] = TRAINING

    size: int | None = Field(None, ge=10, le=TRAINING, description="Training images used; empty: all.")

    def load(self, folders: Folders, say: Say | None = None) -> Images:
        """Reads the pictures from the cache; those that are not there yet are made (5 s for all)."""
        wanted = self.size or TRAINING
        train = [block("train", i, folders.cache, say) for i in range(-(-wanted // BLOCK))]
        test = [block("test", i, folders.cache, say) for i in range(TEST // BLOCK)]
        return Images(*joined(train), *joined(test)).first(wanted)


def block(part: str, number: int, cache: Path, say: Say | None) -> tuple[Tensor, Tensor]:
    """5,000 images and labels of the training or the test part; each block has chances of its own."""
    path = cache / f"strokes-{VERSION}" / f"{part}-{number:02}.npz"
    if not path.exists():
        if say:
            say(f"Drawing digits: {part} {number * BLOCK + 1:,} to {(number + 1) * BLOCK:,}")
        pictures, labels = make_digits(BLOCK, np.random.default_rng([SEED, part == "test", number]))
        keep(path, lambda file: np.savez(file, images=pictures[:, None], labels=labels))
    with np.load(path) as kept:
        return torch.from_numpy(kept["images"]), torch.from_numpy(kept["labels"])


def joined(blocks: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """The images and the labels of several blocks, one after the other."""
    images, labels = zip(*blocks, strict=True)
    return torch.cat(images), torch.cat(labels)
