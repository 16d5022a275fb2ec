"""The traced step: what a network's forward and backward pass do, recorded once and played back.

On a GPU the recording is captured as one CUDA graph, too (`trainer.captured`).

A recording is used only where it is proven: on its first batches it runs beside the eager pass, and every
loss, answer, gradient, buffer and random number must have the same bits. Else the training stays eager.
Learning rate and update stay outside: a recording knows nothing that changes on the way, except through
the tensors that it reads in place.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import torch
from torch import Tensor, fx, nn
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.node import Argument, map_aggregate

from trainer.captured import Pass, captured
from trainer.isolation import put_random_states, random_states
from trainer.shortcuts import shorten

logger = logging.getLogger(__name__)

T = TypeVar("T")

_AFTER = 8  # eager batches of a size before it is recorded: a rare last batch is not worth it
_PROVEN_BY = 2  # batches that must come out the same
_COLD = 3.0  # seconds of training before a process that has never traced loads what that needs
_warm = False


def warm() -> None:
    """Loads what tracing needs, more than a second's work, before the first training waits for it."""
    global _warm
    weight = torch.zeros(1, requires_grad=True)
    make_fx(lambda x: torch.autograd.grad((weight * x).sum(), weight))(torch.zeros(1))
    _warm = True


class Fastest:
    """Calls an eager pass or, once it is proven for batches of that shape, its recording: the same bits."""

    def __init__(self, eager: Pass, module: nn.Module, gradients: Tensor) -> None:
        self._eager = eager
        self._module = module
        self._gradients = gradients
        self._recorded: dict[torch.Size, Pass] = {}
        self._seen: dict[torch.Size, int] = {}
        self._trials: dict[torch.Size, _Trial] = {}
        self._begin = time.monotonic()

    def __call__(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and answers of a batch, whose gradients it writes."""
        recorded = self._recorded.get(images.shape)
        if recorded is not None:
            return recorded(images, labels)
        return self._eagerly(images, labels)

    def _eagerly(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        shape = images.shape
        self._seen[shape] = self._seen.get(shape, 0) + 1
        worth = _warm or time.monotonic() - self._begin > _COLD
        if self._seen[shape] <= _AFTER or not worth:
            return self._eager(images, labels)
        if shape not in self._trials:
            self._trials[shape] = _Trial(self._eager, self._module, self._gradients, images, labels)
        trial = self._trials[shape]
        result = trial(images, labels)
        if trial.verdict is not None:
            self._recorded[shape] = trial.verdict
        return result


class _Trial:
    """A recording that runs beside the eager pass until it is proven or refuted."""

    def __init__(
        self, eager: Pass, module: nn.Module, gradients: Tensor, images: Tensor, labels: Tensor
    ) -> None:
        self._eager = eager
        self._module = module
        self._gradients = gradients
        self._left = _PROVEN_BY
        self.verdict: Pass | None = None  # what to call from now on
        self._device = images.device
        self._recording = self._attempt(lambda: _quickest(eager, images, labels)) or eager

    def __call__(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """What the eager pass gives; afterwards all is as only the eager pass left it."""
        if self.verdict is not None:
            return self._eager(images, labels)
        found = self._attempt(lambda: [*self._recording(images, labels), *self._left_behind()])
        result = self._eager(images, labels)
        if found and not all(map(_same, found, [*result, *self._left_behind()])):
            logger.info("the trace of this network differs from it, which trains eagerly")
            self.verdict = self._eager
        self._left -= 1
        if self._left == 0 and self.verdict is None:
            self.verdict = self._recording
        return result

    def _attempt(self, work: Callable[[], T]) -> T | None:
        """What recording or playing back gives, with all put back; eager where PyTorch cannot."""
        before = self._state()
        try:
            return work()
        except (RuntimeError, TypeError, ValueError, AttributeError, AssertionError) as error:
            logger.info("this network cannot be traced and trains eagerly: %s", error)
            self.verdict = self._eager
            return None
        finally:
            self._put(before)

    def _left_behind(self) -> list[Tensor]:
        return [*self._state(), self._gradients.clone()]

    def _state(self) -> list[Tensor]:
        chances = list(random_states(self._device).values())
        return [*chances, *(buffer.clone() for buffer in self._module.buffers())]

    def _put(self, state: list[Tensor]) -> None:
        names = random_states(self._device)
        put_random_states(dict(zip(names, state, strict=False)), self._device)
        for buffer, kept in zip(self._module.buffers(), state[len(names) :], strict=True):
            buffer.copy_(kept)


def _quickest(eager: Pass, images: Tensor, labels: Tensor) -> Pass:
    recorded = record(eager, images, labels)
    return captured(recorded, images, labels) if images.is_cuda else recorded


def _same(one: Tensor, other: Tensor) -> bool:
    """The same bits: zeros of another sign differ, and a nan is itself."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    return torch.equal(
        *(tensor.detach().reshape(-1).contiguous().view(torch.uint8) for tensor in (one, other))
    )


