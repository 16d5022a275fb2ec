"""The data set `mnist`: from a folder that a person brought along, else from the cache, else downloaded."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from trainer.datasets.base import Dataset, Folders, Images, Say
from trainer.datasets.download import download
from trainer.problems import Problem

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
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

    size: int | None = Field(None, ge=10, le=60_000, description="Training images used; empty: all.")

    def load(self, folders: Folders, say: Say | None = None) -> Images:
        """Reads the four files, after fetching those that are missing. Raises Problem if that fails."""
        arrays = [read_idx(self.content(name, folders, say), name) for name in self.digests]
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

    def content(self, name: str, folders: Folders, say: Say | None) -> bytes:
        """The decompressed content of one file, checked by its digest."""
        path = brought_along(name, folders.data) or download(
            self.mirrors, f"{name}.gz", folders.cache / "mnist", lambda file: self.is_right(name, file), say
        )
        content = unpacked(path)
        if content is None or not self.is_right(name, path, content):
            raise Problem(
                f"{path} is not MNIST's {name}: it is damaged or another. Remove it, and it is fetched anew.",
                ("dataset",),
            )
        return content

    def is_right(self, name: str, path: Path, content: bytes | None = None) -> bool:
        """Whether a file holds what it should, however it is packed."""
        content = unpacked(path) if content is None else content
        return (
            content is not None
            and hashlib.md5(content, usedforsecurity=False).hexdigest() == self.digests[name]
        )


def brought_along(name: str, folder: Path | None) -> Path | None:
    """The file in the person's data folder, packed or not; None where there is none."""
    if folder is None:
        return None
    places = [folder / "mnist" / f"{name}{ending}" for ending in (".gz", "")]
    return next((place for place in places if place.is_file()), None)


def unpacked(path: Path) -> bytes | None:
    """What is in a file, gzipped or not; None if it is damaged."""
    packed = path.read_bytes()
    if not packed.startswith(b"\x1f\x8b"):
        return packed
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, zlib.error):
        return None


def read_idx(content: bytes, name: str) -> Tensor:
    """An array from the IDX format: two zero bytes, type 8 (bytes), dimensions, sizes, then the bytes."""
    axes = content[3] if content[:3] == b"\0\0\x08" and len(content) > 3 else 0
    shape = np.frombuffer(content[4 : 4 + 4 * axes], ">u4") if axes and len(content) >= 4 + 4 * axes else None
    if shape is None or len(content) != 4 + 4 * axes + int(shape.prod(dtype=np.uint64)):
        raise Problem(f"{name} is not in the IDX format.", ("dataset",))
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape).copy())
