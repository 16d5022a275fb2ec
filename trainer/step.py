"""One training step on flat parameters: forward, loss, gradients, one fused update.

Forward, loss and gradients are called the pass. It is eager PyTorch, and on a CPU its recording where that
is proven to give the same bits (see `trainer.traced`).

All parameters are views of one flat tensor, and so are their gradients and what the optimizer
remembers. That makes an update a single pass, a checkpoint a few copies, and is the same arithmetic
as `torch.optim` does parameter by parameter. Weights of convolutions keep the channels last inside
the flat tensor, as the pictures do: pooling and convolution are several times faster so on a CPU.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from trainer.losses import Loss
from trainer.network import Assembly
from trainer.optimizers import Optimizer
from trainer.traced import Fastest, Pass


class Step:
    """A network that can be trained batch by batch, on the device where its parameters are."""

    def __init__(self, assembly: Assembly, optimizer: Optimizer, loss: Loss, trace: bool = True) -> None:
        self.assembly = assembly
        self.optimizer = optimizer
        self.loss = loss
        self.parameters = _flatten(assembly.module)
        self.gradients = torch.zeros_like(self.parameters)
        self.state = optimizer.start(self.parameters)
        self._each = list(assembly.module.parameters())
        self._gradient_of_each = _views(self.gradients, self._each)
        may_trace = trace and self.parameters.device.type == "cpu"
        self._pass: Pass = Fastest(self._eager, assembly.module) if may_trace else self._eager

    def __call__(self, images: Tensor, labels: Tensor, lr: float) -> tuple[Tensor, Tensor]:
        """One step; the loss and the answers (batch, classes) before it, as tensors that wait for nobody."""
        loss, answers, *gradients = self._pass(images, labels)
        if gradients:
            torch._foreach_copy_(self._gradient_of_each, gradients)
            self.optimizer.update(self.parameters, self.gradients, self.state, lr)
        return loss, answers

    def _eager(self, images: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        logits = self.assembly.logits(images)
        loss = self.loss.of(logits, labels)
        gradients = torch.autograd.grad(loss, self._each) if self._each else ()
        return loss.detach(), logits.detach(), *gradients

    def tensors(self) -> dict[str, Tensor]:
        """All that a step changes, by name: parameters, buffers, and what the optimizer remembers."""
        buffers = {f"buffer.{name}": buffer for name, buffer in self.assembly.module.named_buffers()}
        remembered = {f"optimizer.{name}": tensor for name, tensor in self.state.items()}
        return {"parameters": self.parameters, **buffers, **remembered}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Takes on what `tensors` gave earlier."""
        with torch.no_grad():
            for name, own in self.tensors().items():
                own.copy_(tensors[name])

    def is_finite(self) -> bool:
        """Whether every parameter still is a number."""
        return bool(self.parameters.isfinite().all())


def _flatten(module: nn.Module) -> Tensor:
    """Moves all parameters of a module into one flat tensor, which is returned; they become views of it."""
    parameters = list(module.parameters())
    if not parameters:
        return torch.zeros(0)
    flat = torch.empty(sum(parameter.numel() for parameter in parameters), device=parameters[0].device)
    with torch.no_grad():
        for parameter, view in zip(parameters, _views(flat, parameters), strict=True):
            view.copy_(parameter)
            parameter.data = view
    return flat


def _views(flat: Tensor, parameters: list[nn.Parameter]) -> list[Tensor]:
    """Pieces of `flat` with the shapes of `parameters`, four-dimensional ones with channels last."""
    pieces = flat.split([parameter.numel() for parameter in parameters])
    return [_shaped(piece, parameter.shape) for piece, parameter in zip(pieces, parameters, strict=True)]


def _shaped(piece: Tensor, shape: torch.Size) -> Tensor:
    if len(shape) != 4:
        return piece.view(shape)
    out, channels, height, width = shape
    return piece.view(out, height, width, channels).permute(0, 3, 1, 2)
