"""A network: input shape and ordered layers, as data. trainer/assembly.py builds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import nn

from trainer.entry import OneOf
from trainer.formats import known
from trainer.graph import INPUT
from trainer.layers.base import Layer, kinds, written
from trainer.problems import Problem, reading


class Network(BaseModel):
    """Input shape and layers. Sizes of inputs are never given: each layer reads what the one above gives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Annotated[Literal[1], known("This network", 1)] = 1
    input: tuple[int, ...] = Field(
        (1, 28, 28),
        min_length=1,
        max_length=3,
        description="Channels, height, width of a picture; or how many numbers a row has.",
    )
    layers: tuple[Annotated[Layer, OneOf(kinds(), "layer")], ...] = Field((), max_length=1_000)

    @model_validator(mode="after")
    def _input_is_a_picture_or_a_row(self) -> Network:
        if len(self.input) == 2:
            raise Problem("A network takes pictures (three sides) or a row of numbers (one).", ("input",))
        if not all(1 <= side <= 1_024 for side in self.input):
            raise Problem(f"A picture has sides from 1 to 1,024, not {written(self.input)}.", ("input",))
        return self

    @model_validator(mode="after")
    def _name_every_layer(self) -> Network:
        """Layers without a name get the next free one: conv1, relu1, conv2 …"""
        given = Counter(layer.name for layer in self.layers if layer.name)
        for at, layer in enumerate(self.layers):
            reserved = layer.name == INPUT or hasattr(nn.Sequential, layer.name)
            if layer.name and (reserved or given[layer.name] > 1):
                why = "is kept for the program" if reserved else "is there twice"
                raise Problem(
                    f"The name {layer.name} {why}; every layer needs a name of its own.",
                    ("layers", at, "name"),
                )
        object.__setattr__(self, "layers", tuple(_named(self.layers, set(given))))
        return self

    @classmethod
    def read(cls, given: object) -> Network:
        """A network from JSON; a Problem names the place of what is wrong with it."""
        with reading():
            return cls.model_validate(given)

    def describe(self) -> dict[str, Any]:
        """The network as JSON, every layer with its name and all parameters."""
        return self.model_dump(mode="json")

    def sources(self, at: int) -> tuple[str, ...]:
        """The names of what the layer at a place reads: those that it says, else the one above."""
        return self.layers[at].inputs or (self.layers[at - 1].name if at else INPUT,)

    def with_layers(self, layers: tuple[Layer, ...]) -> Network:
        """The same input with other layers; layers without a name get one."""
        return Network(input=self.input, layers=layers)


def _named(layers: tuple[Layer, ...], taken: set[str]) -> Iterator[Layer]:
    for layer in layers:
        if layer.name:
            yield layer
            continue
        name = free_name(layer, taken)
        taken.add(name)
        yield layer.model_copy(update={"name": name})


def free_name(layer: Layer, taken: Collection[str]) -> str:
    """The first automatic name of a layer that is not taken yet."""
    number = 1
    while f"{layer.stem()}{number}" in taken:
        number += 1
    return f"{layer.stem()}{number}"
