"""How entries of the catalogue are written as Python: what an exported script is made of."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

import torch
from torch import nn

_PLACES = ("device", "dtype")  # arguments that say where, not what


@dataclass(frozen=True)
class Code:
    """A Python expression, and what must stand above it: imports, and definitions of its own.

    `keys` tells what names of its weights are called in there instead, where those differ.
    """

    expression: str
    above: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()

    def within(self, expression: str, *above: str) -> Code:
        """The same inside a larger expression that needs more above it."""
        return Code(expression, (*above, *self.above), self.imports, self.keys)


@dataclass(frozen=True)
class Around:
    """Lines around the loop over the epochs: before it, at the end of each epoch, after it."""

    before: tuple[str, ...] = ()
    each_epoch: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


class Raw(str):
    """Code among the arguments of a call: it is written as it is."""


def call(name: str, like: Callable[..., Any], *arguments: object, **named: object) -> str:
    """A call like `nn.Linear(784, 10)`; what `like` has as its default anyway is left out."""
    rules = inspect.signature(like).parameters
    told = [literal(argument) for argument in arguments]
    for key, value in named.items():
        if key not in rules or value != rules[key].default:
            told.append(f"{key}={literal(value)}")
    return f"{name}({', '.join(told)})"


def attribute(owner: str, name: str) -> str:
    """`owner.name`, also where the name is a word of Python's own."""
    return f'getattr({owner}, "{name}")' if iskeyword(name) else f"{owner}.{name}"


def literal(value: object) -> str:
    """A value as a person writes it in Python."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def torchs_own(module: nn.Module) -> str:
    """How a module of `torch.nn` is made, in as few words as PyTorch needs to make the same one.

    Raises TypeError for a module of anybody else's: its layer has to say how it is written.
    """
    kind = type(module)
    if not kind.__module__.startswith("torch.nn."):
        raise TypeError(
            f"{kind.__name__} is none of PyTorch's own: its layer needs `code`, as docs/adding.md"
        )
    rules = inspect.signature(kind).parameters
    wanted = _arguments(module)
    chosen = dict(wanted)
    for name, value in wanted.items():
        for shorter in _shorter(value, rules[name]):
            trial = {key: given for key, given in {**chosen, name: shorter}.items() if given is not _LEFT_OUT}
            if _arguments(_made(kind, trial)) == wanted:
                chosen[name] = shorter
                break
    required = [name for name in chosen if rules[name].default is inspect.Parameter.empty]
    told = [literal(chosen[name]) for name in required]
    others = [name for name in chosen if name not in required and chosen[name] is not _LEFT_OUT]
    return (
        f"nn.{kind.__name__}({', '.join([*told, *(f'{name}={literal(chosen[name])}' for name in others)])})"
    )


_LEFT_OUT = object()


def _shorter(value: object, rule: inspect.Parameter) -> Iterator[object]:
    """Shorter ways to say an argument, the shortest first."""
    if rule.default is not inspect.Parameter.empty:
        yield _LEFT_OUT
    if isinstance(value, tuple) and len(set(value)) == 1:
        yield value[0]
    if isinstance(value, float) and value.is_integer():
        yield int(value)


def _made(kind: type[nn.Module], arguments: dict[str, Any]) -> nn.Module:
    with torch.device("meta"):
        return kind(**arguments)


def _arguments(module: nn.Module) -> dict[str, Any]:
    """The arguments that make a module, as its attributes tell them; a bias is there or not."""
    rules = inspect.signature(type(module)).parameters.values()
    any_number = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    names = [rule.name for rule in rules if rule.kind not in any_number and rule.name not in _PLACES]
    return {
        name: getattr(module, name) is not None if name == "bias" else getattr(module, name) for name in names
    }
