"""The IDX format, in which MNIST came, and the data sets that come in it: four files each."""

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
from torch import Tensor

from trainer.datasets.base import Dataset, Folders, Images, Say, keep
from trainer.datasets.download import download
from trainer.problems import Problem

_LARGEST = 500_000_000  # bytes of one array
_PIECE = 1 << 18  # bytes read at once
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


class FourFiles(Dataset):
    """A data set in MNIST's format: from a folder brought along, else from the cache, else downloaded."""

    folder: ClassVar[str]  # its name in both places
    mirrors: ClassVar[tuple[str, ...]]
    # MD5 of what is inside each file, as copies on different servers differ in how they are packed;
    # where `packed`, of the packed files that its makers publish
    digests: ClassVar[dict[str, str]]
    packed: ClassVar[bool] = False

    def load(self, folders: Folders, say: Say | None = None) -> Images:
        """Reads the four files, after fetching those that are missing. Raises Problem if that fails."""
        arrays = [self.array(name, folders, say) for name in NAMES]
        for images, labels in (arrays[:2], arrays[2:]):
            if images.dim() != 3 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
                raise Problem(f"The files of {self.label} do not belong together.", ("dataset",))
        return Images(arrays[0][:, None], arrays[1], arrays[2][:, None], arrays[3]).first(self.size)

    def at_hand(self, folders: Folders) -> bool:
        """Whether all four files were brought along or fetched before."""
        kept = folders.cache / self.folder
        return all(self._brought(name, folders) or (kept / f"{name}.gz").is_file() for name in NAMES)

    def array(self, name: str, folders: Folders, say: Say | None) -> Tensor:
        """What one file holds, uint8, checked."""
        own = self._brought(name, folders)
        path = own or download(
            self.mirrors, f"{name}.gz", folders.cache / self.folder, partial(self.is_right, name), say
        )
        found = read_idx(path)
        known = found and (self._is_known(name, path, found[1]) or (own and self._fits(name, found[0])))
        if not found or not known:
            raise Problem(
                f"{path} is not {self.label}'s {name}: it is damaged or another. "
                "Remove it, and it is fetched anew.",
                ("dataset",),
            )
        return found[0]

    def is_right(self, name: str, path: Path) -> bool:
        """Whether a file holds what it should."""
        found = read_idx(path)
        return found is not None and self._is_known(name, path, found[1])

    def _is_known(self, name: str, path: Path, inside: str) -> bool:
        if not self.packed:
            return inside == self.digests[name]
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        return digest.hexdigest() == self.digests[name]

    def _fits(self, name: str, array: Tensor) -> bool:
        """Whether a file that somebody unpacked, or packed anew, can be it: by its size and its labels."""
        count = self.training if name.startswith("train") else self.testing
        labels = array.dim() == 1 and len(array) == count and bool(array.max() < len(self.classes))
        return self.packed and (labels if "labels" in name else array.shape == (count, 28, 28))

    def _brought(self, name: str, folders: Folders) -> Path | None:
        """The file in the person's data folder, packed or not; None where there is none."""
        if folders.data is None:
            return None
        places = [folders.data / self.folder / f"{name}{ending}" for ending in (".gz", "")]
        return next((place for place in places if place.is_file()), None)


def write_idx(images: Images, folder: Path) -> list[Path]:
    """Writes a data set as MNIST's four packed files, as exported scripts read them; which they are."""
    arrays = (images.train_images[:, 0], images.train_labels, images.test_images[:, 0], images.test_labels)
    files = []
    for name, array in zip(NAMES, arrays, strict=True):
        sizes = np.array(array.shape, ">u4").tobytes()
        content = bytes((0, 0, 8, array.dim())) + sizes + array.contiguous().numpy().tobytes()
        files.append(folder / f"{name}.gz")
        keep(files[-1], partial(Path.write_bytes, data=gzip.compress(content, mtime=0)))
    return files


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
