"""What a study changes unless somebody says otherwise: the ranges that an introduction begins with."""

from __future__ import annotations

from trainer.job import Job
from trainer.studies.space import Tunable, Values, tunables

USUAL = {
    "epochs": Values(low=20, high=100),
    "optimizer.lr": Values(low=0.001, high=0.1, log=True),
    "batch_size": Values(low=32, high=1_024, log=True),
}
DENSE = Values(low=128, high=1_024, log=True)  # outputs of hidden dense layers
DROPOUT = Values(low=0.2, high=0.6)
_DECADES = 10.0  # around the value of now, where a field has no bounds of its own that help


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


def around(tunable: Tunable) -> Values:
    """A range to begin with for any field: its choices, its own narrow bounds, or what lies around now."""
    field, now = tunable.field, tunable.now
    if field["type"] == "boolean":
        return Values(choices=(False, True))
    if field["choices"]:
        return Values(choices=tuple(field["choices"]))
    low = _bound(field, "minimum", "exclusive_minimum")
    high = _bound(field, "maximum", "exclusive_maximum")
    if low is not None and high is not None and high - low <= 1:
        return Values(low=low, high=high)  # a share
    base = float(now or field["default"] or 0) or max(low or 0.0, 1.0)
    least = base / _DECADES if low is None else max(low, base / _DECADES)
    most = base * _DECADES if high is None else min(high, base * _DECADES)
    if tunable.is_whole:
        least, most = max(1.0, float(round(least))), float(round(most))
    return Values(low=least, high=max(most, least + 1), log=least > 0)


def _bound(field: dict[str, object], closed: str, opened: str) -> float | None:
    """A bound that may be reached itself; a hundredth of the way in where it may not."""
    bound = field[closed]
    if isinstance(bound, (int, float)):
        return float(bound)
    beyond = field[opened]
    if not isinstance(beyond, (int, float)):
        return None
    return float(beyond) + (0.01 if opened == "exclusive_minimum" else -0.01)
