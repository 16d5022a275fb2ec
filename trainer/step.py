"""One training step on flat parameters: forward, loss, gradients, one fused update.

Forward, loss and gradients are called the pass. It is eager PyTorch, or its recording where that is proven to
give the same bits (see `trainer.traced`).

All parameters are views of one flat tensor, and so are their gradients and what the optimizer
remembers. That makes an update a single pass, a checkpoint a few copies, and is the same arithmetic
as `torch.optim` does parameter by parameter. Weights of convolutions keep the channels last inside
the flat tensor, as the pictures do: pooling and convolution are several times faster so on a CPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from trainer.assembly import Assembly
from trainer.captured import Pass
from trainer.losses import Loss
from trainer.optimizers import Optimizer, State
from trainer.regularization import Restraints
from trainer.traced import Fastest
from trainer.weights import pieces


@dataclass(frozen=True)
class _Piece:
    """Parameters that are updated together. `name` is theirs in a checkpoint, empty for all of a network."""

    stage: str
    name: str
    parameters: Tensor
    gradients: Tensor
    state: State


class Step:
    """A network that can be trained batch by batch, on the device where its parameters are."""

    def __init__(
        self,
        assembly: Assembly,
        optimizer: Optimizer,
        loss: Loss,
        restraints: Restraints | None = None,
        trace: bool = True,
    ) -> None:
        self.assembly = assembly
        self.optimizer = optimizer
        self.loss = loss
        self._network = assembly.logits if loss.takes_logits else assembly.module
        self.parameters = _flatten(assembly.module)
        self.gradients = torch.zeros_like(self.parameters)
        self._restraints = restraints or Restraints()
        self._may_trace = trace
        self._gradient_of = _gradients(assembly.module, self.gradients)
        self._pieces = list(self._cut())
        self._frozen: set[str] | None = None
        self.begin_epoch(1)

    def __call__(self, images: Tensor, labels: Tensor, lr: float) -> tuple[Tensor, Tensor]:
        """One step; the loss and the answers (batch, …) before it, as tensors that wait for nobody."""
        loss, answers = self._pass(images, labels)
        if self._each:
            for change in self._before:
                change()
            for piece in self._learning:
                self.optimizer.update(piece.parameters, piece.gradients, piece.state, lr)
            for change in self._after:
                change()
        return loss, answers

    def _eager(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        answers = self._network(images)
        loss = self.loss.of(answers, labels)
        if self._each:
            torch._foreach_copy_(self._gradient_of_each, torch.autograd.grad(loss, self._each))
        return loss.detach(), answers.detach()

    def begin_epoch(self, epoch: int) -> None:
        """Makes ready for an epoch, from 1: what is frozen in it keeps every parameter and buffer as it is.

        A frozen layer works as while answering: its batch norm keeps to what it knows, nothing drops out.
        """
        frozen = {stage.name for stage in self.assembly.stages if stage.layer.frozen_in(epoch)}
        for stage in self.assembly.stages:
            stage.module.train(stage.name not in frozen).requires_grad_(stage.name not in frozen)
        if frozen == self._frozen:
            return
        self._frozen = frozen
        self._each = [parameter for parameter in self._gradient_of if parameter.requires_grad]
        self._gradient_of_each = [self._gradient_of[parameter] for parameter in self._each]
        self._learning = [piece for piece in self._pieces if piece.stage not in frozen]
        self.gradients.zero_()
        self._before = self._restraints.on_gradients(self.parameters, self.gradients, self._penalized())
        self._after = self._restraints.on_weights([parameter.data for parameter in self._each])
        self._pass: Pass = self._eager
        if self._may_trace:
            self._pass = Fastest(self._eager, self.assembly.module, self.gradients)

    def _penalized(self) -> Tensor:
        """1 where a penalty acts on a parameter, else 0."""
        where = torch.zeros_like(self.parameters)
        for parameter, view in zip(self._gradient_of, pieces(where, self._gradient_of), strict=True):
            view.fill_(float(parameter.requires_grad and parameter.ndim >= 2))
        return where

    def _cut(self) -> Iterator[_Piece]:
        """What is updated together: all, or each layer where some are frozen, or each parameter apart."""
        if self.optimizer.apart:
            for stage in self.assembly.stages:
                for name, parameter in stage.module.named_parameters():
                    gradients = self._gradient_of[parameter]
                    yield self._piece(stage.name, f"{stage.name}.{name}.", parameter.data, gradients)
        elif any(stage.layer.frozen_in(1) for stage in self.assembly.stages):
            at = 0
            for stage in self.assembly.stages:
                piece = slice(at, at := at + stage.parameters)
                if stage.parameters:
                    yield self._piece(
                        stage.name, f"{stage.name}.", self.parameters[piece], self.gradients[piece]
                    )
        else:
            yield self._piece("", "", self.parameters, self.gradients)

    def _piece(self, stage: str, name: str, parameters: Tensor, gradients: Tensor) -> _Piece:
        return _Piece(stage, name, parameters, gradients, self.optimizer.start(parameters))

    def weights(self) -> dict[str, Tensor]:
        """What the network has learned, by name: all parameters as one, and its buffers."""
        buffers = {f"buffer.{name}": buffer for name, buffer in self.assembly.module.named_buffers()}
        return {"parameters": self.parameters, **buffers}

    def memory(self) -> dict[str, Tensor]:
        """What the optimizer remembers, by name."""
        return {
            f"optimizer.{piece.name}{name}": tensor
            for piece in self._pieces
            for name, tensor in piece.state.items()
        }

    def tensors(self) -> dict[str, Tensor]:
        """All that a step changes, by name."""
        return {**self.weights(), **self.memory()}

    def put(self, weights: dict[str, Tensor]) -> None:
        """Takes on what `weights` gave earlier."""
        for name, own in self.weights().items():
            own.copy_(weights[name])

    def restore(self, tensors: dict[str, Tensor]) -> list[str]:
        """Takes on what `tensors` gave earlier; tells what begins anew as it does not fit, "optimizer"."""
        self.put(tensors)
        memory = self.memory()
        given = {name: tensor for name, tensor in tensors.items() if name.startswith("optimizer.")}
        if {name: kept.shape for name, kept in given.items()} != {
            name: own.shape for name, own in memory.items()
        }:
            return ["optimizer"]
        for name, own in memory.items():
            own.copy_(given[name])
        return []

    def is_finite(self) -> bool:
        """Whether every parameter still is a number."""
        return bool(self.parameters.isfinite().all())


def _gradients(module: nn.Module, flat: Tensor) -> dict[nn.Parameter, Tensor]:
    """Parameter → its piece of the flat gradients, in the order of the module."""
    parameters = list(module.parameters())
    return dict(zip(parameters, pieces(flat, parameters), strict=True))


def _flatten(module: nn.Module) -> Tensor:
    """Moves all parameters of a module into one flat tensor, which is returned; they become views of it."""
    parameters = list(module.parameters())
    if not parameters:
        return torch.zeros(0)
    flat = torch.empty(sum(parameter.numel() for parameter in parameters), device=parameters[0].device)
    with torch.no_grad():
        for parameter, view in zip(parameters, pieces(flat, parameters), strict=True):
            view.copy_(parameter)
            parameter.data = view
    return flat
