"""How Keras says what has several parts: layers that remember, attention, blocks with a way around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from trainer.export.keras_words import Call, Numbers, Written, call_of, numbers_of, said, unless
from trainer.layers.attention import Encoder, SelfAttention
from trainer.layers.base import Shape
from trainer.layers.recurrent import ReadingGRU, ReadingLSTM, ReadingRNN
from trainer.layers.residual import Residual

_KERAS = {ReadingRNN: "SimpleRNN", ReadingLSTM: "LSTM", ReadingGRU: "GRU"}


@said.register(ReadingRNN)
@said.register(ReadingLSTM)
@said.register(ReadingGRU)
def _(module: ReadingRNN | ReadingLSTM | ReadingGRU, shapes: Sequence[Shape], out: Shape) -> Written:
    written, last = Written(), module.num_layers - 1
    for at in range(module.num_layers):
        every = True if at < last or module.gives == "all" else None
        bend = module.nonlinearity if isinstance(module, nn.RNN) and module.nonlinearity != "tanh" else None
        call = call_of(
            f"layers.{_KERAS[type(module)]}", module.hidden_size, activation=bend, return_sequences=every,
            use_bias=unless(bool(module.bias)),
        )  # fmt: skip
        weights = _remembering(module, f"_l{at}")
        if module.bidirectional:
            inner = f"{call.maker}({', '.join(call.told)})"
            call, weights = (
                Call("layers.Bidirectional", (inner,)),
                [*weights, *_remembering(module, f"_l{at}_reverse")],
            )
        written.add(call, *weights)
    return written


def _remembering(module: nn.RNNBase, which: str) -> list[Numbers | None]:
    """Weights of one direction of one layer; Keras adds up the two biases, a GRU keeps them apart."""
    inner, outer = (numbers_of(getattr(module, f"weight_{part}{which}")) for part in ("ih", "hh"))
    biases = (
        [numbers_of(getattr(module, f"bias_{part}{which}")) for part in ("ih", "hh")] if module.bias else []
    )
    if isinstance(module, nn.GRU):
        inner, outer, *biases = (_gates_of_keras(one) for one in (inner, outer, *biases))
        return [inner.T, outer.T, np.stack(biases) if biases else None]
    return [inner.T, outer.T, biases[0] + biases[1] if biases else None]


def _gates_of_keras(numbers: Numbers) -> Numbers:
    reset, update, candidate = np.split(numbers, 3)
    return np.concatenate([update, reset, candidate])


@said.register
def _(module: SelfAttention, shapes: Sequence[Shape], out: Shape) -> Written:
    call, weights = _attention(module)
    return Written().add(call, *weights)


def _attention(module: SelfAttention) -> tuple[Call, list[Numbers]]:
    """A layer that is applied to the same twice, and its weights, divided among the heads."""
    features, heads = module.embed_dim, module.num_heads
    weights: list[Numbers] = []
    parts = numbers_of(module.in_proj_weight).reshape(3, features, features)
    for at, part in enumerate(parts):
        weights.append(part.T.reshape(features, heads, -1))
        if module.in_proj_bias is not None:
            weights.append(numbers_of(module.in_proj_bias).reshape(3, heads, -1)[at])
    weights.append(numbers_of(module.out_proj.weight).T.reshape(heads, -1, features))
    if module.out_proj.bias is not None:
        weights.append(numbers_of(module.out_proj.bias))
    call = call_of(
        "layers.MultiHeadAttention", heads, features // heads, dropout=module.dropout or None,
        use_bias=unless(module.in_proj_bias is not None),
    )  # fmt: skip
    return replace(call, on="{x}, {x}"), weights


_KEEP = Call("", into="y")  # what is added again
_ADD = Call.of("layers.Add()", on="[y, {x}]")


@said.register
def _(module: Encoder, shapes: Sequence[Shape], out: Shape) -> Written:
    def plain(*parts: nn.Module) -> list[Written]:
        return [said(part, shapes, out) for part in parts]

    written = Written().add(_KEEP).then(*plain(module.norm1, module.attention, module.dropout)).add(_ADD)
    written.add(_KEEP).then(*plain(module.norm2, module.linear1, nn.GELU(), module.dropout, module.linear2))
    return written.then(*plain(module.dropout)).add(_ADD)


@said.register
def _(module: Residual, shapes: Sequence[Shape], out: Shape) -> Written:
    written = Written()
    parts = list(module.shortcut) if isinstance(module.shortcut, nn.Sequential) else []
    for at, part in enumerate(parts):
        one = said(part, shapes, out)
        written.add(replace(one.calls[0], on="y" if at else "{x}", into="y"), *one.weights[0])
    if not parts:
        written.add(_KEEP)
    for part in (module.conv1, module.norm1, nn.ReLU(), module.conv2, module.norm2):
        written.then(said(part, shapes, out))
    return written.add(_ADD).add("layers.ReLU()")
