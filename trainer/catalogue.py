"""The catalogue: all that exists, described as JSON."""

from __future__ import annotations

from typing import Any

from trainer import (
    augmentation,
    datasets,
    imbalance,
    initializers,
    layers,
    losses,
    optimizers,
    schedules,
    seeds,
    stopping,
    tasks,
    templates,
)
from trainer.entry import describe
from trainer.job import Job
from trainer.studies import pruners, samplers
from trainer.studies.study import Study


def catalogue() -> dict[str, Any]:
    """Everything that a network or a job can hold, the templates, and the fields of a job."""
    return {
        "layers": [
            {**describe(cls), "joins": cls.joins, "reads": cls.forms()} for cls in layers.kinds().values()
        ],
        "initializers": [describe(cls) for cls in initializers.kinds().values()],
        "optimizers": [describe(cls) for cls in optimizers.kinds().values()],
        "tasks": [cls.told() for cls in tasks.kinds().values()],
        "losses": [
            {**describe(cls), "middle": cls.middle, "chance": cls.chance} for cls in losses.kinds().values()
        ],
        "datasets": [
            {**describe(cls), "shape": list(cls.shape), "classes": list(cls.classes)}
            for cls in datasets.kinds().values()
        ],
        "augmentations": [describe(cls) for cls in augmentation.kinds().values()],
        "imbalances": [describe(cls) for cls in imbalance.kinds().values()],
        "schedules": [describe(cls) for cls in schedules.kinds().values()],
        "stoppings": [describe(cls) for cls in stopping.kinds().values()],
        "seeds": [describe(cls) for cls in seeds.kinds().values()],
        "samplers": [describe(cls) for cls in samplers.kinds().values()],
        "pruners": [describe(cls) for cls in pruners.kinds().values()],
        "templates": templates.describe(),
        "job": {"fields": Job.fields()},
        "study": {"fields": Study.fields()},
    }
