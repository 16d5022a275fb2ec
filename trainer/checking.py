"""Checking a network: shapes and sizes at every edge, what fits there, the first problem and its mend."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from trainer.adapting import Change, of_input, of_reach, of_shape
from trainer.aim import Aim
from trainer.assembly import Assembly, Limits, Stage, assemble_until_problem, try_layer
from trainer.fitting import misfit
from trainer.layers.base import Layer, Shape, kinds
from trainer.mending import candidates
from trainer.network import Network
from trainer.problems import Mend, Problem

USUAL = Aim()  # ten classes of pictures, 28 × 28
_DEEP = 2  # further changes that one button may make


def check(network: Network, limits: Limits | None = None, aim: Aim | None = USUAL) -> dict[str, Any]:
    """What there is to say about a network, as JSON; in milliseconds and without allocating it.

    `aim` is what it is to be trained for; None where that does not matter. `stages` end above
    the first problem. Each stage tells its name, shape, parameters, flops for one picture, and in
    `fits` the kinds of layers that could be put below it.
    """
    limits = limits or Limits()
    stages, problem = _examine(network, limits, aim)
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


def require(network: Network, limits: Limits | None = None, aim: Aim | None = USUAL) -> Assembly:
    """The assembly of a network that can be trained, on the meta device; else its Problem is raised."""
    stages, problem = _examine(network, limits or Limits(), aim)
    if problem:
        raise problem
    return Assembly(network, stages)


def _examine(network: Network, limits: Limits, aim: Aim | None) -> tuple[list[Stage], Problem | None]:
    stages, problem = _examined(network, limits, aim)
    if problem is None:
        return stages, None
    mend = problem.mend or find_mend(network, problem, limits, aim)
    return stages, Problem(problem.message, problem.where, mend)


def _examined(network: Network, limits: Limits, aim: Aim | None) -> tuple[list[Stage], Problem | None]:
    stages, problem = assemble_until_problem(network, limits)
    problem = problem or _dead_end(stages)
    if problem is None and aim is not None:
        problem = misfit(aim, network, stages)
    return stages, problem


def _dead_end(stages: list[Stage]) -> Problem | None:
    read = {source for stage in stages for source in stage.sources}
    for at, stage in enumerate(stages[:-1]):
        if stage.name not in read:
            return Problem(
                f"{stage.name} leads nowhere: no layer below it reads what it gives.", ("layers", at)
            )
    return None


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


def find_mend(network: Network, problem: Problem, limits: Limits, aim: Aim | None) -> Mend | None:
    """The first small change after which the network is whole, or at least gets past this problem.

    No layer kind is named: candidates come from the catalogue and from the layers' own parameters,
    and PyTorch decides which of them work.
    """
    stages, _ = _examined(network, limits, aim)
    if aim is not None and _is_whole(network, limits):
        return _adapted(network, problem, limits, aim)
    if len(problem.where) < 2 or not isinstance(problem.where[1], int):
        return None
    at = problem.where[1]
    if at >= len(network.layers):
        return None
    name = network.layers[at].name
    stands_in_the_way = not _holds(stages, name)
    further: Mend | None = None
    for label, layers in candidates(network.layers, at, aim.answers if aim else None):
        changed = network.with_layers(layers)
        stages, left = _examined(changed, limits, aim)
        if left is None:
            return Mend(label, changed.describe())
        if further is None and (
            _is_past(changed, left, at, name) or (stands_in_the_way and _holds(stages, name))
        ):
            further = Mend(label, changed.describe())
    return further


def _adapted(network: Network, problem: Problem, limits: Limits, aim: Aim, deep: int = _DEEP) -> Mend | None:
    """The first change after which network and job fit together, or several by one button.

    Changes of the network come before those of the job, which somebody chose.
    """
    if problem.mend:
        return problem.mend
    halves: list[tuple[Change, Problem]] = []
    for change in _changes(network, problem, limits, aim):
        left = _examined(change.network, limits, change.aim)[1]
        if left is None and not change.job:
            return change.mend()
        if left is None:
            return _both(halves, limits, deep) or change.mend()
        halves.append((change, left))
    return _both(halves, limits, deep)


def _both(halves: list[tuple[Change, Problem]], limits: Limits, deep: int) -> Mend | None:
    """The first change with one that mends what it leaves; those of the network alone come first."""
    if not deep:
        return None
    for of_job in (False, True):
        for change, left in halves:
            if bool(change.job) == of_job and _is_whole(change.network, limits):
                further = _adapted(change.network, left, limits, change.aim, deep - 1)
                if further and bool(further.job) <= of_job:
                    return change.then(further)
    return None


def _changes(network: Network, problem: Problem, limits: Limits, aim: Aim) -> Iterator[Change]:
    if problem.where == ("input",):
        yield from of_input(aim, network)
    elif len(problem.where) == 2 and isinstance(problem.where[1], int):
        shape = Assembly(network, assemble_until_problem(network, limits)[0]).shape
        changes = of_reach if shape == aim.answers else of_shape
        yield from changes(aim, network, problem.where[1])


def _is_whole(network: Network, limits: Limits) -> bool:
    """Whether its layers fit each other, whatever it is for."""
    return _examined(network, limits, None)[1] is None


def _holds(stages: list[Stage], name: str) -> bool:
    return any(stage.name == name for stage in stages)


def _is_past(network: Network, problem: Problem, at: int, name: str) -> bool:
    """Whether a problem is of a layer further down than `name`, which stood at `at` before it was mended."""
    place = problem.where[1] if len(problem.where) > 1 else None
    if not isinstance(place, int):
        return False
    names = [layer.name for layer in network.layers]
    return place > names.index(name) if name in names else place >= at
