"""Problem: the one exception for a mistake that a person can fix, and its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Mend:
    """A one-click repair: what the button says, and the whole network as it would be afterwards.

    `job` holds what changes of the job beside it: field → value.
    """

    label: str
    network: dict[str, Any]
    job: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """The mend as JSON; `job` is there only where something of it changes."""
        return {"label": self.label, "network": self.network} | ({"job": self.job} if self.job else {})


class Problem(ValueError):
    """A mistake that a person can fix.

    `message` says what was needed and what came, in one or two sentences. `where` names the place
    from the outside in, like `("layers", 3, "out_channels")`, so that a form can light that field.
    Anything else that goes wrong is a fault of the program and keeps its own exception.

    It is a ValueError so that pydantic, when it meets one inside a validator, adds the outer places.
    """

    def __init__(self, message: str, where: Place = (), mend: Mend | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.mend = mend

    def describe(self) -> dict[str, Any]:
        """The problem as JSON, for a page or a command line."""
        return {
            "message": self.message,
            "where": list(self.where),
            "mend": self.mend.describe() if self.mend else None,
        }

    def __str__(self) -> str:
        place = ".".join(str(part) for part in self.where)
        return f"{place}: {self.message}" if place else self.message


@contextmanager
def reading(*where: str | int) -> Iterator[None]:
    """Turns pydantic's error about input read inside the block into a Problem at its place.

    `where` is put in front of the place that pydantic names. Only the first error is told: a person
    mends one thing at a time.
    """
    try:
        yield
    except ValidationError as error:
        raise from_validation(error, where) from error


def from_validation(error: ValidationError, where: Place = ()) -> Problem:
    """The first of pydantic's errors as a Problem at `where` plus pydantic's own place."""
    first = error.errors(include_url=False)[0]
    place = (*where, *first["loc"])
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Problem):
        return Problem(cause.message, (*place, *cause.where), cause.mend)
    return Problem(_in_words(first), place)


_WORDS = {
    "missing": "This is missing.",
    "extra_forbidden": "There is no such field here.",
    "greater_than_equal": "It must be at least {ge}, but is {input}.",
    "greater_than": "It must be more than {gt}, but is {input}.",
    "less_than_equal": "It must be at most {le}, but is {input}.",
    "less_than": "It must be less than {lt}, but is {input}.",
    "int_type": "It must be a whole number, but is {input}.",
    "int_parsing": "It must be a whole number, but is {input}.",
    "int_from_float": "It must be a whole number, but is {input}.",
    "float_type": "It must be a number, but is {input}.",
    "float_parsing": "It must be a number, but is {input}.",
    "finite_number": "It must be a finite number.",
    "bool_type": "It must be true or false, but is {input}.",
    "bool_parsing": "It must be true or false, but is {input}.",
    "literal_error": "It must be {expected}, but is {input}.",
    "string_type": "It must be text, but is {input}.",
    "model_type": "It must be an object with fields, but is {input}.",
    "model_attributes_type": "It must be an object with fields, but is {input}.",
    "union_tag_invalid": "There is no kind {tag} here. There are: {expected_tags}.",
    "union_tag_not_found": "This needs a kind.",
    "json_invalid": "This is not JSON: {error}.",
}


def _in_words(error: Any) -> str:
    words = _WORDS.get(error["type"])
    if words is None:
        return f"{error['msg']}."
    facts = error.get("ctx", {})
    return words.format(
        **{**facts, "tag": shortened(facts.get("tag")), "input": shortened(error.get("input"))}
    )


def shortened(value: object) -> str:
    """A value as it can stand in a sentence: never longer than 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
