"""The images of a job: split once into training, validation and test, and dealt out in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from trainer.isolation import stream
from trainer.preparation import AS_THEY_ARE, Preparation

# pictures (n, c, h, w), the epoch from 1, the batch in it from 0 -> the pictures changed
Change = Callable[[Tensor, int, int], Tensor]
_AT_ONCE = 1_024  # images gathered and converted together: they stay in the processor's cache
_VALIDATED_AT_ONCE = 250  # a worker keeps the memory that this takes: 25 MB a layer of 32 pictures, 28 × 28


@dataclass(frozen=True)
class Part:
    """Some images of a data set and their labels, on one device. Parts of one set share its memory."""

    images: Tensor  # of the whole set: uint8 (all, h, w, channels), or float32 (all, numbers)
    labels: Tensor  # int64 (all,), or float32
    chosen: Tensor  # places of those that belong to this part: int64 (n,)
    shuffle: bool = True  # each epoch in another order
    weights: Tensor | None = None  # how likely each is drawn, again and again: (n,); None: each comes once
    preparation: Preparation = AS_THEY_ARE

    def __len__(self) -> int:
        return len(self.chosen)

    def order(self, seed: int, epoch: int) -> Tensor:
        """Places of the images of an epoch, as many as there are."""
        chance = torch.Generator().manual_seed(stream(seed, epoch))
        if self.weights is not None:
            drawn = torch.multinomial(self.weights, len(self), replacement=True, generator=chance)
        elif self.shuffle:
            drawn = torch.randperm(len(self), generator=chance)
        else:
            return self.chosen
        return self.chosen[drawn.to(self.chosen.device)]

    def in_order(self) -> Iterator[tuple[Tensor, Tensor]]:
        """All images of this part in large batches."""
        for chosen in self.chosen.split(_VALIDATED_AT_ONCE):
            yield self._floats(chosen), self.labels[chosen]

    def _floats(self, chosen: Tensor) -> Tensor:
        if self.images.is_floating_point():
            return self.images[chosen]
        pictures = self.images[chosen].div(255).permute(0, 3, 1, 2)  # bytes to float32 in one pass
        return self.preparation(pictures) if self.preparation else pictures


@dataclass(frozen=True)
class Split:
    """Three parts that never overlap. Training never touches `test`."""

    training: Part
    validation: Part
    test: Part


def channels_last(images: Tensor) -> Tensor:
    """Images as parts hold them: pictures with their channels last, rows as they are."""
    return images.permute(0, 2, 3, 1) if images.dim() == 4 else images


def batches_per_epoch(images: int, batch_size: int) -> int:
    """How many batches an epoch has. A last one of a single image is left out: it has no spread."""
    whole, rest = divmod(images, batch_size)
    return max(1, whole + (rest > 1))


def batches(
    part: Part, batch_size: int, seed: int, epoch: int, skip: int = 0, change: Change | None = None
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of an epoch, from number `skip` on. Their order follows from seed and epoch alone.

    Prepared pictures (batch, channels, h, w), float and channels last in memory, and labels. All batches
    share memory that is written anew: a batch is to be done with before the next one is asked for.
    `change` augments each of them, before it is prepared.
    """
    used = part.order(seed, epoch)[: batches_per_epoch(len(part), batch_size) * batch_size]
    left = used[skip * batch_size :]
    if part.images.is_floating_point():
        yield from _rows(part, left, batch_size)
        return
    at_once = batch_size * max(1, _AT_ONCE // batch_size)
    gathered = part.images.new_empty(min(at_once, len(left)), *part.images.shape[1:])
    converted = torch.empty_like(gathered, dtype=torch.float32)
    for chosen in left.split(at_once) if len(left) else ():
        some, pictures = gathered[: len(chosen)], converted[: len(chosen)]
        torch.index_select(part.images, 0, chosen, out=some)
        pictures.copy_(some).div_(255)
        dealt = pictures.permute(0, 3, 1, 2).split(batch_size)
        labels = part.labels.index_select(0, chosen).split(batch_size)
        if change:
            _change(dealt, change, epoch, skip)
            skip += len(dealt)
        if part.preparation:
            for some in dealt:
                some.copy_(part.preparation(some))
        yield from zip(dealt, labels, strict=True)


def _change(dealt: Sequence[Tensor], change: Change, epoch: int, first: int) -> None:
    """Changes batches in place, so that they lie in memory as a recorded step knows them."""
    for batch, pictures in enumerate(dealt, first):
        pictures.copy_(change(pictures, epoch, batch))


def _rows(part: Part, places: Tensor, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """The same of what is no picture: rows of numbers as they are (batch, numbers)."""
    for chosen in places.split(batch_size) if len(places) else ():
        yield part.images.index_select(0, chosen), part.labels.index_select(0, chosen)
