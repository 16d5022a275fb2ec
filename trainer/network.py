"""A network: input shape and ordered layers, as data; and the one walk that builds it.

Shapes come from PyTorch: every layer is built from the shape that it receives, and what leaves it is
measured by running it. On the `meta` device that allocates nothing, so any network can be checked.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from trainer.entry import OneOf
from trainer.layers.base import Layer, Shape, described, kinds, written
from trainer.problems import Problem, reading

INPUT = "input"  # what the input is called where layers are named


class Network(BaseModel):
    """Input shape and layers. Sizes of inputs are never given: each layer reads what the one above gives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    input: tuple[int, int, int] = Field((1, 28, 28), description="Channels, height, width of a picture.")
    layers: tuple[Annotated[Layer, OneOf(kinds(), "layer")], ...] = Field((), max_length=1_000)

    @model_validator(mode="after")
    def _input_is_a_picture(self) -> Network:
        if not all(1 <= side <= 1_024 for side in self.input):
            raise Problem(f"A picture has sides from 1 to 1,024, not {written(self.input)}.", ("input",))
        return self

    @model_validator(mode="after")
    def _name_every_layer(self) -> Network:
        """Layers without a name get the next free one: conv1, relu1, conv2 …"""
        given = Counter(layer.name for layer in self.layers if layer.name)
        for at, layer in enumerate(self.layers):
            reserved = layer.name == INPUT or hasattr(nn.Sequential, layer.name)
            if layer.name and (reserved or given[layer.name] > 1):
                why = "is kept for the program" if reserved else "is there twice"
                raise Problem(
                    f"The name {layer.name} {why}; every layer needs a name of its own.",
                    ("layers", at, "name"),
                )
        object.__setattr__(self, "layers", tuple(_named(self.layers, set(given))))
        return self

    @classmethod
    def read(cls, given: object) -> Network:
        """A network from JSON; a Problem names the place of what is wrong with it."""
        with reading():
            return cls.model_validate(given)

    def describe(self) -> dict[str, Any]:
        """The network as JSON, every layer with its name and all parameters."""
        return self.model_dump(mode="json")

    def with_layers(self, layers: tuple[Layer, ...]) -> Network:
        """The same input with other layers; layers without a name get one."""
        return Network(input=self.input, layers=layers)


def _named(layers: tuple[Layer, ...], taken: set[str]) -> Iterator[Layer]:
    for layer in layers:
        if layer.name:
            yield layer
            continue
        number = 1
        while f"{layer.stem()}{number}" in taken:
            number += 1
        name = f"{layer.stem()}{number}"
        taken.add(name)
        yield layer.model_copy(update={"name": name})


class Limits(BaseModel):
    """How large a network may be. Refused before anything is allocated."""

    model_config = ConfigDict(frozen=True)

    layers: int = 100
    parameters: int = 20_000_000
    activations: int = 5_000_000  # numbers that all layers together give for one picture
    flops: int = 2_000_000_000  # for one picture; a multiplication and an addition are two


@dataclass(frozen=True)
class Stage:
    """An assembled layer. `shape` is what leaves it, without the batch; `flops` are for one picture."""

    layer: Layer
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
    `<layer>.weight`. Its parameters hold no defined values until `trainer.weights` fills them.
    """

    def __init__(self, network: Network, stages: list[Stage]) -> None:
        self.network = network
        self.stages = stages
        self.module = nn.Sequential(OrderedDict((stage.name, stage.module) for stage in stages))
        softmax_last = bool(stages) and stages[-1].layer.gives_probabilities
        self._before_probabilities = self.module[:-1] if softmax_last else self.module

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
        for stage in self.stages:
            x = stage.module(x)
            yield stage, x

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
    x = torch.empty(1, *network.input, device="meta")
    sums = Counter(activations=x.numel())
    if len(network.layers) > limits.layers:
        message = f"This network has {len(network.layers)} layers; this server takes {limits.layers}."
        return stages, Problem(message, ("layers", limits.layers))
    for at, layer in enumerate(network.layers):
        above = network.layers[at - 1].name if at else INPUT
        try:
            stage, x = assemble_layer(layer, x, above)
            sums.update(parameters=stage.parameters, activations=x.numel(), flops=stage.flops)
            _refuse_above(limits, sums, stage)
        except Problem as problem:
            return stages, Problem(problem.message, ("layers", at, *problem.where))
        stages.append(stage)
    return stages, None


def assemble_layer(layer: Layer, x: Tensor, above: str) -> tuple[Stage, Tensor]:
    """One step of the walk: the stage of `layer` for the meta tensor `x` (1, …), and what leaves it."""
    shape = tuple(x.shape[1:])
    reads = layer.refusal(shape)
    if reads:
        raise Problem(f"{layer.name} reads {reads}, but {above} gives {described(shape)}.")
    with torch.device("meta"), torch.no_grad():
        module = layer.build(shape).eval()
        with FlopCounterMode(display=False) as counter:
            try:
                x = module(x)
            except RuntimeError as error:
                cause = str(error).splitlines()[0].rstrip(".")
                message = f"{layer.name} does not fit what {above} gives, {described(shape)}: {cause}."
                raise Problem(message) from error
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return Stage(layer, module.train(), tuple(x.shape[1:]), parameters, counter.get_total_flops()), x


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
