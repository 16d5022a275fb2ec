"""The images of a job: split once into training, validation and test, and dealt out in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from trainer.datasets.base import Images

_AT_ONCE = (
    32  # batches that are shuffled and converted together: as quick as floats in memory, at half the size
)
_VALIDATED_AT_ONCE = 1_000


@dataclass(frozen=True)
class Part:
    """Images and labels that belong together, on one device. uint8 (n, h, w, channels); int64 (n,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Float pictures 0 … 1 (n, channels, h, w), channels last in memory, and labels."""
        return _as_pictures(self.images.index_select(0, indices)), self.labels.index_select(0, indices)

    def in_order(self) -> Iterator[tuple[Tensor, Tensor]]:
        """All images in large batches."""
        for images, labels in zip(
            self.images.split(_VALIDATED_AT_ONCE), self.labels.split(_VALIDATED_AT_ONCE), strict=True
        ):
            yield _as_pictures(images), labels


def _as_pictures(images: Tensor) -> Tensor:
    return images.float().div_(255).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Split:
    """Three parts that never overlap. Training never touches `test`."""

    training: Part
    validation: Part
    test: Part


def split(images: Images, validation: int, seed: int, device: torch.device) -> Split:
    """Keeps `validation` of the training images apart, chosen by the seed."""
    order = torch.randperm(len(images.train_labels), generator=torch.Generator().manual_seed(seed))
    kept, used = order[:validation], order[validation:]

    def part(pictures: Tensor, labels: Tensor) -> Part:
        return Part(pictures.permute(0, 2, 3, 1).contiguous().to(device), labels.long().to(device))

    return Split(
        training=part(images.train_images[used], images.train_labels[used]),
        validation=part(images.train_images[kept], images.train_labels[kept]),
        test=part(images.test_images, images.test_labels),
    )


def batches_per_epoch(images: int, batch_size: int) -> int:
    """How many batches an epoch has. A last one of a single image is left out: it has no spread."""
    whole, rest = divmod(images, batch_size)
    return max(1, whole + (rest > 1))


def batches(
    part: Part, batch_size: int, seed: int, epoch: int, skip: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of an epoch, from number `skip` on. Their order follows from seed and epoch alone."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    order = torch.randperm(len(part), generator=generator).to(part.labels.device)
    used = order[: batches_per_epoch(len(part), batch_size) * batch_size]
    left = used[skip * batch_size :]
    for chunk in left.split(_AT_ONCE * batch_size) if len(left) else ():
        images, labels = part.at(chunk)
        yield from zip(images.split(batch_size), labels.split(batch_size), strict=True)
