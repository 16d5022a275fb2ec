"""Seeds apart: what of a training may be drawn anew while the rest stays as it was."""

from __future__ import annotations

import sys
from functools import cache

from pydantic import Field

from trainer.entry import Entry, discover


class Seeds(Entry):
    """A seed for each thing that is drawn; where one is empty, the job's own seed holds."""

    kind, label = "apart", "Each for itself"

    weights: int | None = Field(None, ge=0, lt=2**53, description="For the first weights.")
    shuffle: int | None = Field(None, ge=0, lt=2**53, description="For the order of the images.")
    dropout: int | None = Field(None, ge=0, lt=2**53, description="For dropout, and what else is drawn.")


@cache
def kinds() -> dict[str, type[Seeds]]:
    """Every way to give seeds that exists, by kind."""
    return discover(sys.modules[__name__], Seeds)
