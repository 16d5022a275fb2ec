"""What a job must pass before a run is made of it. Nothing is allocated."""

from __future__ import annotations

import math

import torch

from trainer.assembly import Assembly, Limits
from trainer.checking import require
from trainer.job import Job
from trainer.problems import Problem

ACTIVATIONS = 500_000_000  # numbers that all layers give for one batch; 2 GB, and as much going back


def admit(job: Job, limits: Limits | None = None) -> Assembly:
    """The network of a job on the meta device; the Problem, in its place, of one that cannot be."""
    try:
        assembly = require(job.network, limits, len(job.dataset.classes))
    except Problem as problem:
        raise Problem(problem.message, ("network", *problem.where), problem.mend) from problem
    job.division(job.dataset.used)
    _refuse_to_change_what_is_no_picture(job)
    _refuse_too_much_at_once(assembly, job.batch_size)
    _refuse_batches_that_no_layer_takes(assembly, job.batch_size)
    return assembly


def _refuse_to_change_what_is_no_picture(job: Job) -> None:
    """Points are turned and pixels reordered in squares; a Problem at the first field that wants that."""
    wishes = {"augmentation": bool(job.augmentation), "permuted": job.permuted}
    wishes["normalization"] = job.normalization != "none"
    _, *sides = job.network.input
    wish = next((name for name, wanted in wishes.items() if wanted), None)
    if wish and (len(sides) != 2 or sides[0] != sides[1]):
        raise Problem("This is done to square pictures, and the network takes none.", (wish,))


def _refuse_too_much_at_once(assembly: Assembly, batch_size: int) -> None:
    numbers = batch_size * sum(math.prod(stage.shape) for stage in assembly.stages)
    if numbers > ACTIVATIONS:
        message = (
            f"Batches of {batch_size:,} make {numbers:,} activations at once in this network; "
            f"{ACTIVATIONS:,} can be held."
        )
        raise Problem(message, ("batch_size",))


def _refuse_batches_that_no_layer_takes(assembly: Assembly, batch_size: int) -> None:
    """Some layers need more than one image to learn from; asked of PyTorch on the meta device."""
    try:
        assembly.module(torch.empty(batch_size, *assembly.network.input, device="meta"))
    except (ValueError, RuntimeError) as error:
        cause = str(error).splitlines()[0].rstrip(".")
        message = f"This network cannot learn from batches of {batch_size}: {cause}."
        raise Problem(message, ("batch_size",)) from error
