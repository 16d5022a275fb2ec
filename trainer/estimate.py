"""What a job will take: seconds, steps, operations and memory, before anything starts."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, replace

from trainer.assembly import Assembly
from trainer.batches import batches_per_epoch
from trainer.finding import STEPS
from trainer.job import Job
from trainer.speeds import Speeds

_BACKWARD = 2  # times the operations of the way forward
_FORWARD_SHARE = 0.35  # of a training step's time for the same images, without gradients and update
_STATES = 8  # copies of the parameters while training: themselves, gradients, moments, the last good state
_BYTES = 4  # of a number
_TESTED = 10_000  # images of a test set


@dataclass(frozen=True)
class Needs:
    """What a job needs. `flops` are of one epoch; `stored` and `memory` are bytes."""

    steps: int
    flops: int
    memory: int
    stored: int
    likeness: str  # the same for jobs whose steps take equally long


def needs(job: Job, assembly: Assembly) -> Needs:
    """What follows from the job alone."""
    training = job.epoch_of(job.dataset.used)
    parameters = sum(stage.parameters for stage in assembly.stages)
    flops = sum(stage.flops for stage in assembly.stages)
    numbers = math.prod(assembly.network.input) + sum(math.prod(stage.shape) for stage in assembly.stages)
    return Needs(
        steps=job.epochs * batches_per_epoch(training, job.batch_size),
        flops=training * flops * (1 + _BACKWARD),
        memory=_BYTES * (_STATES * parameters + 2 * job.batch_size * numbers),
        stored=_BYTES * (2 * 3 * parameters + parameters),  # two checkpoints with moments, and the weights
        likeness=_likeness(job),
    )


def seconds(job: Job, assembly: Assembly, speeds: Speeds) -> float:
    """Seconds of training on a processor, validations and test included."""
    step = speeds.step(assembly, job.batch_size)
    looked_at = job.epochs * job.validation_of(job.dataset.used) + _TESTED * (job.test == "at_end")
    return needs(job, assembly).steps * step + looked_at * _FORWARD_SHARE * step / job.batch_size


def needs_of_search(job: Job, assembly: Assembly) -> Needs:
    """What a search for this job's learning rate needs: few steps, and nothing of it is kept."""
    return replace(needs(job, assembly), steps=STEPS, stored=0)


def seconds_of_search(job: Job, assembly: Assembly, speeds: Speeds) -> float:
    """Seconds that it takes on a processor, at most."""
    return STEPS * speeds.step(assembly, job.batch_size)


def _likeness(job: Job) -> str:
    described = job.describe()
    same = {field: described[field] for field in ("network", "batch_size", "device")}
    same["optimizer"] = described["optimizer"]["kind"]
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()
