"""Which fields of a job a study may change, and among which values: read from the job's own classes.

A field is named by its path: `batch_size`, `optimizer.lr`, `network.layers.linear1.out_features` (a layer by
its name or its place, from 0), `optimizer.kind`. Type and bounds are those of the class that holds the field.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trainer.entry import Entry, OneOf, describe_field
from trainer.job import Job
from trainer.problems import Problem, shortened

KIND = "kind"
# The same in every trial: else they could not be compared, or not be told apart from chance.
FIXED = ("format", "network", "task", "seed", "seeds", "threads", "device", "test", "dataset.kind")
MOST_CHOICES = 64
_TYPES = ("integer", "number", "boolean", "choice")
_PLACES = 4  # significant digits of a number that is tried: a job is to be read


class Values(BaseModel):
    """What a field may be in a study: from `low` to `high`, or one of `choices`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: float | None = Field(None, description="Smallest value.")
    high: float | None = Field(None, description="Largest value.")
    log: bool = Field(False, description="Whether equal factors, not equal distances, are equally likely.")
    choices: tuple[Any, ...] | None = Field(
        None, min_length=1, max_length=MOST_CHOICES, description="The values themselves, where not a range."
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Values:
        if (self.choices is None) == (self.low is None or self.high is None):
            raise Problem("A field is searched from low to high, or among choices.")
        if self.choices is not None and (self.low, self.high) != (None, None):
            raise Problem("A field has either a range or choices, not both.")
        if self.low is not None and self.high is not None:
            if not self.low < self.high:
                raise Problem(f"The range must rise, but goes from {self.low:g} to {self.high:g}.", ("high",))
            if self.log and self.low <= 0:
                raise Problem(f"On a log scale low must be above 0, but is {self.low:g}.", ("low",))
        return self

    @property
    def ends(self) -> tuple[Any, ...]:
        """All choices, or both ends of the range."""
        return self.choices if self.choices is not None else (self.low, self.high)

    def spread(self, points: int, whole: bool) -> list[Any]:
        """At most `points` values from end to end; all choices. `whole`: only integers."""
        if self.choices is not None:
            return list(self.choices)
        low, high = self._bounds
        steps = [at / (points - 1) for at in range(points)] if points > 1 else [0.5]
        if self.log:
            values = [low * (high / low) ** step for step in steps]
        else:
            values = [low + (high - low) * step for step in steps]
        return list(dict.fromkeys(self.read(value, whole) for value in values))

    def read(self, value: float, whole: bool) -> float | int:
        """A number of the range as it can stand in a job: whole, or of four significant digits."""
        low, high = self._bounds
        if whole:
            return int(min(math.floor(high), max(math.ceil(low), round(value))))
        return min(high, max(low, float(f"{value:.{_PLACES}g}")))

    @property
    def _bounds(self) -> tuple[float, float]:
        if self.low is None or self.high is None:
            raise TypeError("choices have no bounds")
        return self.low, self.high


Space = Mapping[str, Values]


@dataclass(frozen=True)
class Tunable:
    """A field of a job that a study may change. `field` is what the catalogue tells of it."""

    path: str
    owner: str  # whose field it is, in words: "linear1", "Adam"; empty for the job's own
    field: dict[str, Any]
    now: Any  # its value in the job

    @property
    def is_whole(self) -> bool:
        """Whether only integers make sense."""
        return bool(self.field["type"] == "integer")


def tunables(job: Job) -> Iterator[Tunable]:
    """Every field of this job that a study may change, in the order of the job; the network's come last."""
    for name, field in type(job).model_fields.items():
        if name not in FIXED:
            yield from _below(name, "", describe_field(name, field), getattr(job, name), field.metadata)
    yield from _inside("network.layers", job.network.layers)


def _below(path: str, owner: str, told: dict[str, Any], value: Any, rules: list[Any]) -> Iterator[Tunable]:
    if told["type"] in _TYPES:
        yield Tunable(path, owner, told, value)
    held = next((rule for rule in rules if isinstance(rule, OneOf) and not rule.most), None)
    if held and (len(held.kinds) > 1 or held.nullable) and f"{path}.{KIND}" not in FIXED:
        choices = [*([None] if held.nullable else []), *held.kinds]
        kind = {**told, "type": "choice", "choices": choices, "name": KIND}
        yield Tunable(f"{path}.{KIND}", owner, kind, value.kind if value is not None else None)
    if isinstance(value, Entry):
        yield from _fields(path, value)
    elif isinstance(value, tuple):
        yield from _inside(path, value)


def _fields(path: str, entry: Entry) -> Iterator[Tunable]:
    owner = getattr(entry, "name", "") or entry.label
    for name, field in type(entry).model_fields.items():
        if name not in entry.structure:
            yield from _below(
                f"{path}.{name}", owner, describe_field(name, field), getattr(entry, name), field.metadata
            )


def _inside(path: str, entries: tuple[Any, ...]) -> Iterator[Tunable]:
    for at, entry in enumerate(entries):
        if isinstance(entry, Entry):
            yield from _fields(f"{path}.{getattr(entry, 'name', '') or at}", entry)


def tunable_at(job: Job, path: str) -> Tunable:
    """The field at this path. A Problem where the job has none, or where it is the same in every trial."""
    found = {one.path: one for one in tunables(job)}
    named = _by_name(job, path)
    if named in found:
        return found[named]
    raise Problem(f"This job has no field {shortened(path)} that a study can change.", ("space", path))


def _by_name(job: Job, path: str) -> str:
    """A layer given by its place, given by its name."""
    parts = path.split(".")
    if parts[:2] == ["network", "layers"] and len(parts) > 2 and parts[2].isdecimal():
        at = int(parts[2][:9])
        if at < len(job.network.layers):
            parts[2] = job.network.layers[at].name
    return ".".join(parts)


def with_values(job: Job, values: Mapping[str, Any]) -> Job:
    """The job with other values in these fields. A Problem where one of them can't be."""
    described = job.describe()
    for path in sorted(values, key=lambda path: not path.endswith(f".{KIND}")):  # a kind decides on the rest
        _put(described, _by_name(job, path).split("."), values[path], job)
    return Job.read(described)


def _put(inside: Any, parts: list[str], value: Any, job: Job) -> None:
    *way, last = parts
    if last == KIND:
        *way, held = way
        owner = _walk(inside, way)
        owner[held] = None if value is None else _of_kind(owner.get(held) or {}, value, parts, job)
        return
    owner = _walk(inside, way)
    if owner is None:
        raise Problem(f"{'.'.join(parts)} is only there where {'.'.join(way)} is.")
    owner[last] = value


def _of_kind(before: dict[str, Any], kind: str, parts: list[str], job: Job) -> dict[str, Any]:
    """Another entry in the same place, with what both kinds have in common: a learning rate stays."""
    field = type(job).model_fields[parts[0]]
    kinds = next((rule.kinds for rule in field.metadata if isinstance(rule, OneOf)), {})
    if len(parts) > 2 or kind not in kinds:
        return {KIND: kind}
    return {**{name: before[name] for name in kinds[kind].model_fields if name in before}, KIND: kind}


def _walk(inside: Any, way: list[str]) -> Any:
    for part in way:
        if isinstance(inside, list):
            named = [entry for entry in inside if entry.get("name") == part]
            inside = named[0] if named else inside[int(part)]
        else:
            inside = inside[part]
    return inside


def label(value: Any) -> str:
    """A choice as text, the same for the same value."""
    return json.dumps(copy.copy(value), sort_keys=True)
