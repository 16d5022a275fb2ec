"""What a training receives: a digit as augmentation changes it, and whole batches of a job.

Imported by the thread that loads data sets: it loads PyTorch.
"""

import base64
from itertools import islice
from typing import Any

import numpy as np
import torch

from playground.probe.answering import Digit, refuse_many_points, sketched
from playground.probe.sampling import digits, samples_from
from playground.runs.data import folders
from trainer.augmentation.base import read_all
from trainer.augmentation.pipeline import tried
from trainer.dealing import Dealer
from trainer.job import Job
from trainer.problems import Problem, reading
from trainer.sharing import shared_split

COMPANY = 23  # other digits in the batch of the one that is tried: some augmentations mix them


def augmented(trying: dict[str, Any], count: int) -> dict[str, Any]:
    """A digit, or one of the data set where none was sent, as it may come to a training, `count` times."""
    augmentations, seed = read_all(trying["augmentation"]), trying["seed"]
    picture = _picture(trying)
    pictures, labels = digits(samples_from(trying["dataset"]))
    chosen = np.random.default_rng(seed).permutation(len(labels))[: COMPANY + 1]
    company = pictures[chosen]
    if picture is not None:
        company[0] = picture
    batch = torch.from_numpy(company[:, None]).float().div_(255)
    found = tried(augmentations, batch, count, seed).mul(255).round_().to(torch.uint8)
    return {
        "before": _base64(company[0]),
        "label": int(labels[chosen[0]]) if picture is None else None,
        "pictures": [_base64(one) for one in found.numpy()],
    }


def _picture(trying: dict[str, Any]) -> np.ndarray | None:
    """The digit that was sent, if there is ink in it."""
    sent = {name: trying[name] for name in ("strokes", "picture") if trying[name]}
    if not sent:
        return None
    with reading():
        digit = Digit.model_validate({"id": "tried", **sent})
    refuse_many_points([digit])
    sketch = sketched(0, digit)
    return None if sketch.blank else sketch.picture


def batch(job: Job, epoch: int, number: int, first: int, count: int) -> dict[str, Any]:
    """Batch `number`, from 1, of an epoch of a job: the very numbers that its first layer receives."""
    if not job.dataset.at_hand(folders()):
        message = f"{job.dataset.label} is not on this server yet: it comes with the first run that needs it."
        raise Problem(message, ("dataset",))
    parts = shared_split(job, folders(), torch.device("cpu"))
    dealer = Dealer(job, parts.training)
    if number > dealer.per_epoch:
        raise Problem(f"An epoch of this job has {dealer.per_epoch:,} batches.", ("batch",))
    pictures, labels = next(islice(dealer.batches(epoch, number - 1), 1))
    shown = pictures[first : first + count].contiguous().numpy()
    return {
        "batches": dealer.per_epoch,
        "images": len(labels),
        "training": len(parts.training),
        "validation": len(parts.validation),
        "test": len(parts.test),
        "shape": list(pictures.shape[1:]),
        "labels": labels[first : first + count].tolist(),
        "pictures": [_base64(one) for one in shown],
    }


def _base64(numbers: np.ndarray) -> str:
    return base64.b64encode(numbers.tobytes()).decode()
