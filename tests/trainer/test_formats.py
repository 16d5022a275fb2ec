"""Things of another version say so in words, each with its place."""

import json
from typing import Any

import pytest
import safetensors.torch
import torch

from trainer import checkpoint, weights
from trainer.job import Job
from trainer.network import Network
from trainer.problems import Problem

JOB = {"network": "small-cnn", "dataset": {"kind": "strokes"}}


def file(**metadata: Any) -> bytes:
    told = {name: json.dumps(value) for name, value in metadata.items()}
    return bytes(safetensors.torch.save({"a": torch.zeros(1)}, told))


NEWER = {
    "network": (lambda: Network.read({"format": 2}), ("format",)),
    "job": (lambda: Job.read(JOB | {"format": 2}), ("format",)),
    "network of a job": (lambda: Job.read(JOB | {"network": {"format": 2}}), ("network", "format")),
    "weights": (lambda: weights.unpack(file(playground={"format": "2"})), ("weights",)),
    "checkpoint": (lambda: checkpoint.unpack(file(checkpoint={"format": 99}), {}), ("checkpoint",)),
}


@pytest.mark.parametrize("what", NEWER)
def test_what_a_newer_playground_made_says_so(what: str) -> None:
    read, where = NEWER[what]
    with pytest.raises(Problem, match="A newer playground made it") as caught:
        read()
    assert caught.value.where == where


@pytest.mark.parametrize("given", ["1", 0, -1, None, True, 1.0, [], {}, "²"])
def test_a_format_that_is_none_is_not_called_newer(given: Any) -> None:
    with pytest.raises(Problem) as caught:
        Network.read({"format": given})
    assert "newer" not in caught.value.message
    assert caught.value.where == ("format",)


@pytest.mark.parametrize("told", [5, [], None, "x", {"format": []}, {"format": 1, "place": {}, "job": 5}])
def test_weights_that_say_something_odd_are_none(told: Any) -> None:
    for read in (weights.unpack, lambda blob: checkpoint.unpack(blob, {})):
        with pytest.raises(Problem):
            read(file(playground=told, checkpoint=told))
