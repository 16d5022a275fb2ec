"""Augmentations one after the other, as few passes over the pictures as they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        self._changes = _changes([one for one in augmentations if not one.neutral])

    def __bool__(self) -> bool:
        return bool(self._changes)

    def __call__(self, pictures: Tensor, epoch: int, batch: int) -> Tensor:
        """The pictures (n, c, h, w) of a batch, counted from 0 in its epoch, changed; still from 0 to 1."""
        generator = torch.Generator().manual_seed(stream(stream(self.seed, STREAMS + epoch), batch))
        chance = Chance(generator, pictures.device)
        for change in self._changes:
            pictures = change(pictures, chance)
        return pictures.clamp(0, 1)  # sums of shares may pass 1 by a last bit


def _changes(augmentations: Sequence[Augmentation]) -> list[Change]:
    """The same with moves that follow each other, and a bend at their end, in one."""
    changes: list[Change] = []
    moves: list[Affine] = []
    for one in augmentations:
        if isinstance(one, Affine):
            moves.append(one)
            continue
        if isinstance(one, Elastic):
            changes.append(partial(_moved, moves, one))
        else:
            changes += [*([partial(_moved, moves, None)] if moves else []), partial(_changed, one)]
        moves = []
    return [*changes, *([partial(_moved, moves, None)] if moves else [])]


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
        field = bend.field(count, side, chance) * hit[:, None, None, None]
        touched |= hit
    return torch.where(touched[:, None, None, None], sampled(pictures, whence, field), pictures)
