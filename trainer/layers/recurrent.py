"""Layers that read a sequence step by step and remember."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from trainer.layers.base import SEQUENCE, Shape, Weighing
from trainer.problems import Problem
from trainer.writing import Code, call

ORDER = 70

STATES = 512  # that one layer makes in turn: no processor can hurry them


class _Reader(nn.RNNBase):
    """Gives one tensor: the last state of a sequence, or the states of all its steps."""

    gives = "last"

    def _told(self, states: Tensor) -> Tensor:
        if self.gives == "all":
            return states
        backwards = states[:, 0, self.hidden_size :]  # empty if it reads in one direction
        return torch.cat([states[:, -1, : self.hidden_size], backwards], 1)


class ReadingRNN(_Reader, nn.RNN):
    """PyTorch's RNN with one tensor as its result."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return self._told(nn.RNN.forward(self, x)[0])


class ReadingLSTM(_Reader, nn.LSTM):
    """PyTorch's LSTM with one tensor as its result."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return self._told(nn.LSTM.forward(self, x)[0])


class ReadingGRU(_Reader, nn.GRU):
    """PyTorch's GRU with one tensor as its result."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return self._told(nn.GRU.forward(self, x)[0])


READER = """
class {name}(nn.{torchs}):
    def forward(self, x):
        {told}
"""


class _Recurrent(Weighing):
    """What all recurrent layers have in common."""

    reads: ClassVar[tuple[str, ...]] = (SEQUENCE,)
    module: ClassVar[Callable[..., _Reader]]

    hidden_size: int = Field(64, ge=1, le=2_048, description="How many numbers it remembers.")
    num_layers: int = Field(1, ge=1, le=8, description="How many stand on top of each other.")
    gives: Literal["last", "all"] = Field(
        "last", description="The last state, as a row, or those of all steps."
    )
    bidirectional: bool = Field(False, description="Reads the sequence backwards as well.")
    bias: bool = Field(True, description="Adds learned numbers to the sums.")

    def build(self, shape: Shape) -> nn.Module:
        states = shape[0] * self.num_layers * (1 + self.bidirectional)
        if states > STATES:
            raise Problem(
                f"{self.name} makes {states:,} states one after another, where {STATES:,} are allowed. "
                f"Make the sequence of {shape[0]:,} steps shorter, or num_layers smaller."
            )
        module = self.module(
            shape[1],
            self.hidden_size,
            self.num_layers,
            bias=self.bias,
            batch_first=True,
            bidirectional=self.bidirectional,
            **self.further(),
        )
        module.gives = self.gives
        return module

    def code(self, shape: Shape) -> Code:
        name, told = self._reader(self.kind.upper())
        chosen: dict[str, Any] = {"num_layers": self.num_layers, "bias": self.bias, "batch_first": True}
        chosen |= {"bidirectional": self.bidirectional, **self.further()}
        made = call(name, nn.RNNBase, shape[1], self.hidden_size, **chosen)
        return Code(made, (READER.format(name=name, torchs=self.kind.upper(), told=told),))

    def _reader(self, torchs: str) -> tuple[str, str]:
        """(name of its class in a script, what that class makes of PyTorch's)."""
        states = "super().forward(x)[0]"
        if self.gives == "all":
            return f"Every{torchs}", f"return {states}"
        if not self.bidirectional:
            return f"Last{torchs}", f"return {states}[:, -1]"
        ends = "states[:, -1, : self.hidden_size], states[:, 0, self.hidden_size :]"
        return f"BothEnds{torchs}", f"states = {states}\n        return torch.cat([{ends}], 1)"

    def further(self) -> dict[str, Any]:
        """More arguments of the PyTorch module."""
        return {}


class RNN(_Recurrent):
    """Reads step by step and mixes each with what it remembers. Long ago is soon forgotten."""

    kind, label, family = "rnn", "RNN", "remember"
    module = ReadingRNN

    nonlinearity: Literal["tanh", "relu"] = Field("tanh", description="How the memory is bent at each step.")

    def further(self) -> dict[str, Any]:
        return {"nonlinearity": self.nonlinearity} if self.nonlinearity != "tanh" else {}


class LSTM(_Recurrent):
    """Reads step by step; gates decide what to keep, forget and tell: a long short-term memory."""

    kind, label, family = "lstm", "LSTM", "remember"
    module = ReadingLSTM


class GRU(_Recurrent):
    """An LSTM made simpler: two gates and three quarters of the weights, often as good."""

    kind, label, family = "gru", "GRU", "remember"
    module = ReadingGRU
