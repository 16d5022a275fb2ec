"""Augmentations one after the other, as few passes over the pictures as they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from trainer.augmentation.base import Affine, Augmentation, Chance
from trainer.augmentation.geometry import Elastic, sampled
from trainer.isolation import stream

STREAMS = 10_000  # of a seed, from where on the epochs have their chances for this

Change = Callable[[Tensor, Chance], Tensor]


class Augmenter:
    """Changes the batches of a training; how follows from seed, epoch and batch alone."""

    def __init__(self, augmentations: Sequence[Augmentation], seed: int) -> None:
        self.seed = seed
        self._changes = list(_changes(augmentations))

    def __bool__(self) -> bool:
        return bool(self._changes)

    def __call__(self, pictures: Tensor, epoch: int, batch: int) -> Tensor:
        """The pictures (n, c, h, w) of a batch, counted from 0 in its epoch, changed; still from 0 to 1."""
        generator = torch.Generator().manual_seed(stream(stream(self.seed, STREAMS + epoch), batch))
        chance = Chance(generator, pictures.device)
        for change in self._changes:
            pictures = change(pictures, chance)
        return pictures.clamp(0, 1)  # sums of shares may pass 1 by a last bit


def groups(augmentations: Sequence[Augmentation]) -> Iterator[tuple[list[Affine], Augmentation | None]]:
    """Those that change anything: moves that follow each other, and what comes after them, if any."""
    moves: list[Affine] = []
    for one in augmentations:
        if one.neutral:
            continue
        if isinstance(one, Affine):
            moves.append(one)
        else:
            yield moves, one
            moves = []
    if moves:
        yield moves, None


def _changes(augmentations: Sequence[Augmentation]) -> Iterator[Change]:
    """The same as few functions; a bend after moves is sampled with them."""
    for moves, one in groups(augmentations):
        bend = one if isinstance(one, Elastic) else None
        if moves or bend:
            yield partial(_moved, moves, bend)
        if one and not bend:
            yield partial(_changed, one)


def _changed(one: Augmentation, pictures: Tensor, chance: Chance) -> Tensor:
    hit = one.hit(len(pictures), chance)
    return torch.where(hit[:, None, None, None], one.change(pictures, chance), pictures)


def _moved(moves: Sequence[Affine], bend: Elastic | None, pictures: Tensor, chance: Chance) -> Tensor:
    """Sampled once: each pixel is a mean of four at most, however many moves there are."""
    count, _, side, _ = pictures.shape
    still = torch.eye(3, device=pictures.device)
    whence, touched = still.repeat(count, 1, 1), torch.zeros(count, dtype=torch.bool, device=pictures.device)
    for one in moves:
        hit = one.hit(count, chance)
        whence = whence @ torch.where(hit[:, None, None], one.matrices(count, side, chance), still)
        touched |= hit
    field = None
    if bend:
        hit = bend.hit(count, chance)
        field = bend.field(count, side, chance) * hit[:, None, None]
        touched |= hit
    return torch.where(touched[:, None, None, None], sampled(pictures, whence, field), pictures)


def tried(augmentations: Sequence[Augmentation], pictures: Tensor, count: int, seed: int) -> Tensor:
    """What becomes of the first of some pictures (n, c, h, w), `count` times; the others are in its batch."""
    batch = torch.cat([pictures[:1].expand(count, *pictures.shape[1:]), pictures[1:]])
    augmenter = Augmenter(augmentations, seed)
    return (augmenter(batch, epoch=1, batch=0) if augmenter else batch)[:count]
