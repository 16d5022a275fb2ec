"""A job: everything needed to repeat a training. Same job, same machine, same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from trainer import datasets, losses, optimizers
from trainer.datasets.base import Dataset
from trainer.entry import OneOf, describe_field
from trainer.losses import CrossEntropy, Loss
from trainer.network import Network
from trainer.optimizers import Adam, Optimizer
from trainer.problems import Problem, reading
from trainer.templates import template

VALIDATION = 5_000  # images kept from training, where there are enough
SMALL_SET = 50_000  # a set with fewer keeps a tenth instead


def _named_or_given(network: object) -> object:
    return template(network).network if isinstance(network, str) else network


class Job(BaseModel):
    """What to train, on what, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Literal[1] = 1
    network: Annotated[Network, BeforeValidator(_named_or_given)]
    dataset: Annotated[Dataset, OneOf(datasets.kinds(), "data set")]
    validation: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="Images kept apart to check; empty: 5,000, or a tenth of a small set.",
    )
    batch_size: int = Field(64, ge=1, le=4_096, description="Images that a step learns from.")
    epochs: int = Field(5, ge=1, le=1_000, description="How often every training image is seen.")
    optimizer: Annotated[Optimizer, OneOf(optimizers.kinds(), "optimizer")] = Adam()
    loss: Annotated[Loss, OneOf(losses.kinds(), "loss")] = CrossEntropy()
    seed: int = Field(
        42, ge=0, lt=2**53, description="Same seed, same first weights, same order, same numbers."
    )
    threads: int | None = Field(
        None, ge=1, le=256, description="Processor threads; empty: what this machine does best."
    )
    test: Literal["at_end", "on_request"] = Field("at_end", description="When the test set is opened.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where to train.")

    @classmethod
    def read(cls, given: object) -> Job:
        """A job from JSON; a Problem names the place of what is wrong with it."""
        if not isinstance(given, Mapping):
            raise Problem("A job is an object with at least a network and a dataset.")
        with reading():
            return cls.model_validate(given)

    def describe(self) -> dict[str, Any]:
        """The job as JSON, all defaults filled in."""
        return self.model_dump(mode="json")

    @classmethod
    def fields(cls) -> list[dict[str, Any]]:
        """What a form needs to know about the plain fields; entries are described by the catalogue."""
        entries = {"format", "network", "dataset", "optimizer", "loss"}
        return [
            describe_field(name, field) for name, field in cls.model_fields.items() if name not in entries
        ]

    def validation_of(self, images: int) -> int:
        """How many of `images` are kept for validation; a Problem where none would be left to learn from."""
        wish = self.validation
        if wish is None:
            wish = VALIDATION if images >= SMALL_SET else max(1, images // 10)
        if wish >= images:
            message = (
                f"Of {images:,} images {wish:,} cannot be kept for validation: none is left to learn from."
            )
            raise Problem(message, ("validation",))
        return wish
