"""Calls of Keras layers as code, with the weights that they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from trainer.layers.base import Shape
from trainer.writing import literal

Numbers = NDArray[np.float32]


class Unsayable(Exception):
    """Keras has no words for this; the message says for what."""


@dataclass(frozen=True)
class Call:
    """One layer of Keras, or an expression (`maker` is empty): on what it is applied, and where that goes."""

    maker: str
    told: tuple[str, ...] = ()
    on: str = "{x}"
    into: str = "x"

    @classmethod
    def of(cls, text: str, on: str = "{x}", into: str = "x") -> Call:
        """From code like `layers.Flatten()`."""
        maker, _, told = text.removesuffix(")").partition("(")
        return cls(maker, (told,) if told else (), on, into)

    def written(self, x: str, name: str) -> str:
        """As code that is applied to `x`, with a name unless it is empty."""
        on = self.on.format(x=x)
        told = [*self.told, *([f'name="{name}"'] if name else [])]
        return f"{self.maker}({', '.join(told)})({on})" if self.maker else on


@dataclass
class Written:
    """Calls that follow each other, each on what the one before gives.

    `weights` are those of each call, by its place among them, in Keras' order.
    """

    calls: list[Call] = field(default_factory=list)
    weights: dict[int, list[Numbers]] = field(default_factory=dict)
    above: tuple[str, ...] = ()

    def add(self, call: Call | str, *weights: Tensor | Numbers | None) -> Written:
        """One more call."""
        given = [np.ascontiguousarray(numbers_of(one)) for one in weights if one is not None]
        if given:
            self.weights[len(self.calls)] = given
        self.calls.append(Call.of(call) if isinstance(call, str) else call)
        return self

    def then(self, *more: Written) -> Written:
        """The calls of others behind these."""
        for other in more:
            for at, call in enumerate(other.calls):
                self.add(call, *other.weights.get(at, []))
        return self


def numbers_of(given: Tensor | Numbers) -> Numbers:
    return given.detach().float().numpy() if isinstance(given, Tensor) else given


@singledispatch
def said(module: nn.Module, shapes: Sequence[Shape], out: Shape) -> Written:
    """What Keras does for a module that reads `shapes` and gives `out`; raises Unsayable."""
    raise Unsayable(f"Keras has no layer like {type(module).__name__}")


def call_of(name: str, *given: object, **named: object) -> Call:
    """A call in which what is None is left out."""
    told = [literal(one) for one in given]
    told += [f"{key}={literal(value)}" for key, value in named.items() if value is not None]
    return Call(name, tuple(told))


def unless(flag: bool) -> bool | None:
    """For arguments that are true unless one says otherwise."""
    return None if flag else False
