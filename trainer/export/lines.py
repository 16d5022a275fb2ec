"""Lines of a script, the parts that they form, and how many of them are code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from trainer.isolation import SEEDS, STREAM


class Line(NamedTuple):
    """A line of Python; `layer` names the layer that it is about, if it is about one."""

    text: str
    layer: str = ""


@dataclass(frozen=True)
class Part:
    """Lines that belong together: a paragraph of a script, a cell of a notebook."""

    title: str
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, title: str, texts: Iterable[str | Line]) -> Part:
        """A part of texts, most of which are about no layer."""
        return cls(title, tuple(text if isinstance(text, Line) else Line(text) for text in texts))


def seeded(seed: int, more: str = "") -> str:
    """`trainer.isolation.stream` as a script computes it, with what there is `more` to add."""
    if (seed + 1) * STREAM < SEEDS:
        return f"{seed} * {STREAM:_}{more}"
    return f"({seed} * {STREAM:_}{more}) % 2**63"


def lines_of_code(texts: Iterable[str]) -> int:
    """How many lines there are without blank ones and comments."""
    return sum(1 for text in texts if text.strip() and not text.lstrip().startswith("#"))
