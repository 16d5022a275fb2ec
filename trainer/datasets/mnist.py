"""The data set `mnist`: from a folder that a person brought along, else from the cache, else downloaded."""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from functools import partial
from pathlib import Path
from typing import BinaryIO, ClassVar, cast

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from trainer.datasets.base import Dataset, Folders, Images, Say, keep
from trainer.datasets.download import download
from trainer.problems import Problem

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
_LARGEST = 500_000_000  # bytes of one array
_PIECE = 1 << 18  # bytes read at once
# MD5 of what is inside: copies on different servers differ in how they are packed
DIGESTS = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


class Mnist(Dataset):
    """60,000 digits by 500 people, and 10,000 by 500 others to test with. Everybody's first data set."""

    kind: ClassVar[str] = "mnist"
    label: ClassVar[str] = "MNIST"
    training: ClassVar[int] = 60_000
    mirrors: ClassVar[tuple[str, ...]] = MIRRORS
    digests: ClassVar[dict[str, str]] = DIGESTS
    origin: ClassVar[str] = MIRRORS[0]

    size: int | None = Field(None, ge=10, le=60_000, description="Training images used; empty: all.")

    def load(self, folders: Folders, say: Say | None = None) -> Images:
        """Reads the four files, after fetching those that are missing. Raises Problem if that fails."""
        arrays = [self.array(name, folders, say) for name in self.digests]
        for images, labels in (arrays[:2], arrays[2:]):
            if images.dim() != 3 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
                raise Problem("The files of MNIST do not belong together.", ("dataset",))
        return Images(arrays[0][:, None], arrays[1], arrays[2][:, None], arrays[3]).first(self.size)

    def at_hand(self, folders: Folders) -> bool:
        """Whether all four files were brought along or fetched before."""
        kept = folders.cache / "mnist"
        return all(
            brought_along(name, folders.data) or (kept / f"{name}.gz").is_file() for name in self.digests
        )

    def array(self, name: str, folders: Folders, say: Say | None) -> Tensor:
        """What one file holds, uint8, checked by its digest."""
        path = brought_along(name, folders.data) or download(
            self.mirrors, f"{name}.gz", folders.cache / "mnist", lambda file: self.is_right(name, file), say
        )
        found = read_idx(path)
        if found is None or found[1] != self.digests[name]:
            raise Problem(
                f"{path} is not MNIST's {name}: it is damaged or another. Remove it, and it is fetched anew.",
                ("dataset",),
            )
        return found[0]

    def is_right(self, name: str, path: Path) -> bool:
        """Whether a file holds what it should, however it is packed."""
        found = read_idx(path)
        return found is not None and found[1] == self.digests[name]


def write_idx(images: Images, folder: Path) -> list[Path]:
    """Writes a data set as MNIST's four packed files, as exported scripts read them; which they are."""
    arrays = (images.train_images[:, 0], images.train_labels, images.test_images[:, 0], images.test_labels)
    files = []
    for name, array in zip(DIGESTS, arrays, strict=True):
        sizes = np.array(array.shape, ">u4").tobytes()
        content = bytes((0, 0, 8, array.dim())) + sizes + array.contiguous().numpy().tobytes()
        files.append(folder / f"{name}.gz")
        keep(files[-1], partial(Path.write_bytes, data=gzip.compress(content, mtime=0)))
    return files


def brought_along(name: str, folder: Path | None) -> Path | None:
    """The file in the person's data folder, packed or not; None where there is none."""
    if folder is None:
        return None
    places = [folder / "mnist" / f"{name}{ending}" for ending in (".gz", "")]
    return next((place for place in places if place.is_file()), None)


def read_idx(path: Path) -> tuple[Tensor, str] | None:
    """(array uint8, MD5 of what is inside) of a file in the IDX format, packed or not; None if it is damaged.

    The format: two zero bytes, type 8 (bytes), number of axes, their lengths, then the bytes. They are read
    to where they stay: memory that was needed only once would never be given back by a worker.
    """
    try:
        with _opened(path) as file:
            head = file.read(4)
            axes = head[3] if head[:3] == b"\0\0\x08" and len(head) == 4 else 0
            head += file.read(4 * axes)
            if not axes or len(head) != 4 + 4 * axes:
                return None
            shape = [int.from_bytes(head[at : at + 4]) for at in range(4, len(head), 4)]
            if math.prod(shape) > _LARGEST:
                return None
            array = np.empty(shape, np.uint8)
            whole = _fill(array.reshape(-1), file) and not file.read(1)
    except (OSError, EOFError, zlib.error):
        return None
    digest = hashlib.md5(head, usedforsecurity=False)
    digest.update(array.data)
    return (torch.from_numpy(array), digest.hexdigest()) if whole else None


def _fill(numbers: np.ndarray, file: BinaryIO) -> bool:
    """Reads all numbers from a file, a piece at a time; whether there were so many."""
    at = 0
    while at < len(numbers) and (piece := file.read(min(_PIECE, len(numbers) - at))):
        numbers[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
        at += len(piece)
    return at == len(numbers)


def _opened(path: Path) -> BinaryIO:
    """A file to read what is inside from, packed or not."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb") if packed else path.open("rb"))
