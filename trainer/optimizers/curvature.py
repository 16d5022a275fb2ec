"""Optimizers that learn from the gradients how the surface bends."""

from __future__ import annotations

from collections.abc import Collection

import torch
from pydantic import Field
from torch import Tensor

from trainer.optimizers.base import ADVANCED, LR, Optimizer, State, torchs
from trainer.writing import Code

ORDER = 50
_BENDS = 1e-10  # below it a pair of steps says nothing about the curvature
_FLAT = 1e-7  # no gradient is left
_DOWN = 1e-9  # a direction must lead down at least so steeply


class LBFGS(Optimizer):
    """Reads the curvature from its last steps. Strong where a batch holds all images, lost in small ones."""

    kind, label = "lbfgs", "L-BFGS"
    goes = "optimizer.step(lambda: loss)"

    lr: float = Field(
        0.1, gt=0, le=100, title="Learning rate", description=LR, json_schema_extra={"scale": "log"}
    )
    history: int = Field(
        10, ge=1, le=50, description="Steps from which the curvature is read.", json_schema_extra=ADVANCED
    )

    def start(self, parameters: Tensor) -> State:
        """One row a remembered step, the oldest first, and the last gradient and step."""
        rows = torch.zeros(self.history, parameters.numel(), device=parameters.device)
        row = torch.zeros_like(parameters)
        return {
            "bends": rows,
            "steps": rows.clone(),
            "gradient": row,
            "step": row.clone(),
            "known": torch.zeros((), dtype=torch.int64),
            "updates": torch.zeros((), dtype=torch.int64),
        }

    def update(self, parameters: Tensor, gradients: Tensor, state: State, lr: float) -> None:
        """One step as `torch.optim.LBFGS` with one iteration and no line search. It waits for the device."""
        if gradients.abs().max() <= _FLAT:
            return
        first = state["updates"].add_(1) == 1
        if not first:
            self._remember(gradients, state)
        direction = gradients.neg() if first else _newton(gradients, state)
        state["gradient"].copy_(gradients)
        reach = min(1.0, 1 / float(gradients.abs().sum())) * lr if first else lr
        state["step"].copy_(direction).mul_(reach)
        if gradients.dot(direction) <= -_DOWN:
            parameters.add_(direction, alpha=reach)

    def code(self, sides: Collection[int]) -> list[Code]:
        return [torchs(torch.optim.LBFGS, lr=self.lr, max_iter=1, history_size=self.history)]

    def _remember(self, gradients: Tensor, state: State) -> None:
        bend = gradients - state["gradient"]
        if bend.dot(state["step"]) <= _BENDS:
            return
        if state["known"] < self.history:
            state["known"].add_(1)
        for name, row in (("bends", bend), ("steps", state["step"])):
            state[name].copy_(state[name].roll(-1, 0))
            state[name][-1] = row


def _newton(gradients: Tensor, state: State) -> Tensor:
    """The downhill direction, stretched by what is known of the curvature. The newest pair is last."""
    known = int(state["known"])
    direction = gradients.neg()
    if not known:
        return direction
    pairs = list(zip(state["bends"][-known:], state["steps"][-known:], strict=True))
    shares = []
    for bend, step in reversed(pairs):
        share = step.dot(direction) / bend.dot(step)
        direction.sub_(bend * share)
        shares.append(share)
    bend, step = pairs[-1]
    direction.mul_(bend.dot(step) / bend.dot(bend))
    for (bend, step), share in zip(pairs, reversed(shares), strict=True):
        direction.add_(step * (share - bend.dot(direction) / bend.dot(step)))
    return direction
