"""A job: everything needed to repeat a training. Same job, same machine, same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo

from trainer import datasets, losses, optimizers, schedules, stopping, tasks
from trainer.aim import Aim
from trainer.augmentation.base import MOST, Augmentation
from trainer.augmentation.base import kinds as augmentation_kinds
from trainer.datasets.base import Dataset
from trainer.division import Division, Normalization, Sampling
from trainer.entry import OneOf, describe_field
from trainer.formats import known
from trainer.imbalance import Imbalance
from trainer.imbalance import kinds as imbalance_kinds
from trainer.losses import CrossEntropy, Loss
from trainer.network import Network
from trainer.optimizers import Optimizer
from trainer.optimizers.moments import Adam
from trainer.problems import Problem, reading
from trainer.regularization import Restraints
from trainer.schedules import Constant, Schedule
from trainer.seeds import Seeds
from trainer.seeds import kinds as seed_kinds
from trainer.stopping import Stopping
from trainer.tasks import Classify, Task
from trainer.templates import template, templates

VALIDATION = 5_000  # images kept from training, where there are enough
SMALL_SET = 50_000  # a set with fewer keeps a tenth instead


def _named_or_given(network: object) -> object:
    return template(network).network if isinstance(network, str) else network


def _group(field: FieldInfo) -> Any:
    extra = field.json_schema_extra
    return extra["group"] if isinstance(extra, dict) else None


class Job(BaseModel):
    """What to train, on what, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Annotated[Literal[1], known("This job", 1)] = 1
    network: Annotated[Network, BeforeValidator(_named_or_given)]
    dataset: Annotated[Dataset, OneOf(datasets.kinds(), "data set", "datasets")] = Field(
        description="What it learns from.", json_schema_extra={"group": "data"}
    )
    validation: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="Images kept apart to check; empty: 5,000, or a tenth of a small set.",
        json_schema_extra={"group": "data"},
    )
    stratified: bool = Field(
        False,
        description="The images kept apart have each class as often as all have.",
        json_schema_extra={"group": "data", "advanced": True},
    )
    imbalance: Annotated[
        Imbalance | None, OneOf(imbalance_kinds(), "imbalance", "imbalances", nullable=True)
    ] = Field(
        None, description="Whether a class is rare.", json_schema_extra={"group": "data", "advanced": True}
    )
    sampling: Sampling = Field(
        "natural",
        description="Weighted draws rare classes more often; oversampled repeats their images.",
        json_schema_extra={"group": "data", "advanced": True},
    )
    label_noise: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the training labels that are wrong.",
        json_schema_extra={"group": "data", "advanced": True},
    )
    normalization: Normalization = Field(
        "none",
        description="Standardized: pixels have mean 0 and spread 1 over all training images.",
        json_schema_extra={"group": "data", "advanced": True},
    )
    permuted: bool = Field(
        False,
        title="Pixels mixed up",
        description="All pixels stand in another order, the same one in every image.",
        json_schema_extra={"group": "data", "advanced": True},
    )
    shuffle: bool = Field(
        True,
        description="Every epoch brings the images in another order.",
        json_schema_extra={"group": "data", "advanced": True},
    )
    augmentation: Annotated[
        tuple[Augmentation, ...], OneOf(augmentation_kinds(), "augmentation", "augmentations", most=MOST)
    ] = Field(
        (),
        description="How training pictures are changed at random, in this order; never those that test.",
        json_schema_extra={"group": "data"},
    )
    batch_size: int = Field(
        64,
        ge=1,
        le=4_096,
        description="Images that a step learns from.",
        json_schema_extra={"group": "training"},
    )
    epochs: int = Field(
        5,
        ge=1,
        le=1_000,
        description="How often every training image is seen.",
        json_schema_extra={"group": "training"},
    )
    task: Annotated[Task, OneOf(tasks.kinds(), "task")] = Field(
        Classify(), description="What is asked of the network.", json_schema_extra={"group": "task"}
    )
    loss: Annotated[Loss, OneOf(losses.kinds(), "loss", "losses")] = Field(
        CrossEntropy(), description="What is made small.", json_schema_extra={"group": "task"}
    )
    optimizer: Annotated[Optimizer, OneOf(optimizers.kinds(), "optimizer")] = Field(
        Adam(), description="What a step makes of the gradients.", json_schema_extra={"group": "optimizer"}
    )
    schedule: Annotated[Schedule, OneOf(schedules.kinds(), "schedule")] = Field(
        Constant(), description="How the learning rate moves.", json_schema_extra={"group": "optimizer"}
    )
    l1: float = Field(
        0.0,
        ge=0,
        le=1,
        title="L1 penalty",
        description="Added to the loss: this times the sum of all weights, without their signs.",
        json_schema_extra={"group": "regularization"},
    )
    l2: float = Field(
        0.0,
        ge=0,
        le=1,
        title="L2 penalty",
        description="Added to the loss: this times the sum of all weights squared.",
        json_schema_extra={"group": "regularization"},
    )
    max_norm: float | None = Field(
        None,
        gt=0,
        le=1_000,
        description="Longest that the weights into one neuron or filter may be; empty: no bound.",
        json_schema_extra={"group": "regularization"},
    )
    clip_norm: float | None = Field(
        None,
        gt=0,
        le=1_000_000,
        title="Clip the gradients' length",
        description="Longest that all gradients together may be; empty: no bound.",
        json_schema_extra={"group": "regularization"},
    )
    clip_value: float | None = Field(
        None,
        gt=0,
        le=1_000_000,
        title="Clip each gradient",
        description="Largest that any one gradient may be; empty: no bound.",
        json_schema_extra={"group": "regularization"},
    )
    early_stopping: Annotated[Stopping | None, OneOf(stopping.kinds(), "stopping", nullable=True)] = Field(
        None, description="Whether it may end before its last epoch.", json_schema_extra={"group": "stopping"}
    )
    seed: int = Field(
        42,
        ge=0,
        lt=2**53,
        description="Same seed, same first weights, same order, same numbers.",
        json_schema_extra={"group": "training"},
    )
    seeds: Annotated[Seeds | None, OneOf(seed_kinds(), "way to give seeds", "seeds", nullable=True)] = Field(
        None,
        title="Seeds apart",
        description="To draw weights, order and dropout apart; empty: the seed above for all.",
        json_schema_extra={"group": "training", "advanced": True},
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=256,
        description="Processor threads; empty: what this machine does best.",
        json_schema_extra={"group": "machine"},
    )
    test: Literal["at_end", "on_request"] = Field(
        "at_end", description="When the test set is opened.", json_schema_extra={"group": "data"}
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where to train.", json_schema_extra={"group": "machine"}
    )

    @classmethod
    def read(cls, given: object) -> Job:
        """A job from JSON; a Problem names the place of what is wrong with it.

        Where the network is the name of a template, what that says of a job holds for all that is not given.
        """
        if not isinstance(given, Mapping):
            raise Problem("A job is an object with at least a network and a dataset.")
        name = given.get("network")
        more = templates()[name].job if isinstance(name, str) and name in templates() else {}
        with reading():
            return cls.model_validate({**more, **given})

    def describe(self) -> dict[str, Any]:
        """The job as JSON, all defaults filled in."""
        return self.model_dump(mode="json")

    @classmethod
    def fields(cls) -> list[dict[str, Any]]:
        """What a form needs to know about every field but the network, each with the group it belongs to."""
        return [
            {**describe_field(name, field), "group": _group(field)}
            for name, field in cls.model_fields.items()
            if name not in ("format", "network")
        ]

    def seed_of(self, what: Literal["weights", "shuffle", "dropout"]) -> int:
        """The seed that first weights, the order of the images, or dropout are drawn from."""
        apart: int | None = getattr(self.seeds, what) if self.seeds else None
        return self.seed if apart is None else apart

    def aim(self) -> Aim:
        """Task, loss and data set together."""
        return Aim(self.task, self.loss, self.dataset, self.seed_of("dropout"))

    def division(self, images: int) -> Division:
        """How `images` of its data set are divided; a Problem where none would be left to learn from."""
        self._refuse_what_cannot_be_divided()
        return Division(
            validation=self.validation_of(images),
            seed=self.seed,
            classes=len(self.dataset.classes),
            stratified=self.stratified,
            imbalance=self.imbalance,
            label_noise=self.label_noise,
            sampling=self.sampling,
            shuffle=self.shuffle,
            normalization=self.normalization,
            permuted=self.permuted,
        )

    def _refuse_what_cannot_be_divided(self) -> None:
        if self.sampling == "weighted" and not self.shuffle:
            raise Problem("Weighted sampling draws anew in every epoch: it needs shuffle.", ("shuffle",))
        classes, label = len(self.dataset.classes), self.dataset.label
        wishes = {name: getattr(self, name) for name in ("stratified", "imbalance", "label_noise")}
        wishes["sampling"] = self.sampling != "natural"
        wish = next((name for name, wanted in wishes.items() if wanted), None)
        if wish and not classes:
            raise Problem(f"{label} has no classes that could be told apart for this.", (wish,))
        if self.imbalance and self.imbalance.which >= classes:
            raise Problem(f"{label} has the classes 0 to {classes - 1}.", ("imbalance", "which"))

    def epoch_of(self, images: int) -> int:
        """About how many images an epoch has where the data set has `images`."""
        division = self.division(images)
        return division.about(images - division.validation)

    def most_of(self, images: int) -> int:
        """How many images an epoch has at most."""
        division = self.division(images)
        return division.at_most(images - division.validation)

    def restraints(self) -> Restraints:
        """What holds the training back."""
        return Restraints(self.l1, self.l2, self.clip_value, self.clip_norm, self.max_norm)

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
