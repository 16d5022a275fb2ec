"""A network made of PyTorch modules, and the one walk that builds it.

Shapes come from PyTorch: every layer is built from the shape that it receives, and what leaves it is
measured by running it. On the `meta` device that allocates nothing, so any network can be checked.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from trainer.graph import INPUT, joined
from trainer.layers.base import Layer, Shape, described
from trainer.network import Network
from trainer.problems import Problem


class Limits(BaseModel):
    """How large a network may be. Refused before anything is allocated."""

    model_config = ConfigDict(frozen=True)

    layers: int = 100
    parameters: int = 20_000_000
    activations: int = 5_000_000  # numbers that all layers together give for one picture
    flops: int = 2_000_000_000  # for one picture; a multiplication and an addition are two


@dataclass(frozen=True)
class Stage:
    """An assembled layer. `shape` is what leaves it, without the batch; `flops` are for one picture.

    `sources` names what it reads: layers above it or the input.
    """

    layer: Layer
    sources: tuple[str, ...]
    module: nn.Module
    shape: Shape
    parameters: int
    flops: int

    @property
    def name(self) -> str:
        return self.layer.name


class Assembly:
    """A network made of PyTorch modules.

    `module` is an `nn.Sequential` whose children carry the layers' names, so that its state's keys are
    `<layer>.weight`; a plain one where every layer reads the one above. Its parameters hold no defined
    values until `trainer.weights` fills them.
    """

    def __init__(self, network: Network, stages: list[Stage]) -> None:
        self.network = network
        self.stages = stages
        self.module = _joined(stages)
        self._before_probabilities = self.module
        if stages and stages[-1].layer.gives_probabilities:
            names = [INPUT, *(stage.name for stage in stages)]
            self._before_probabilities = _joined(stages[: names.index(stages[-1].sources[0])])

    @property
    def shape(self) -> Shape:
        """What leaves the last layer, without the batch."""
        return self.stages[-1].shape if self.stages else self.network.input

    def logits(self, x: Tensor) -> Tensor:
        """What a loss receives: the last layer's output, or its input where it is a softmax already."""
        result: Tensor = self._before_probabilities(x)
        return result

    def walk(self, x: Tensor) -> Iterator[tuple[Stage, Tensor]]:
        """Every stage with what leaves it for the batch `x`."""
        given = {INPUT: x}
        for stage in self.stages:
            x = given[stage.name] = stage.module(*(given[source] for source in stage.sources))
            yield stage, x

    def maps(self, outputs: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
        """`<layer>.maps` of every attention: how much steps look at steps, (batch, heads, steps, steps).

        `outputs` holds the input and what the walk gave, by name.
        """
        for stage in self.stages:
            maps = getattr(stage.module, "maps", None)
            if maps:
                yield f"{stage.name}.maps", maps(outputs[stage.sources[0]])

    def probabilities(self, output: Tensor) -> Tensor:
        """Probabilities from the output of the last layer (batch, classes); softmax is never taken twice."""
        if self.stages and self.stages[-1].layer.gives_probabilities:
            return output
        return torch.softmax(output, dim=1)

    def to(self, device: str | torch.device) -> Assembly:
        """Moves the modules; from the meta device their values are undefined afterwards."""
        if any(tensor.is_meta for tensor in self.module.state_dict().values()):
            self.module.to_empty(device=device)
        else:
            self.module.to(device)
        return self


def _joined(stages: list[Stage]) -> nn.Sequential:
    return joined(
        {stage.name: stage.module for stage in stages}, {stage.name: stage.sources for stage in stages}
    )


def assemble(network: Network, limits: Limits | None = None) -> Assembly:
    """Builds the whole network on the meta device: shapes and sizes are real, nothing is allocated.

    Raises the Problem of the first layer that does not fit, or of a limit that is passed.
    """
    stages, problem = assemble_until_problem(network, limits or Limits())
    if problem:
        raise problem
    return Assembly(network, stages)


def assemble_until_problem(network: Network, limits: Limits) -> tuple[list[Stage], Problem | None]:
    """The stages above the first problem, and that problem if there is one. The one walk."""
    stages: list[Stage] = []
    shapes: dict[str, Shape] = {INPUT: network.input}
    sums = Counter(activations=math.prod(network.input))
    if len(network.layers) > limits.layers:
        message = f"This network has {len(network.layers)} layers; this server takes {limits.layers}."
        return stages, Problem(message, ("layers", limits.layers))
    for at, layer in enumerate(network.layers):
        sources = network.sources(at)
        try:
            stage = _staged(layer, sources, tuple(_shape_of(network, at, name, shapes) for name in sources))
            sums.update(parameters=stage.parameters, activations=math.prod(stage.shape), flops=stage.flops)
            _refuse_above(limits, sums, stage)
        except Problem as problem:
            return stages, Problem(problem.message, ("layers", at, *problem.where))
        shapes[layer.name] = stage.shape
        stages.append(stage)
    return stages, None


def _shape_of(network: Network, at: int, source: str, shapes: Mapping[str, Shape]) -> Shape:
    """What a layer reads by name; a Problem where there is no such layer above it."""
    if source in shapes:
        return shapes[source]
    layer = network.layers[at]
    if source == layer.name:
        why = f"{source} cannot read itself"
    elif any(other.name == source for other in network.layers):
        why = f"{layer.name} cannot read {source}, which stands below it"
    else:
        why = f"{layer.name} reads {source}, but there is no such layer"
    raise Problem(f"{why}. Name a layer above it, or {INPUT}.", ("inputs", layer.inputs.index(source)))


def _staged(layer: Layer, sources: tuple[str, ...], shapes: tuple[Shape, ...]) -> Stage:
    """One step of the walk: the stage of `layer` for what its sources give."""
    shape, flops = _measured(layer, sources, shapes)
    with torch.device("meta"):
        module = layer.build(shapes[0])
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return Stage(layer, sources, module, shape, parameters, flops)


@lru_cache(maxsize=4_096)
def _measured(layer: Layer, sources: tuple[str, ...], shapes: tuple[Shape, ...]) -> tuple[Shape, int]:
    """(shape that leaves, flops): remembered, because an edit changes one layer and mends are many edits."""
    with FlopCounterMode(display=False) as counter:
        shape = try_layer(layer, sources, shapes)
    return shape, counter.get_total_flops()


def try_layer(layer: Layer, sources: tuple[str, ...], shapes: tuple[Shape, ...]) -> Shape:
    """The shape that leaves `layer`, measured by running it; a Problem where what it reads does not fit."""
    _refuse_number_of(layer, sources)
    given = dict(zip(sources, shapes, strict=True))
    for source, shape in given.items():
        reads = layer.refusal(shape)
        if reads:
            raise Problem(f"{layer.name} reads {reads}, but {source} gives {described(shape)}.")
    if len({len(shape) for shape in shapes}) > 1:
        raise Problem(f"{layer.name} joins what is alike, but {_given_by(given)}.")
    with torch.device("meta"), torch.no_grad():
        try:
            module = layer.build(shapes[0]).eval()
            return tuple(module(*(torch.empty(1, *shape) for shape in shapes)).shape[1:])
        except Problem:
            raise
        except (RuntimeError, ValueError) as error:
            cause = "" if layer.joins else " " + str(error).splitlines()[0].rstrip(".") + "."
            raise Problem(f"{layer.name} does not fit: {_given_by(given)}.{cause}") from error


def _given_by(shapes: Mapping[str, Shape]) -> str:
    return " and ".join(f"{name} gives {described(shape)}" for name, shape in shapes.items())


def _refuse_number_of(layer: Layer, sources: tuple[str, ...]) -> None:
    if layer.joins and len(sources) < 2:
        message = f"{layer.name} joins two or more layers, but reads {sources[0]} alone. Name another one."
        raise Problem(message, ("inputs",))
    if not layer.joins and len(sources) > 1:
        raise Problem(
            f"{layer.name} reads one layer, but is given {len(sources)}: {', '.join(sources)}.", ("inputs", 1)
        )


_UNITS = {
    "parameters": "parameters",
    "activations": "activations for one picture",
    "flops": "operations for one picture",
}


def _refuse_above(limits: Limits, sums: Counter[str], stage: Stage) -> None:
    for what, unit in _UNITS.items():
        allowed = getattr(limits, what)
        if sums[what] > allowed:
            raise Problem(
                f"With {stage.name} the network has {sums[what]:,} {unit}; this server takes {allowed:,}."
            )
