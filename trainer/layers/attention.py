"""Layers in which the steps of a sequence look at each other: what transformers are made of."""

from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from trainer.layers.base import SEQUENCE, Layer, Shape, Weighing, divided
from trainer.problems import Problem
from trainer.writing import Code, call

ORDER = 80

HEADS = "How many looks at once; they share the features."


LOOKS = 1_000_000  # numbers that say how much each step looks at each, for one picture


def refuse_too_many_looks(layer: Layer, steps: int, heads: int) -> None:
    """A Problem where a sequence is so long that comparing all its steps would fill the memory."""
    looks = steps * steps * heads
    if looks > LOOKS:
        raise Problem(
            f"{layer.name} compares {steps:,} steps with each other in {heads} heads: {looks:,} numbers, "
            f"where {LOOKS:,} can be held. Make the sequence shorter."
        )


class SelfAttention(nn.MultiheadAttention):
    """PyTorch's attention with one tensor as query, key and value."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        mixed: Tensor = super().forward(x, x, x, need_weights=False)[0]
        return mixed

    def maps(self, x: Tensor) -> Tensor:
        """How much every step looks at every other, (batch, heads, steps, steps); rows add up to 1."""
        weights = super().forward(x, x, x, need_weights=True, average_attn_weights=False)[1]
        assert weights is not None
        return weights


ATTENTION = """
class SelfAttention(nn.MultiheadAttention):
    def forward(self, x):
        return super().forward(x, x, x, need_weights=False)[0]
"""


class MultiheadAttention(Weighing):
    """Every step asks all others what matters to it and takes the mean of their answers, weighed so."""

    kind, label, family, short = "multihead_attention", "Attention", "attend", "attention"
    reads: ClassVar[tuple[str, ...]] = (SEQUENCE,)

    num_heads: int = Field(4, ge=1, le=64, description=HEADS)
    dropout: float = Field(0.0, ge=0, lt=1, description="Share of looks left out while training.")
    bias: bool = Field(True, description="Adds learned numbers to the sums.")

    def build(self, shape: Shape) -> nn.Module:
        divided(self, "num_heads", shape[1], "features")
        refuse_too_many_looks(self, shape[0], self.num_heads)
        return SelfAttention(shape[1], self.num_heads, self.dropout, bias=self.bias, batch_first=True)

    def code(self, shape: Shape) -> Code:
        chosen = {"dropout": self.dropout, "bias": self.bias, "batch_first": True}
        return Code(
            call("SelfAttention", nn.MultiheadAttention, shape[1], self.num_heads, **chosen), (ATTENTION,)
        )

    @property
    def draws(self) -> bool:
        return self.dropout > 0


class Encoder(nn.Module):
    """Attention, then a small network at every step, each normalized before and added to its input."""

    def __init__(self, features: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(features)
        self.attention = SelfAttention(features, heads, dropout, batch_first=True)
        self.norm2 = nn.LayerNorm(features)
        self.linear1 = nn.Linear(features, hidden)
        self.linear2 = nn.Linear(hidden, features)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.dropout(self.attention(self.norm1(x)))
        hidden = nn.functional.gelu(self.linear1(self.norm2(x)))
        thought: Tensor = self.dropout(self.linear2(self.dropout(hidden)))
        return x + thought

    def maps(self, x: Tensor) -> Tensor:
        """How much every step looks at every other, (batch, heads, steps, steps)."""
        return self.attention.maps(self.norm1(x))


class TransformerEncoderLayer(Weighing):
    """A block of a transformer: the steps look at each other, then each thinks for itself."""

    kind, label, family, short = "transformer_encoder_layer", "Transformer block", "attend", "encoder"
    reads: ClassVar[tuple[str, ...]] = (SEQUENCE,)

    num_heads: int = Field(4, ge=1, le=64, description=HEADS)
    dim_feedforward: int = Field(128, ge=1, le=4_096, description="Hidden numbers of each step's network.")
    dropout: float = Field(0.0, ge=0, lt=1, description="Share of numbers set to zero while training.")

    def build(self, shape: Shape) -> nn.Module:
        divided(self, "num_heads", shape[1], "features")
        refuse_too_many_looks(self, shape[0], self.num_heads)
        return Encoder(shape[1], self.num_heads, self.dim_feedforward, self.dropout)

    def code(self, shape: Shape) -> Code:
        """PyTorch's own block does the same and calls its attention otherwise."""
        sizes = f"{shape[1]}, {self.num_heads}, {self.dim_feedforward}, {self.dropout}"
        made = f'nn.TransformerEncoderLayer({sizes}, "gelu", batch_first=True, norm_first=True)'
        return Code(made, keys=((".attention.", ".self_attn."),))

    @property
    def draws(self) -> bool:
        return self.dropout > 0
