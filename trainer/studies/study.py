"""A study: everything needed to repeat the search for better settings of a job."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from trainer.entry import OneOf, describe_field
from trainer.formats import known
from trainer.job import Job
from trainer.problems import Problem, reading
from trainer.studies import pruners, samplers
from trainer.studies.pruners import Halving, Pruner
from trainer.studies.samplers import Sampler, Tpe
from trainer.studies.space import Tunable, Values, label, tunable_at, with_values
from trainer.studies.trial import Objective
from trainer.studies.usual import usual_space

MOST_FIELDS = 16
ADVANCED: JsonDict = {"advanced": True}


class Study(BaseModel):
    """A job, the fields of it that are tried with other values, and how far to go."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Annotated[Literal[1], known("This study", 1)] = 1
    job: Job
    space: dict[str, Values] = Field(
        {}, description="Field of the job → its values; empty: what is usual for such a job."
    )
    runs: int = Field(50, ge=1, le=1_000, title="Trials", description="Sets of values that are tried.")
    minutes: float | None = Field(
        None, gt=0, le=100_000, description="Of training, all trials together; empty: no bound."
    )
    finalists: int = Field(3, ge=0, le=20, description="Best trials that are trained again with other seeds.")
    objective: Objective = Field(
        "accuracy", description="What the validation shall tell of a good one.", json_schema_extra=ADVANCED
    )
    sampler: Annotated[Sampler, OneOf(samplers.kinds(), "sampler")] = Field(
        Tpe(), description="How it chooses what to try next.", json_schema_extra=ADVANCED
    )
    pruner: Annotated[Pruner | None, OneOf(pruners.kinds(), "pruner", nullable=True)] = Field(
        Halving(), description="Whether a trial is given up early.", json_schema_extra=ADVANCED
    )
    repeats: int = Field(
        3, ge=1, le=20, description="Other seeds for each finalist.", json_schema_extra=ADVANCED
    )
    parallel: int = Field(2, ge=1, le=16, description="Trials side by side.", json_schema_extra=ADVANCED)
    seed: int = Field(42, ge=0, lt=2**53, description="Same seed, same trials.", json_schema_extra=ADVANCED)

    @model_validator(mode="after")
    def _look_at_what_is_told(self) -> Study:
        if self.objective == "accuracy" and not self.job.task.measure.accuracy:
            message = f"“{self.job.task.label}” has no accuracy to compare: look at the loss."
            raise Problem(message, ("objective",))
        return self

    @model_validator(mode="after")
    def _know_the_space(self) -> Study:
        if not self.space:
            object.__setattr__(self, "space", usual_space(self.job))
        if len(self.space) > MOST_FIELDS:
            raise Problem(f"A study changes at most {MOST_FIELDS} fields, not {len(self.space)}.", ("space",))
        tuned = {path: tunable_at(self.job, path) for path in self.space}
        named = {tunable.path: self.space[path] for path, tunable in tuned.items()}
        if len(named) < len(self.space):
            raise Problem("Two of these name the same field.", ("space",))
        object.__setattr__(self, "space", named)
        losses = [path for path in named if path.split(".")[0] == "loss"]
        if losses and self.objective == "loss":
            raise Problem("Where the loss itself changes, losses can't be compared.", ("space", losses[0]))
        for path, values in self.corners():
            self._require(path, values)
        return self

    def _require(self, path: str, values: Mapping[str, Any]) -> None:
        _refuse_wrong_type(self.tuned[path], self.space[path])
        try:
            with_values(self.job, values)
        except Problem as problem:
            raise Problem(f"With {values[path]}: {problem.message}", ("space", path)) from problem

    @cached_property
    def tuned(self) -> dict[str, Tunable]:
        """The fields that it changes, by path."""
        return {path: tunable_at(self.job, path) for path in self.space}

    @classmethod
    def read(cls, given: object) -> Study:
        """A study from JSON; a Problem names the place of what is wrong with it."""
        if not isinstance(given, Mapping):
            raise Problem("A study is an object with at least a job.")
        with reading():
            return cls.model_validate(given)

    def describe(self) -> dict[str, Any]:
        """The study as JSON, all defaults filled in."""
        return self.model_dump(mode="json")

    @classmethod
    def fields(cls) -> list[dict[str, Any]]:
        """What a form needs to know about all that is neither the job nor the space."""
        told = [
            (name, field)
            for name, field in cls.model_fields.items()
            if name not in ("format", "job", "space")
        ]
        return [describe_field(name, field) for name, field in told]

    def with_threads(self, threads: int) -> Study:
        """The same, with as many processor threads for each trial."""
        return self.model_copy(update={"job": self.job.model_copy(update={"threads": threads})})

    def job_with(self, values: Mapping[str, Any], seed: int) -> Job:
        """The job of a trial. A Problem where these values can't be together."""
        return with_values(self.job.model_copy(update={"seed": seed}), values)

    def corners(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each field at each of its ends, the others at their first: what goes here can be tried."""
        first = {path: self.ends(path)[0] for path in self.space}
        for path in self.space:
            for value in self.ends(path):
                yield path, {**first, path: value}

    def largest(self) -> dict[str, Any]:
        """Every field at its last end."""
        return {path: self.ends(path)[-1] for path in self.space}

    def ends(self, path: str) -> list[Any]:
        """The ends of a field's values as they stand in a job."""
        values = self.space[path]
        if values.choices is not None:
            return list(values.choices)
        return [values.read(end, self.is_whole(path)) for end in values.ends]

    def is_whole(self, path: str) -> bool:
        """Whether a field takes only integers."""
        return self.tuned[path].is_whole

    def told(self, path: str, value: Any) -> Any:
        """A value as Optuna knows it: choices by their text."""
        return value if self.space[path].choices is None else label(value)

    def meant(self, path: str, told: Any) -> Any:
        """What Optuna's value means."""
        values = self.space[path]
        if values.choices is None:
            return values.read(told, self.is_whole(path))
        return next(choice for choice in values.choices if label(choice) == told)


def _refuse_wrong_type(tunable: Tunable, values: Values) -> None:
    if values.choices is None and tunable.field["type"] not in ("integer", "number"):
        raise Problem("This field has no range; it needs choices.", ("space", tunable.path, "choices"))
    if values.low is None or values.high is None or not tunable.is_whole:
        return
    if math.floor(values.high) <= math.ceil(values.low):
        raise Problem("This range holds no two whole numbers.", ("space", tunable.path, "high"))
