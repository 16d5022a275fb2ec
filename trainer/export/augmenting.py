"""Augmentation as lines of a script: a function that changes a batch of pictures by chances of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trainer.augmentation import Augmentation
from trainer.augmentation.base import Affine
from trainer.augmentation.geometry import Elastic
from trainer.augmentation.pipeline import STREAMS, groups
from trainer.isolation import STREAM

_MOVED = """
def moved(m, xx, xy, yx, yy, x=0, y=0):
    return m @ torch.stack([0 * m[:, 0, 0] + v for v in (xx, xy, x, yx, yy, y, 0, 0, 1)], 1).view(-1, 3, 3)
"""


def definitions(augmentations: Sequence[Augmentation], side: int) -> list[str]:
    """`augmented(x, chance)` for pictures of `side` pixels, and what it needs; nothing where none is."""
    wanted = list(groups(augmentations))
    if not wanted:
        return []
    body = [line for moves, one in wanted for line in _group(moves, one, side)]
    body[-1] = f"return ({body[-1].removeprefix('x = ')}).clamp(0, 1)"
    names = {
        "n": "len(x)",
        "around": "lambda most, *shape: (2 * torch.rand(shape, generator=chance) - 1) * most",
    }
    used = [name for name in names if any(re.search(rf"\b{name}\b", line) for line in body)]
    head = [f"{', '.join(used)} = {', '.join(names[name] for name in used)}"] if used else []
    text = "\n".join(["def augmented(x, chance):", *(f"    {line}" for line in [*head, *body])])
    return [*([_MOVED] if any(moves for moves, _ in wanted) else []), text]


def chances(seed: int) -> str:
    """The expression for the generator of batch number `at` of an epoch."""
    of_epoch = f"({seed} * {STREAM:_} + {STREAMS} + epoch)"
    return f"torch.Generator().manual_seed(({of_epoch} * {STREAM:_} + at) % 2**63)"


def _group(moves: Sequence[Affine], one: Augmentation | None, side: int) -> Iterator[str]:
    if moves or isinstance(one, Elastic):
        yield "m = torch.eye(3).repeat(n, 1, 1)"
    for move in moves:
        yield from _hit(move)
        *before, arguments = move.code(side)
        yield from before
        moved = f"moved(m, {arguments})"
        yield f"m = {_where(move, moved, 'm', 3)}"
    if moves or isinstance(one, Elastic):
        yield "places = nn.functional.affine_grid(m[:, :2], x.shape, align_corners=False)"
        if isinstance(one, Elastic):
            yield from _hit(one)
            yield from one.code(side)
            chosen = "" if one.probability == 1 else " * hit[:, None, None, None]"
            yield f"places = places + bend.permute(0, 2, 3, 1){chosen} @ m[:, None, :2, :2].mT"
        yield "x = nn.functional.grid_sample(x, places, align_corners=False)"
    if one and not isinstance(one, Elastic):
        yield from _hit(one)
        *before, changed = one.code(side)
        yield from before
        yield f"x = {_where(one, changed, 'x', 4)}"


def _hit(one: Augmentation) -> Iterator[str]:
    if one.probability < 1:
        yield f"hit = torch.rand(n, generator=chance) < {one.probability}"


def _where(one: Augmentation, changed: str, before: str, axes: int) -> str:
    if one.probability == 1:
        return changed
    return f"torch.where(hit[:{', None' * (axes - 1)}], {changed}, {before})"
