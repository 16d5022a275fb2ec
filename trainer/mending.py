"""Mending a network: the small changes that are tried around a problem, the most natural first."""

from __future__ import annotations

import math
from collections.abc import Iterator

from trainer.graph import INPUT
from trainer.layers.base import Layer, Shape, kinds
from trainer.network import free_name

_STEPWISE = 128  # below it every smaller value of a parameter is tried for a mend, above it halves
_EARLIER = 24  # layers above that are tried as what a layer could read instead

Layers = tuple[Layer, ...]
Candidate = tuple[str, Layers]


def candidates(layers: Layers, at: int, answers: Shape | None) -> Iterator[Candidate]:
    """Small changes around the layer at `at`, with what a button says of each."""
    layer = layers[at]
    free = [cls() for cls in kinds().values() if cls.family == "reshape"]
    is_joining = layer.joins and len(layer.inputs) > 1
    if not is_joining:
        yield from _with_other_inputs(layers, at)
    if answers is not None and at == len(layers) - 1:
        yield from _with_answers(layers, answers, free)
    for place in (at, *_read_by(layers, at)):
        yield from _with_smaller_parameter(layers, place)
    for extra in free:
        yield from _with_inserted(layers, at, extra)
    if is_joining:
        yield from _with_other_inputs(layers, at)
    if at:
        for below in range(at + 1, len(layers)):
            moved = (*layers[: at - 1], *layers[at : below + 1], layers[at - 1], *layers[below + 1 :])
            yield f"Move {layers[at - 1].name} below {layers[below].name}", moved
    yield f"Remove {layer.name}", without(layers, at)


def _with(layers: Layers, at: int, changed: Layer) -> Layers:
    return (*layers[:at], changed, *layers[at + 1 :])


def _reading(layer: Layer, inputs: tuple[str, ...]) -> Layer:
    return layer.model_copy(update={"inputs": inputs})


def _above(layers: Layers, at: int) -> str:
    return layers[at - 1].name if at else INPUT


def _read_by(layers: Layers, at: int) -> list[int]:
    """The places of the layers that one reads by name, the nearest first: they may give what does not fit."""
    return [place for place in reversed(range(at)) if layers[place].name in layers[at].inputs]


def _with_other_inputs(layers: Layers, at: int) -> Iterator[Candidate]:
    """The layer at `at` reading others above it; and the next one reading it, should nobody do so."""
    layer = layers[at]
    earlier = [other.name for other in reversed(layers[max(0, at - _EARLIER) : at])] + [INPUT]
    if layer.joins:
        read = layer.inputs or (_above(layers, at),)
        for name in earlier:
            if name not in read and len(read) < 2:
                yield f"Let {layer.name} also read {name}", _with(layers, at, _reading(layer, (*read, name)))
    elif layer.inputs:
        said = f"Let {layer.name} read {_above(layers, at)}"
        yield said, _with(layers, at, _reading(layer, ()))
    for place, name in enumerate(layer.inputs):
        for other in earlier:
            if other not in layer.inputs:
                inputs = (*layer.inputs[:place], other, *layer.inputs[place + 1 :])
                said = f"Let {layer.name} read {other} instead of {name}"
                yield said, _with(layers, at, _reading(layer, inputs))
    if at + 1 < len(layers) and layers[at + 1].inputs:
        below = layers[at + 1]
        inputs = (*below.inputs, layer.name) if below.joins else ()
        said = f"Let {below.name} {'also ' if below.joins else ''}read {layer.name}"
        yield said, _with(layers, at + 1, _reading(below, inputs))


def _with_inserted(layers: Layers, at: int, extra: Layer) -> Iterator[Candidate]:
    """A layer put before the one at `at`, on each of the ways that lead to it."""
    layer = layers[at]
    if not layer.inputs:
        yield f"Insert {extra.kind} before {layer.name}", (*layers[:at], extra, *layers[at:])
    for place, name in enumerate(layer.inputs):
        named = extra.model_copy(
            update={"name": free_name(extra, [other.name for other in layers]), "inputs": (name,)}
        )
        inputs = (*layer.inputs[:place], named.name, *layer.inputs[place + 1 :])
        said = f"Insert {extra.kind} between {name} and {layer.name}"
        yield said, (*layers[:at], named, _reading(layer, inputs), *layers[at + 1 :])


def without(layers: Layers, at: int) -> Layers:
    """Layers without the one at `at`: whoever read it reads what it read."""
    gone = layers[at]
    instead = gone.inputs or (_above(layers, at),)
    below = [
        _reading(layer, tuple(dict.fromkeys(_replaced(layer.inputs, gone.name, instead))))
        for layer in layers[at + 1 :]
    ]
    if below and gone.inputs and not below[0].inputs:
        below[0] = _reading(below[0], gone.inputs)
    return (*layers[:at], *below)


def _replaced(names: tuple[str, ...], gone: str, instead: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        yield from instead if name == gone else (name,)


def _with_answers(layers: Layers, answers: Shape, free: list[Layer]) -> Iterator[Candidate]:
    """The last layer that can choose how many numbers it gives, set to what is needed; or a new one.

    Where the answer is no row, what shapes a row into it comes after that.
    """
    numbers = math.prod(answers)
    many = f"{numbers} number{'' if numbers == 1 else 's'}"
    for said, shaping in _shaping(answers):
        for at in range(len(layers) - 1, -1, -1):
            answering = layers[at].answering(numbers)
            if answering:
                yield f"Set {layers[at].name} to {many}{said}", (*_with(layers, at, answering), *shaping)
                break
        for cls in kinds().values():
            answering = cls().answering(numbers)
            if answering:
                yield f"Add {cls.kind} with {many}{said}", (*layers, answering, *shaping)
                for extra in free:
                    label = f"Add {extra.kind} and {cls.kind} with {many}{said}"
                    yield label, (*layers, extra, answering, *shaping)


def _shaping(answers: Shape) -> Iterator[tuple[str, Layers]]:
    """What makes a row of numbers such an answer, and how it is said; nothing where it is a row."""
    if len(answers) == 1:
        yield "", ()
        return
    for cls in kinds().values():
        shaping = cls().shaping(answers)
        if shaping:
            yield f", then {cls.kind}", (shaping,)


def _with_smaller_parameter(layers: Layers, at: int) -> Iterator[Candidate]:
    """The layer at `at` with one of its whole-number parameters made smaller, step by step."""
    layer = layers[at]
    given = {field: getattr(layer, field) for field in type(layer).model_fields}
    for field, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int):
            continue
        while value > 0:
            value = value - 1 if value <= _STEPWISE else value // 2
            try:
                changed = type(layer).model_validate({**given, field: value})
            except ValueError:  # below the smallest value that the layer allows
                break
            yield f"Set the {field.replace('_', ' ')} of {layer.name} to {value}", _with(layers, at, changed)
