"""Regularization: penalties on the weights, bounds on weights and gradients, all on the flat tensors.

Penalties and the bound of a norm act on weights: parameters with two or more dimensions, not biases. The
curve shows the loss without the penalties. What does not learn is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

Change = Callable[[], object]
_NEARLY_NOTHING = 1e-6  # keeps the bound of a norm from dividing by it; as in torch.nn.utils.clip_grad_norm_


@dataclass(frozen=True)
class Restraints:
    """How a training is held back. 0 or None: not at all.

    l1, l2: penalties l1 · Σ|w| and l2 · Σw² that are added to the loss. clip_value: every number of the
    gradients is kept between −clip_value and it. clip_norm: their length together, after that. max_norm: the
    length of the weights that lead into one neuron or filter, after the update.
    """

    l1: float = 0.0
    l2: float = 0.0
    clip_value: float | None = None
    clip_norm: float | None = None
    max_norm: float | None = None

    def on_gradients(self, parameters: Tensor, gradients: Tensor, weights: Tensor) -> list[Change]:
        """What to do between gradients and update; `weights` is 1 where a penalty acts, else 0."""
        changes: list[Change] = []
        if self.l2:
            changes.append(lambda: gradients.addcmul_(parameters, weights, value=2 * self.l2))
        if self.l1:
            changes.append(lambda: gradients.addcmul_(parameters.sign(), weights, value=self.l1))
        if self.clip_value:
            bound = self.clip_value
            changes.append(lambda: gradients.clamp_(-bound, bound))
        if self.clip_norm:
            length = self.clip_norm
            changes.append(lambda: _shorten(gradients, length))
        return changes

    def on_weights(self, weights: Sequence[Tensor]) -> list[Change]:
        """What to do after the update with the tensors that learn."""
        if not self.max_norm:
            return []
        bound = self.max_norm
        return [partial(weight.renorm_, 2, 0, bound) for weight in weights if weight.ndim >= 2]


def _shorten(gradients: Tensor, length: float) -> None:
    gradients.mul_((length / (torch.linalg.vector_norm(gradients) + _NEARLY_NOTHING)).clamp_(max=1.0))
