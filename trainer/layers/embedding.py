"""Layers that turn numbers, pictures or places into learned vectors."""

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from trainer.layers.base import PICTURES, ROW, SEQUENCE, Learning, Shape, Weighing
from trainer.writing import Code, call

ORDER = 75


class LevelEmbedding(nn.Embedding):
    """Vectors for even levels of 0 … 1; a number between two levels gets a mix, so that gradients pass."""

    def forward(self, x: Tensor) -> Tensor:
        level = x.clamp(0, 1) * (self.num_embeddings - 1)
        below = level.detach().floor()
        above = (below + 1).clamp(max=self.num_embeddings - 1)
        share = (level - below).unsqueeze(-1)
        return torch.lerp(super().forward(below.long()), super().forward(above.long()), share)


LEVELS = """
class Embedding(nn.Embedding):  # between two levels of 0 … 1 their vectors are mixed
    def forward(self, x):
        level = x.clamp(0, 1) * (self.num_embeddings - 1)
        below = level.detach().floor()
        above = (below + 1).clamp(max=self.num_embeddings - 1)
        share = (level - below).unsqueeze(-1)
        return torch.lerp(super().forward(below.long()), super().forward(above.long()), share)
"""


class Embedding(Weighing):
    """Looks up a learned vector for every number from 0 to 1; between two levels, their vectors are mixed."""

    kind, label, family = "embedding", "Embedding", "attend"
    reads: ClassVar[tuple[str, ...]] = (ROW,)

    num_embeddings: int = Field(16, ge=2, le=65_536, description="How many levels, each with its vector.")
    embedding_dim: int = Field(8, ge=1, le=1_024, description="How many numbers a vector has.")

    def build(self, shape: Shape) -> nn.Module:
        return LevelEmbedding(self.num_embeddings, self.embedding_dim)

    def code(self, shape: Shape) -> Code:
        return Code(f"Embedding({self.num_embeddings}, {self.embedding_dim})", (LEVELS,))


class Patches(nn.Conv2d):
    """A convolution whose windows lie side by side, its places as steps of a sequence."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).flatten(2).transpose(1, 2)


PATCHES = """
class Patches(nn.Conv2d):
    def forward(self, x):
        return super().forward(x).flatten(2).transpose(1, 2)
"""


class PatchEmbedding(Weighing):
    """Cuts pictures into squares and makes a learned vector of each: a sequence of patches."""

    kind, label, family, short = "patch_embedding", "Patches", "attend", "patches"
    reads: ClassVar[tuple[str, ...]] = (PICTURES,)

    patch_size: int = Field(7, ge=1, le=256, description="Edge of a square; what is left over is not seen.")
    embed_dim: int = Field(64, ge=1, le=2_048, description="How many numbers describe a square.")
    bias: bool = Field(True, description="Adds a learned number to each of them.")

    def build(self, shape: Shape) -> nn.Module:
        return Patches(shape[0], self.embed_dim, self.patch_size, self.patch_size, bias=self.bias)

    def code(self, shape: Shape) -> Code:
        sides = (shape[0], self.embed_dim, self.patch_size, self.patch_size)
        return Code(call("Patches", nn.Conv2d, *sides, bias=self.bias), (PATCHES,))


class Places(nn.Module):
    """Adds a learned vector to every step."""

    def __init__(self, steps: int, features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(steps, features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Small first values, as transformers use them."""
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.weight


POSITION = """
class Position(nn.Module):
    def __init__(self, steps, features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(steps, features).normal_(std=0.02))

    def forward(self, x):
        return x + self.weight
"""


class Position(Learning):
    """Adds a learned vector to every step: otherwise attention would not know where a step stands."""

    kind, label, family = "position", "Position", "attend"
    reads: ClassVar[tuple[str, ...]] = (SEQUENCE,)

    def build(self, shape: Shape) -> nn.Module:
        return Places(*shape)

    def code(self, shape: Shape) -> Code:
        return Code(f"Position({shape[0]}, {shape[1]})", (POSITION,))
