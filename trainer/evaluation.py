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
    found = measure(assembly, job.aim(), parts.test)
    step, images = int(facts.get("step", 0)), len(parts.test)
    return Tested(step=step, loss=found.loss, correct=found.right, images=images, **found.told())
