"""A probe: one digit whose way through a network is watched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from trainer.assembly import Assembly, Limits, Stage, assemble_until_problem
from trainer.graph import INPUT
from trainer.network import Network
from trainer.preparation import Preparation
from trainer.problems import Problem
from trainer.weights import initial, load

Picture = np.ndarray  # uint8 (28, 28), 255 is ink


@dataclass(frozen=True)
class Look:
    """What every layer makes of one digit.

    `outputs` holds float32 tensors by layer name, without the batch: the input (0 … 1) first, the maps
    of attentions (`<layer>.maps`) last; layers below a problem are missing. `probabilities` is None
    where the network does not end in a row or its numbers are no longer finite.
    """

    outputs: Mapping[str, Tensor]
    probabilities: list[float] | None
    of_plane: bool = False  # then each output holds a picture of the plane for each of a layer's numbers

    @property
    def output(self) -> Tensor:
        """What the last layer gave."""
        return [tensor for name, tensor in self.outputs.items() if not name.endswith(".maps")][-1]

    @property
    def digit(self) -> int | None:
        """The most probable class."""
        if self.probabilities is None:
            return None
        return max(range(len(self.probabilities)), key=self.probabilities.__getitem__)


class Probe:
    """A network that answers looks: in eval mode, without gradients, unchanged by looking.

    Weights are those given, else drawn from `seed`; `preparation` is what they say of pictures. A network
    with a problem is looked at as far as its layers fit.
    """

    def __init__(
        self,
        network: Network,
        weights: Mapping[str, Tensor] | None = None,
        seed: int = 42,
        limits: Limits | None = None,
        preparation: Preparation | None = None,
    ) -> None:
        stages, self.problem = _assembled(network, limits or Limits())
        self.network = network
        self._preparation = preparation or Preparation()
        self._assembly = Assembly(network, deepcopy(stages))
        if weights is None:
            initial(self._assembly, seed)
        else:
            load(self._assembly, weights)
        self._assembly.module.eval()

    @property
    def bytes(self) -> int:
        """What its weights take in memory."""
        return sum(tensor.nbytes for tensor in self._assembly.module.state_dict().values())

    @property
    def bytes_of_a_look(self) -> int:
        """What the outputs for one picture take in memory, float32."""
        stages = self._assembly.stages
        return 4 * (math.prod(self.network.input) + sum(math.prod(stage.shape) for stage in stages))

    def look(self, picture: Picture) -> Look:
        """The way of a picture, uint8 of the network's input size, through every layer."""
        return self.look_at_all([picture])[0]

    def look_at_all(self, pictures: Sequence[Picture]) -> list[Look]:
        """The ways of several pictures, made together: hardly slower than one alone.

        Raises a Problem where the network takes others than these.
        """
        if not pictures:
            return []
        self.require(pictures[0].shape)
        with torch.inference_mode():
            pixels = torch.from_numpy(np.stack(pictures)).float().div_(255)
            shown = self._preparation.reordered(pixels.reshape(-1, *self.network.input))
            x = output = self._preparation.normalized(shown)
            outputs = {INPUT: shown}
            for stage, output in self._assembly.walk(x):
                outputs[stage.name] = output
            outputs |= dict(self._assembly.maps(outputs))
            probabilities = self._probabilities(output)
        return [
            Look({name: batch[at] for name, batch in outputs.items()}, probabilities[at])
            for at in range(len(pictures))
        ]

    def require(self, sides: tuple[int, ...]) -> None:
        """A Problem where the network does not take pictures of these sides."""
        if self.network.input != (1, *sides):
            own, given = ("×".join(map(str, shape)) for shape in (self.network.input, (1, *sides)))
            message = f"A digit is a picture of {given}, but this network takes {own}."
            raise Problem(message, ("network", "input"))

    def look_at_plane(self, side: int, edge: float) -> Look:
        """What every layer makes of the points of a plane from −edge to edge: pictures (numbers, side, side).

        The first line of a picture is the top of the plane. A Problem where the network takes no points.
        """
        if self.network.input != (2,):
            raise Problem("This network takes no points of a plane.", ("network", "input"))
        axis = ((torch.arange(side) + 0.5) / side * 2 - 1) * edge
        down, across = torch.meshgrid(axis.flip(0), axis, indexing="ij")
        with torch.inference_mode():
            points = torch.stack([across, down], -1).reshape(-1, 2)
            outputs = {INPUT: points}
            for stage, output in self._assembly.walk(points):
                outputs[stage.name] = output
        pictures = {
            name: output.flatten(1).T.reshape(-1, side, side).contiguous() for name, output in outputs.items()
        }
        return Look(pictures, None, of_plane=True)

    def _probabilities(self, output: Tensor) -> list[list[float] | None]:
        if self.problem or output.dim() != 2:
            return [None] * len(output)
        told: list[list[float]] = self._assembly.probabilities(output).tolist()
        return [one if all(map(math.isfinite, one)) else None for one in told]


@lru_cache(maxsize=64)
def _assembled(network: Network, limits: Limits) -> tuple[list[Stage], Problem | None]:
    """The walk of a network, done once: while it trains, new weights for it come several times a second."""
    return assemble_until_problem(network, limits)
