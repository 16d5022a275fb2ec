"""Checking a network: shapes and sizes at every edge, what fits there, the first problem and its mend."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch

from trainer.layers.base import Layer, Shape, described, kinds
from trainer.network import INPUT, Assembly, Limits, Network, assemble_layer, assemble_until_problem
from trainer.problems import Mend, Problem

_STEPWISE = 128  # below it every smaller value of a parameter is tried for a mend, above it halves


def check(network: Network, limits: Limits | None = None, classes: int | None = 10) -> dict[str, Any]:
    """What there is to say about a network, as JSON; in milliseconds and without allocating it.

    `classes` is how many answers the data has; None where that does not matter. `stages` end above
    the first problem. Each stage tells its name, shape, parameters, flops for one picture, and in
    `fits` the kinds of layers that could be put below it.
    """
    limits = limits or Limits()
    stages, problem = _examine(network, limits, classes)
    return {
        "network": network.describe(),
        "fits": fitting(network.input),
        "stages": [
            {
                "name": stage.name,
                "shape": list(stage.shape),
                "parameters": stage.parameters,
                "flops": stage.flops,
                "fits": fitting(stage.shape),
            }
            for stage in stages
        ],
        "parameters": sum(stage.parameters for stage in stages),
        "flops": sum(stage.flops for stage in stages),
        "problem": problem.describe() if problem else None,
    }


def require(network: Network, limits: Limits | None = None, classes: int | None = 10) -> Assembly:
    """The assembly of a network that can be trained, on the meta device; else its Problem is raised."""
    stages, problem = _examine(network, limits or Limits(), classes)
    if problem:
        raise problem
    return Assembly(network, stages)


def _examine(network: Network, limits: Limits, classes: int | None) -> tuple[list[Any], Problem | None]:
    stages, problem = assemble_until_problem(network, limits)
    if problem is None and classes is not None:
        problem = _wrong_answers(network, Assembly(network, stages).shape, classes)
    if problem is None:
        return stages, None
    mend = find_mend(network, problem, limits, classes)
    return stages, Problem(problem.message, problem.where, mend)


def _wrong_answers(network: Network, shape: Shape, classes: int) -> Problem | None:
    if not network.layers:
        return Problem("Add a layer to begin.", ("layers",))
    if shape == (classes,):
        return None
    last = len(network.layers) - 1
    name = network.layers[last].name
    return Problem(
        f"The answer needs a row of {classes} numbers, but {name} gives {described(shape)}.", ("layers", last)
    )


@lru_cache(maxsize=512)
def fitting(shape: Shape) -> list[str]:
    """Kinds of layers that, with their default parameters, can read `shape`."""
    return [kind for kind, cls in kinds().items() if _fits(cls(), shape)]


def _fits(layer: Layer, shape: Shape) -> bool:
    try:
        assemble_layer(layer, torch.empty(1, *shape, device="meta"), INPUT)
    except Problem:
        return False
    return True


def find_mend(network: Network, problem: Problem, limits: Limits, classes: int | None) -> Mend | None:
    """The first small change after which the network is whole, or at least gets past this problem.

    No layer kind is named: candidates come from the catalogue and from the layers' own parameters,
    and PyTorch decides which of them work.
    """
    if len(problem.where) < 2 or not isinstance(problem.where[1], int):
        return None
    at = problem.where[1]
    if at >= len(network.layers):
        return None
    further: Mend | None = None
    for label, layers in _candidates(network.layers, at, classes):
        changed = network.with_layers(layers)
        stages, left = assemble_until_problem(changed, limits)
        if left is None and classes is not None:
            left = _wrong_answers(changed, Assembly(changed, stages).shape, classes)
        if left is None:
            return Mend(label, changed.describe())
        if further is None and len(stages) >= at and _layer_at(changed, left) != network.layers[at].name:
            further = Mend(label, changed.describe())
    return further


def _layer_at(network: Network, problem: Problem) -> str | None:
    """The name of the layer that a problem is about."""
    at = problem.where[1] if len(problem.where) > 1 else None
    return network.layers[at].name if isinstance(at, int) and at < len(network.layers) else None


Candidate = tuple[str, tuple[Layer, ...]]


def _candidates(layers: tuple[Layer, ...], at: int, classes: int | None) -> Iterator[Candidate]:
    """Small changes around the layer at `at`, the most natural first."""
    layer = layers[at]
    last = at == len(layers) - 1
    free = [cls() for cls in kinds().values() if cls.family == "reshape"]
    if classes is not None and last:
        yield from _with_answers(layers, classes, free)
    yield from _with_smaller_parameter(layers, at)
    for extra in free:
        yield f"Insert {extra.kind} before {layer.name}", (*layers[:at], extra, *layers[at:])
    if at:
        for below in range(at + 1, len(layers)):
            moved = (*layers[: at - 1], *layers[at : below + 1], layers[at - 1], *layers[below + 1 :])
            yield f"Move {layers[at - 1].name} below {layers[below].name}", moved
    yield f"Remove {layer.name}", layers[:at] + layers[at + 1 :]


def _with_answers(layers: tuple[Layer, ...], classes: int, free: list[Layer]) -> Iterator[Candidate]:
    """The last layer that can choose how many numbers it gives, set to `classes`; or a new one at the end."""
    for at in range(len(layers) - 1, -1, -1):
        answering = layers[at].answering(classes)
        if answering:
            yield f"Set {layers[at].name} to {classes} numbers", (*layers[:at], answering, *layers[at + 1 :])
            break
    for cls in kinds().values():
        answering = cls().answering(classes)
        if answering:
            yield f"Add {cls.kind} with {classes} numbers", (*layers, answering)
            for extra in free:
                yield f"Add {extra.kind} and {cls.kind} with {classes} numbers", (*layers, extra, answering)


def _with_smaller_parameter(layers: tuple[Layer, ...], at: int) -> Iterator[Candidate]:
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
            yield f"Set {field} of {layer.name} to {value}", (*layers[:at], changed, *layers[at + 1 :])
