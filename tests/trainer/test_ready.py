"""The ready network: what it says about itself is so, and it reads what a mouse draws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from trainer import ready
from trainer.datasets.strokes.skeletons import families
from trainer.probe import Probe
from trainer.sketch import Stroke, from_strokes
from trainer.weights import unpack


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as the page's server does: small networks wait for each other's threads
    yield Probe(ready.network(), unpack(ready.weights())[0])
    torch.set_num_threads(threads)


def test_it_is_small_and_says_what_it_is() -> None:
    facts = ready.facts()
    assert len(ready.weights()) < 1_000_000
    assert 0.98 < facts["accuracy"] < 1 and 0.98 < facts["validation_accuracy"] < 1
    assert facts["command"] == "python -m trainer train trainer/ready/job.json --out DIR"
    assert facts["seed"] == ready.job().seed and "MNIST" in facts["trained_on"]


def test_its_job_is_the_one_that_its_weights_came_from() -> None:
    steps = ready.job().epochs * -(-55_000 // ready.job().batch_size)
    assert int(unpack(ready.weights())[1]["step"]) == steps


def drawn(points: np.ndarray, breaks: list[int], brush: float) -> list[Stroke]:
    """Strokes through the points (n, 2) of a path in a unit box, in the middle of the pad."""
    on_pad = points / np.ptp(points, axis=0).max() * 190 + 140
    return [Stroke(brush=brush, points=part.tolist()) for part in np.split(on_pad, breaks)]


@pytest.mark.parametrize("brush", [4.0, 18.0, 30.0])
def test_it_reads_digits_drawn_on_the_pad(probe: Probe, brush: float) -> None:
    right = []
    for family in families():
        for points in family.variants if family.share > 0.15 else ():
            second = family.curve[:, family.strokes[-1]].any(1)
            breaks = [int(second.argmax())] if len(family.strokes) > 1 else []
            strokes = drawn(family.curve @ points, breaks, brush)
            right.append(probe.look(from_strokes(strokes).picture).digit == family.digit)
    assert len(right) > 100 and np.mean(right) > 0.9