def record(eager: Pass, images: Tensor, labels: Tensor) -> Pass:
    """The operations of `eager` on batches of this shape, as a function without branches or autograd.

    Parameters and buffers are bound to it where they lie; whoever moves them needs another recording.
    Raises what PyTorch raises where the pass looks at values to decide what to do.
    """
    module = make_fx(lambda images, labels: eager(images, labels))(images, labels)
    shorten(module)
    return _compiled(module)


class _Name(str):
    """A name in the code that is written: shown as it is, without quotes."""

    __repr__ = str.__str__


def _compiled(module: fx.GraphModule) -> Pass:
    """The graph as a plain Python function: locals only, and PyTorch's quick bindings of its operations."""
    names: dict[str, Any] = {}
    inputs: list[str] = []
    lines: list[str] = []
    last_uses = _last_uses(module.graph)

    def bound(value: Any) -> _Name:
        names[name := f"c{len(names)}"] = value
        return _Name(name)

    def written(argument: Argument) -> Any:
        if isinstance(argument, fx.Node):
            return _Name(argument.name)
        return argument if argument is None or type(argument) in (bool, int, str) else bound(argument)

    for node in module.graph.nodes:
        if node.op == "placeholder":
            inputs.append(node.name)
        elif node.op == "get_attr":
            names[node.name] = getattr(module, node.target).detach()
        elif node.op == "call_function":
            positional = [repr(argument) for argument in map_aggregate(node.args, written)]
            named = [f"{name}={map_aggregate(value, written)!r}" for name, value in node.kwargs.items()]
            lines.append(f"{node.name} = {bound(_binding(node.target))}({', '.join(positional + named)})")
        elif node.op == "output":
            lines.append(f"return {map_aggregate(node.args[0], written)!r}")
        else:
            raise ValueError(f"a trace holds an unknown operation {node.op}")
        lines += [f"{name} = None" for name in last_uses.get(node, ())]
    return _function(inputs, lines, names)


def _last_uses(graph: fx.Graph) -> dict[fx.Node, list[str]]:
    """Node → the results that nobody needs after it, whose memory is then free."""
    last: dict[fx.Node, fx.Node] = {}
    for node in graph.nodes:
        last |= dict.fromkeys(node.all_input_nodes, node)
    ends: dict[fx.Node, list[str]] = {}
    for used, node in last.items():
        if used.op == "call_function" and node.op != "output":
            ends.setdefault(node, []).append(used.name)
    return ends


def _function(inputs: list[str], lines: list[str], names: dict[str, Any]) -> Pass:
    """Code whose names are bound as defaults: a local is found three times quicker than an attribute."""
    head = f"def recorded({', '.join([*inputs, *(f'{name}={name}' for name in names)])}):"
    scope = dict(names)
    exec("\n    ".join([head, *lines]), scope)
    recorded: Pass = torch.no_grad()(scope["recorded"])
    return recorded


def _binding(target: Any) -> Any:
    """The binding that Python code calls, twice as quick as the operation's own, which stands in for it."""
    if not isinstance(target, torch._ops.OpOverload):
        return target
    name = target._schema.name.removeprefix("aten::")
    return next((getattr(place, name) for place in _places() if hasattr(place, name)), target)


@cache
def _places() -> tuple[Any, ...]:
    return (torch._C._VariableFunctions, torch._C.TensorBase)
