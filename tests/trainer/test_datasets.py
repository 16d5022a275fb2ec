"""What holds for every data set of the catalogue."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from trainer.datasets import kinds
from trainer.entry import describe, read_entry

KINDS = kinds()


def test_there_are_real_digits_and_digits_made_here() -> None:
    assert set(KINDS) >= {"mnist", "strokes"}


@pytest.mark.parametrize("kind", KINDS)
def test_it_describes_itself(kind: str) -> None:
    told = describe(KINDS[kind])
    assert told["label"] and 20 <= len(told["help"]) <= 140
    assert told["fields"][0]["name"] == "size" and told["fields"][0]["nullable"]
    assert all(field["help"] for field in told["fields"])
    assert len(KINDS[kind].classes) in ((10,) if len(KINDS[kind].shape) == 3 else (0, 2))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 9, 60_001, 12.5, "many"])
def test_it_refuses_sizes_that_it_does_not_have(kind: str, size: object) -> None:
    with pytest.raises(ValidationError):
        KINDS[kind].model_validate({"size": size})


@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_json(kind: str) -> None:
    dataset = KINDS[kind].model_validate({"size": 1_234})
    assert read_entry(KINDS, "data set", dataset.model_dump(mode="json")) == dataset
    assert dataset.model_dump(mode="json").items() >= {"kind": kind, "size": 1_234}.items()
