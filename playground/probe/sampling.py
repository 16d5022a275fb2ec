"""Digits of a data set to try. Imported by the looking threads: it loads PyTorch."""

import base64
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from django.conf import settings

from trainer.batches import Part
from trainer.datasets.base import Dataset, Folders, kinds
from trainer.datasets.points import EDGE
from trainer.entry import read_entry
from trainer.job import Job
from trainer.problems import Problem, reading

FALLBACK = "strokes"  # made from code alone, so it can always be had
FALLBACK_SIZE = 2_000


def samples_from(wish: str = "mnist") -> str:
    """The data set from which samples come when `wish` is asked for: one that needs no download."""
    if wish not in kinds():
        raise Problem(f"There is no data set {wish!r}. There are: {', '.join(kinds())}.", ("dataset",))
    dataset = _dataset(wish)
    return wish if len(dataset.shape) == 3 and dataset.at_hand(_folders()) else FALLBACK


def draw(wish: str, count: int, seed: int) -> dict[str, Any]:
    """`count` validation images drawn by `seed`, with their labels."""
    dataset = samples_from(wish)
    pictures, labels = digits(dataset)
    chosen = np.random.default_rng(seed).permutation(len(labels))[:count]
    samples = [
        {"picture": base64.b64encode(pictures[at].tobytes()).decode(), "label": int(labels[at])}
        for at in chosen
    ]
    return {"dataset": dataset, "samples": samples}


POINTS = 400  # of each part, shown on a plane


def points(given: dict[str, Any], validation: int | None, seed: int) -> dict[str, Any]:
    """Points of a data set of the plane, split as a job would: rows of x, y and what is right."""
    with reading("dataset"):
        dataset = read_entry(kinds(), "data set", given)
    if len(dataset.shape) != 1:
        raise Problem(f"{dataset.label} has pictures, no points.", ("dataset", "kind"))
    job = Job.read({"network": "spiral", "dataset": dataset, "validation": validation})
    images = dataset.load(_folders())
    parts = job.model_copy(update={"seed": seed}).division(len(images.train_labels)).divide(images)
    return {
        "edge": EDGE,
        "training": _rows(parts.training),
        "validation": _rows(parts.validation),
    }


def _rows(part: Part) -> list[list[float]]:
    chosen = part.chosen[:POINTS]
    rows = torch.cat([part.images[chosen], part.labels[chosen].float()[:, None]], 1)
    return [[round(number, 4) for number in row] for row in rows.tolist()]


@lru_cache(maxsize=4)
def digits(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, 28, 28) and labels (n,) that a job with the default split and seed does not train on."""
    dataset = _dataset(kind)
    job = Job.read({"network": "small-cnn", "dataset": dataset})
    images = dataset.load(_folders())
    kept = job.division(len(images.train_labels)).divide(images).validation
    return kept.images[kept.chosen].numpy()[..., 0], kept.labels[kept.chosen].numpy()


def _dataset(kind: str) -> Dataset:
    # Offline, and soon: a data set that is made from code is made small.
    return kinds()[kind](**({"size": FALLBACK_SIZE} if kind == FALLBACK else {}))


def _folders() -> Folders:
    return Folders(data=settings.DATA, cache=settings.HOME / "cache")
