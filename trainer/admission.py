"""What a job must pass before a run is made of it. Nothing is allocated."""

from __future__ import annotations

import math

import torch

from trainer.assembly import Assembly, Limits
from trainer.checking import require
from trainer.fitting import OF_THE_JOB
from trainer.job import Job
from trainer.problems import Mend, Problem

ACTIVATIONS = 500_000_000  # numbers that all layers give for one batch; 2 GB, and as much going back


def admit(job: Job, limits: Limits | None = None) -> Assembly:
    """The network of a job on the meta device; the Problem, in its place, of one that cannot be."""
    try:
        assembly = require(job.network, limits, job.aim())
    except Problem as problem:
        place = problem.where if problem.where[:1] in OF_THE_JOB else ("network", *problem.where)
        raise Problem(problem.message, place, problem.mend) from problem
    _refuse_a_metric_that_is_none(job)
    _refuse_fields_that_the_task_forbids(job)
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


def _refuse_a_metric_that_is_none(job: Job) -> None:
    """Early stopping can look at accuracy only where the task has one."""
    stopping = job.early_stopping
    if job.task.measure.accuracy or stopping is None or "metric" not in type(stopping).model_fields:
        return
    told = stopping.model_dump(mode="json")
    if told["metric"] == "accuracy":
        message = f"“{job.task.label}” has no accuracy that could improve, but a {job.task.measure.name}."
        mend = Mend("Watch the loss", job.network.describe(), {"early_stopping": told | {"metric": "loss"}})
        raise Problem(message, ("early_stopping", "metric"), mend)


_OF_CLASSES = ("stratified", "imbalance", "sampling", "label_noise")  # fields that count classes
_OF_PIXELS = ("normalization", "permuted")  # fields that make other numbers of pixels


def _refuse_fields_that_the_task_forbids(job: Job) -> None:
    """Numbers have no classes to be counted, and what is made of pixels needs them as they are."""
    forbidden = [
        (_OF_CLASSES, not job.dataset.classes, f"{job.dataset.label} has no classes that this could count"),
        (_OF_PIXELS, job.task.of_pixels, f"“{job.task.label}” asks about pixels: they stay as they are"),
    ]
    for fields, is_forbidden, why in forbidden:
        for name in fields if is_forbidden else ():
            usual = Job.model_fields[name].default
            if getattr(job, name) != usual:
                raise Problem(f"{why}.", (name,), Mend("Leave it out", job.network.describe(), {name: usual}))


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
