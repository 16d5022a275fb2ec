"""Checking a network: shapes and sizes at every edge, what fits there, the first problem and its mend."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from trainer.assembly import Assembly, Limits, Stage, assemble_until_problem, try_layer
from trainer.layers.base import Layer, Shape, described, kinds
from trainer.mending import candidates
from trainer.network import Network
from trainer.problems import Mend, Problem


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


def _examine(network: Network, limits: Limits, classes: int | None) -> tuple[list[Stage], Problem | None]:
    stages, problem = _examined(network, limits, classes)
    if problem is None:
        return stages, None
    mend = find_mend(network, problem, limits, classes)
    return stages, Problem(problem.message, problem.where, mend)


def _examined(network: Network, limits: Limits, classes: int | None) -> tuple[list[Stage], Problem | None]:
    stages, problem = assemble_until_problem(network, limits)
    problem = problem or _dead_end(stages)
    if problem is None and classes is not None:
        problem = _wrong_answers(network, Assembly(network, stages).shape, classes)
    return stages, problem


def _dead_end(stages: list[Stage]) -> Problem | None:
    read = {source for stage in stages for source in stage.sources}
    for at, stage in enumerate(stages[:-1]):
        if stage.name not in read:
            return Problem(
                f"{stage.name} leads nowhere: no layer below it reads what it gives.", ("layers", at)
            )
    return None


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
        names = ("one", "other") if layer.joins else ("one",)
        try_layer(layer, names, (shape,) * len(names))
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
    name = network.layers[at].name
    stands_in_the_way = not _holds(_examined(network, limits, classes)[0], name)
    further: Mend | None = None
    for label, layers in candidates(network.layers, at, classes):
        changed = network.with_layers(layers)
        stages, left = _examined(changed, limits, classes)
        if left is None:
            return Mend(label, changed.describe())
        if further is None and (
            _is_past(changed, left, at, name) or (stands_in_the_way and _holds(stages, name))
        ):
            further = Mend(label, changed.describe())
    return further


def _holds(stages: list[Stage], name: str) -> bool:
    return any(stage.name == name for stage in stages)


def _is_past(network: Network, problem: Problem, at: int, name: str) -> bool:
    """Whether a problem is of a layer further down than `name`, which stood at `at` before it was mended."""
    place = problem.where[1] if len(problem.where) > 1 else None
    if not isinstance(place, int):
        return False
    names = [layer.name for layer in network.layers]
    return place > names.index(name) if name in names else place >= at
