"""A probe: one digit whose way through a network is watched."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trainer.network import INPUT, Assembly, Limits, Network, assemble_until_problem
from trainer.weights import initial, load

Picture = np.ndarray  # uint8 (28, 28), 255 is ink


@dataclass(frozen=True)
class Look:
    """What every layer makes of one digit.

    `outputs` holds float32 tensors by layer name, without the batch, the input (0 … 1) first; layers
    below a problem are missing. `probabilities` is None where the network does not end in a row
    or its numbers are no longer finite.
    """

    outputs: Mapping[str, Tensor]
    probabilities: list[float] | None

    @property
    def digit(self) -> int | None:
        """The most probable class."""
        if self.probabilities is None:
            return None
        return max(range(len(self.probabilities)), key=self.probabilities.__getitem__)


class Probe:
    """A network that answers looks: in eval mode, without gradients, unchanged by looking.

    Weights are those given, else drawn from `seed`. A network with a problem is looked at as far as
    its layers fit.
    """

    def __init__(
        self,
        network: Network,
        weights: Mapping[str, Tensor] | None = None,
        seed: int = 42,
        limits: Limits | None = None,
    ) -> None:
        stages, problem = assemble_until_problem(network, limits or Limits())
        self.network = network
        self.problem = problem
        self._assembly = Assembly(network, stages)
        if weights is None:
            initial(self._assembly, seed)
        else:
            load(self._assembly, weights)
        self._assembly.module.eval()

    def look(self, picture: Picture) -> Look:
        """The way of a picture, uint8 of the network's input size, through every layer."""
        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(picture)).float().div_(255)
            x = pixels.reshape(1, *self.network.input)
            outputs = {INPUT: x[0]}
            output = x
            for stage, output in self._assembly.walk(x):
                outputs[stage.name] = output[0]
            return Look(outputs, self._probabilities(output))

    def _probabilities(self, output: Tensor) -> list[float] | None:
        if self.problem or output.dim() != 2:
            return None
        probabilities: list[float] = self._assembly.probabilities(output)[0].tolist()
        return probabilities if all(map(math.isfinite, probabilities)) else None
