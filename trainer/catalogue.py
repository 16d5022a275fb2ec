"""The catalogue: all that exists, described as JSON."""

from __future__ import annotations

from typing import Any

from trainer import datasets, initializers, layers, losses, optimizers, templates
from trainer.entry import describe
from trainer.job import Job


def catalogue() -> dict[str, Any]:
    """Layers, initializers, optimizers, losses, data sets, templates, and the fields of a job."""
    return {
        "layers": [
            {**describe(cls), "joins": cls.joins, "reads": cls.forms()} for cls in layers.kinds().values()
        ],
        "initializers": [describe(cls) for cls in initializers.kinds().values()],
        "optimizers": [describe(cls) for cls in optimizers.kinds().values()],
        "losses": [describe(cls) for cls in losses.kinds().values()],
        "datasets": [describe(cls) for cls in datasets.kinds().values()],
        "templates": templates.describe(),
        "job": {"fields": Job.fields()},
    }
