"""Imbalance: classes that a training meets less often than others, as it happens with real data."""

from __future__ import annotations

import sys
from functools import cache

from pydantic import Field

from trainer.entry import Entry, discover


class Imbalance(Entry):
    """Which training images are taken away."""

    which: int = Field(0, ge=0, le=9, title="Class", description="Which one, counted from 0.")
    share: float = Field(
        0.1, gt=0, le=1, title="What is left", description="Share of its training images that stay."
    )


class RareClass(Imbalance):
    """One class is rare: most of its training images are taken away."""

    kind, label = "rare_class", "One rare class"


@cache
def kinds() -> dict[str, type[Imbalance]]:
    """Every imbalance that exists, by kind."""
    return discover(sys.modules[__name__], Imbalance)
