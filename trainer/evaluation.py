"""Opening the test set for the weights of a run, afterwards."""

from __future__ import annotations

from trainer import weights
from trainer.admission import admit
from trainer.datasets.base import Folders
from trainer.device import pick_device
from trainer.events import Tested
from trainer.job import Job
from trainer.observers import measure
from trainer.sharing import shared_split


def evaluate(job: Job, blob: bytes, folders: Folders) -> Tested:
    """Opens the test set for the weights of a run."""
    device = pick_device(job.device)
    tensors, facts = weights.unpack(blob)
    assembly = weights.load(admit(job), tensors).to(device)
    parts = shared_split(job, folders, device)
    loss, right = measure(assembly, job.loss, parts.test)
    total = len(parts.test)
    return Tested(
        step=int(facts.get("step", 0)), loss=loss, accuracy=right / total, correct=right, images=total
    )
