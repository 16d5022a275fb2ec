"""A tape: the operations of a network in order, as PyTorch names them. It is played without PyTorch.

What PyTorch does for one picture is written down while it does it on the meta device, layer by layer, so that
nobody has to say a second time what a layer is. `static/js/core/tape.js` plays it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from trainer.assembly import Assembly
from trainer.graph import INPUT
from trainer.network import Network
from trainer.preparation import AS_THEY_ARE, Preparation
from trainer.problems import Problem

FORMAT = 1
MOST_OPERATIONS = 10_000

Operation = tuple[str, list[Any], list[int]]  # what it is called, what it takes, the values that it makes


@dataclass(frozen=True)
class Taped:
    """A layer on the tape, and which value is what leaves it."""

    name: str
    label: str
    shape: tuple[int, ...]
    value: int
    parameters: int


@dataclass(frozen=True)
class Tape:
    """Operations on numbered values: 0 is the picture, those in `weights` are there from the beginning."""

    network: Network
    weights: dict[int, str]
    operations: list[Operation]
    layers: list[Taped]
    gives_probabilities: bool

    def describe(self, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
        """The tape as JSON; `tensors` are the weights by name, each `at` its place in `numbers`."""
        places, at = [], 0
        for value, name in self.weights.items():
            places.append({"value": value, "shape": list(tensors[name].shape), "at": at})
            at += tensors[name].numel()
        return {
            "format": FORMAT,
            "input": list(self.network.input),
            "weights": places,
            "operations": self.operations,
            "layers": [vars(layer) for layer in self.layers],
            "gives_probabilities": self.gives_probabilities,
        }

    def numbers(self, tensors: Mapping[str, Tensor]) -> bytes:
        """All weights that it takes, one behind the other, as little-endian float32."""
        parts = [tensors[name].detach().float().flatten() for name in self.weights.values()]
        return (torch.cat(parts) if parts else torch.empty(0)).numpy().astype("<f4").tobytes()


def record(assembly: Assembly, played: Collection[str], preparation: Preparation = AS_THEY_ARE) -> Tape:
    """The tape of a network on the meta device while it answers; `played` are the operations that can be.

    Raises the Problem of a layer that needs another one.
    """
    assembly.module.eval()
    recorder = _Recorder(assembly, played, preparation)
    layers = list(recorder.layers())
    needed = _needed(recorder.operations, {layer.value for layer in layers})
    used = {value for _, given, _ in needed for value in _values(given)}
    weights = {value: name for value, name in recorder.weights.items() if value in used}
    return Tape(assembly.network, weights, needed, layers, assembly.stages[-1].layer.gives_probabilities)


class _Recorder(TorchDispatchMode):
    """Writes down what PyTorch does, while it does it."""

    def __init__(self, assembly: Assembly, played: Collection[str], preparation: Preparation) -> None:
        super().__init__()
        self._assembly = assembly
        self._played = played
        self._preparation = preparation
        self._at = 0
        self._names = {
            id(tensor): name for name, tensor in assembly.module.state_dict(keep_vars=True).items()
        }
        self._known: dict[int, int] = {}  # id of a tensor → its value
        self._held: list[Tensor] = []  # so that no id is given twice
        self._views = _Views()
        self._alike: dict[str, list[int]] = {}
        self._count = 0
        self.weights: dict[int, str] = {}
        self.operations: list[Operation] = []

    def layers(self) -> Iterator[Taped]:
        """Every layer, recorded."""
        x = torch.empty(1, *self._assembly.network.input, device="meta")
        self._keep(x, 0)
        with self:
            outputs = {INPUT: self._preparation(x)}
        for at, stage in enumerate(self._assembly.stages):
            self._at = at
            with self:
                made = stage.module(*(outputs[source] for source in stage.sources))
            outputs[stage.name] = made
            yield Taped(stage.name, stage.layer.label, stage.shape, self._known[id(made)], stage.parameters)

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = _by_schema(function, args, kwargs or {})
        name = function.overloadpacket.__name__.strip("_")
        told = [self._told(argument) for argument in given]  # before it is done: it may change what it takes
        made = function(*args, **(kwargs or {}))
        if name != "empty":
            self._note(name, told, made)
        if function._schema.is_mutable:
            self._views.changed(given[0])
        return made

    def _note(self, name: str, told: list[Any], made: Any) -> None:
        if name not in self._played:
            self._refuse(f"needs “{name}” of PyTorch, which only PyTorch can do")
        results = made if isinstance(made, (tuple, list)) else [made]
        key = f"{name}{told}"
        if (
            key not in self._alike
        ):  # the same of the same is done once, like a transposed weight at every step
            self._alike[key] = [self._next() for _ in results]
            self.operations.append((name, told, self._alike[key]))
        for result, value in zip(results, self._alike[key], strict=True):
            if isinstance(result, Tensor):
                self._keep(result, value)
        if len(self.operations) > MOST_OPERATIONS:
            self._refuse(f"brings it beyond {MOST_OPERATIONS:,} operations, more than such a page can hold")

    def _told(self, argument: Any) -> Any:
        """An argument as JSON: {"v": 12} for value 12; null for what only says where numbers are kept."""
        if isinstance(argument, Tensor):
            return {"v": self._value(argument)}
        if isinstance(argument, (tuple, list)):
            return [self._told(one) for one in argument]
        return argument if isinstance(argument, (bool, int, float, str)) else None

    def _value(self, tensor: Tensor) -> int:
        if self._views.is_stale(tensor):
            self._refuse("changes numbers in place that it reads again, which a tape cannot tell")
        if id(tensor) not in self._known:
            name = self._names.get(id(tensor))
            if name is None:
                self._refuse("makes numbers of its own, which a tape cannot hold")
            self._keep(tensor, self._next())
            self.weights[self._known[id(tensor)]] = str(name)
        return self._known[id(tensor)]

    def _keep(self, tensor: Tensor, value: int) -> None:
        self._known[id(tensor)] = value
        self._held.append(tensor)
        self._views.seen(tensor)

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _refuse(self, why: str) -> None:
        name = self._assembly.stages[self._at].name
        raise Problem(
            f"This network answers only with PyTorch: {name} {why}.", ("network", "layers", self._at)
        )


@dataclass
class _Views:
    """Which tensors share memory with one that was changed, and so no longer hold what they held."""

    all: list[Tensor] = field(default_factory=list)
    stale: set[int] = field(default_factory=set)

    def seen(self, tensor: Tensor) -> None:
        self.all.append(tensor)
        self.stale.discard(id(tensor))

    def changed(self, tensor: Tensor) -> None:
        begin, end = _span(tensor)
        for other in self.all:
            first, last = _span(other)
            if other is not tensor and _memory(other) is _memory(tensor) and first < end and begin < last:
                self.stale.add(id(other))

    def is_stale(self, tensor: Tensor) -> bool:
        return id(tensor) in self.stale


def _memory(tensor: Tensor) -> Tensor:
    """The tensor that a view is of; itself where it is none."""
    return tensor if tensor._base is None else tensor._base


def _span(tensor: Tensor) -> tuple[int, int]:
    """(first, behind the last) place in memory."""
    reach = sum((side - 1) * stride for side, stride in zip(tensor.shape, tensor.stride(), strict=True))
    first = int(tensor.storage_offset())
    return first, first + int(reach) + 1


def _by_schema(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """All arguments of an operation in their order, those left out with their defaults."""
    rest = function._schema.arguments[len(args) :]
    return [*args, *(kwargs.get(one.name, one.default_value) for one in rest)]


def _needed(operations: list[Operation], wanted: set[int]) -> list[Operation]:
    """Those without which some of the values wanted would be missing."""
    kept: list[Operation] = []
    wanted = set(wanted)
    for operation in reversed(operations):
        if wanted.intersection(operation[2]):
            wanted.update(_values(operation[1]))
            kept.append(operation)
    return kept[::-1]


def _values(given: list[Any]) -> Iterator[int]:
    """The values among arguments."""
    for one in given:
        if isinstance(one, list):
            yield from _values(one)
        elif isinstance(one, dict):
            yield one["v"]
