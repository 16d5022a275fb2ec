"""What a study changes unless somebody says otherwise: the ranges that an introduction begins with."""

from __future__ import annotations

from typing import Any

from trainer.job import Job
from trainer.studies.space import Tunable, Values, tunables

USUAL = {
    "epochs": Values(low=20, high=100),
    "optimizer.lr": Values(low=0.001, high=0.1, log=True),
    "batch_size": Values(low=32, high=1_024, log=True),
}
DENSE = Values(low=128, high=1_024, log=True)  # outputs of hidden dense layers
DROPOUT = Values(low=0.2, high=0.6)
PENALTIES = ("l1", "l2", "weight_decay")
PENALTY = Values(low=1e-6, high=1e-2, log=True)
_FACTOR = 10.0  # around the value of now, where a field has no bounds of its own that help
_SHARE = 0.01  # what lies between 0 and 1 and is not tiny is looked for between 0 and 1
_HAIR = 0.001


def usual_space(job: Job) -> dict[str, Values]:
    """The fields that a study of this job changes by itself, of those that the job has."""
    found = ((one.path, usual(job, one.path)) for one in tunables(job))
    return {path: values for path, values in found if values}


def usual(job: Job, path: str) -> Values | None:
    """The range that is usual for a field; None where it usually stays as it is."""
    if path in USUAL:
        return USUAL[path]
    dense = [layer.name for layer in job.network.layers if layer.kind == "linear"][
        :-1
    ]  # the last one answers
    if path in {f"network.layers.{name}.out_features" for name in dense}:
        return DENSE
    dropouts = [layer.name for layer in job.network.layers if layer.kind.startswith("dropout")]
    return DROPOUT if path in {f"network.layers.{name}.p" for name in dropouts} else None


def around(job: Job, tunable: Tunable) -> Values:
    """A range to begin with for any field: its choices, a share, or what lies around its value of now."""
    field = tunable.field
    if field["type"] == "boolean":
        return Values(choices=(False, True))
    if field["choices"]:
        return Values(choices=tuple(field["choices"]))
    if field["name"] in PENALTIES:
        return PENALTY
    low, high = _bounds(job, tunable)
    now = float(_now(job, tunable) or 0)
    if low == 0 and high is not None and high <= 1 and (now == 0 or now >= _SHARE):
        return Values(low=low, high=high)
    base = now or max(low or 0.0, 1.0)
    least = max(low or 0.0, base / _FACTOR)
    most = base * _FACTOR if high is None else min(high, base * _FACTOR)
    if tunable.is_whole:
        least, most = max(1.0, float(round(least))), float(round(most))
    return Values(low=least, high=most if most > least else least + 1, log=least > 0)


def _now(job: Job, tunable: Tunable) -> Any:
    """What a field stands for now, also where it is empty: all images, a tenth of them."""
    if tunable.path == "dataset.size":
        return job.dataset.used
    if tunable.path == "validation":
        return job.validation_of(job.dataset.used)
    return tunable.field["default"] if tunable.now is None else tunable.now


def _bounds(job: Job, tunable: Tunable) -> tuple[float | None, float | None]:
    """The least and the largest value; a hair below one that may not be reached."""
    field, images = tunable.field, job.dataset.training
    low, high = field["minimum"], field["maximum"]
    if high is None and field["exclusive_maximum"] is not None:
        high = field["exclusive_maximum"] - _HAIR
    return low, {"dataset.size": images, "validation": images // 2}.get(tunable.path, high)
