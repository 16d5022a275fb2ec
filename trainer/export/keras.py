"""A network as Keras code, every layer with its name; its weights in the order in which Keras keeps them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from keyword import iskeyword

import numpy as np
from torch import Tensor

from trainer.assembly import Assembly, Limits, Stage, assemble
from trainer.export import keras_blocks, keras_layers  # noqa: F401 (they add to what can be said)
from trainer.export.keras_words import Numbers, Unsayable, Written, said
from trainer.export.script import Script
from trainer.graph import INPUT
from trainer.layers.base import Shape
from trainer.network import Network
from trainer.preparation import AS_THEY_ARE, Preparation
from trainer.problems import Problem
from trainer.weights import initial, load

WEIGHTS = "weights.npz"
_TAKEN = ("x", "y", "network", "layers", "ops", "keras", "numpy", "trained", "layer", "pictures", "Position")


def keras_script(
    network: Network,
    *,
    weights: str = "",
    limits: Limits | None = None,
    preparation: Preparation = AS_THEY_ARE,
) -> Script:
    """The network as a script; `weights` is a file of its weights, as `keras_weights` gives it.

    Raises the Problem of a network that cannot be, or of a layer that Keras has no words for.
    """
    if preparation.pixels is not None:
        raise Problem("Keras has no layer that shuffles pixels as this network wants them.", ("permuted",))
    return _Writer(assemble(network, limits), weights, preparation).script()


def keras_weights(network: Network, tensors: Mapping[str, Tensor]) -> bytes:
    """Trained weights as Keras takes them: `layer/00`, `layer/01`, … in numpy's npz."""
    writer = _Writer(load(assemble(network), tensors), "")
    file = io.BytesIO()
    arrays = {
        f"{name}/{at:02d}": one for name, given in writer.weights.items() for at, one in enumerate(given)
    }
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


class _Writer:
    """Writes a network layer by layer: what one gives is `x`, and has its name where others read it."""

    def __init__(self, assembly: Assembly, file: str, preparation: Preparation = AS_THEY_ARE) -> None:
        if any(tensor.is_meta for tensor in assembly.module.state_dict().values()):
            initial(assembly, 0)
        self.stages = assembly.stages
        self.input = assembly.network.input
        self.file = file
        self.preparation = preparation
        self.weights: dict[str, list[Numbers]] = {}
        self._above: list[str] = []
        self._variables = {INPUT: "pictures" if preparation else "inputs"}
        self._names = {stage.name for stage in self.stages}
        self._lines = [line for stage in self.stages for line in self._staged(stage)]

    def script(self) -> Script:
        """All of it."""
        lines = [*self._head(), *self._inputs()]
        where = {}
        for name, text in self._lines:
            if name not in where:
                where[name] = len(lines)
            lines.append(text)
        lines += ["network = keras.Model(inputs, x)", *self._loading()]
        return Script("\n".join(lines) + "\n", where)

    def _head(self) -> Iterator[str]:
        yield "# The network alone, for Keras on any of its backends; its training is in the PyTorch script."
        pictures = "pictures (batch, height, width, channels) from 0 to 1 = ink"
        yield f"# It reads {pictures if len(self.input) == 3 else f'rows (batch, {self.input[0]})'}."
        if self.file:
            yield "import numpy"
        yield "import keras"
        yield (
            "from keras import layers, ops"
            if any("ops." in text for _, text in self._lines)
            else "from keras import layers"
        )
        for text in dict.fromkeys(self._above):
            yield from ("", *text.strip("\n").splitlines())
        yield ""

    def _inputs(self) -> list[str]:
        shape = _keras_shape(self.input)
        if not self.preparation:
            return [f"x = inputs = keras.Input({shape})"]
        scale, offset = 1 / self.preparation.std, -self.preparation.mean / self.preparation.std
        rescaled = f"layers.Rescaling({scale}, offset={offset})(inputs)  # as it was trained"
        return [f"inputs = keras.Input({shape})", f"x = pictures = {rescaled}"]

    def _loading(self) -> list[str]:
        if not self.file:
            return []
        return [
            "",
            f'trained = numpy.load("{self.file}")',
            "for layer in network.layers:",
            '    mine = sorted(name for name in trained if name.startswith(f"{layer.name}/"))',
            "    layer.set_weights([trained[name] for name in mine])",
        ]

    def _staged(self, stage: Stage) -> Iterator[tuple[str, str]]:
        written = self._said(stage, [self._shape_of(source) for source in stage.sources])
        self._above += written.above
        joined = "[" + ", ".join(map(self._variable, stage.sources)) + "]"
        x = joined if len(stage.sources) > 1 else self._read(stage)
        last = len(written.calls) - 1
        names = self._names_of(stage, written)
        for at, call in enumerate(written.calls):
            known = f"{self._variable(stage.name)} = " if at == last and self._is_read_later(stage) else ""
            yield stage.name, f"{known}{call.into} = {call.written(x, names.get(at, ''))}"
            x = "x" if call.into == "x" else x

    def _said(self, stage: Stage, shapes: list[Shape]) -> Written:
        try:
            return said(stage.module, shapes, stage.shape)
        except Unsayable as error:
            at = [other.name for other in self.stages].index(stage.name)
            message = f"Keras cannot say {stage.name} ({stage.layer.label}): {error}."
            raise Problem(message, ("network", "layers", at)) from error

    def _names_of(self, stage: Stage, written: Written) -> dict[int, str]:
        """What calls are named: those with weights as their layer, with a number from the second on."""
        names: dict[int, str] = {}
        for at, weights in written.weights.items():
            name, number = stage.name, 1
            while name in self.weights or (number > 1 and name in self._names):
                number += 1
                name = f"{stage.name}_{number}"
            names[at] = name
            self.weights[name] = weights
        return names or {len(written.calls) - 1: stage.name}

    def _shape_of(self, source: str) -> Shape:
        return self.input if source == INPUT else next(one.shape for one in self.stages if one.name == source)

    def _read(self, stage: Stage) -> str:
        at = self.stages.index(stage)
        above = self.stages[at - 1].name if at else INPUT
        return "x" if stage.sources[0] == above else self._variable(stage.sources[0])

    def _is_read_later(self, stage: Stage) -> bool:
        """Whether another than the layer below reads it, or one that joins."""
        at = self.stages.index(stage)
        return any(
            stage.name in other.sources and (place > at + 1 or len(other.sources) > 1)
            for place, other in enumerate(self.stages)
        )

    def _variable(self, name: str) -> str:
        if name not in self._variables:
            free = name
            while free in _TAKEN or iskeyword(free) or free in self._variables.values():
                free += "_"
            self._variables[name] = free
        return self._variables[name]


def _keras_shape(shape: Shape) -> Shape:
    return (*shape[1:], shape[0])
