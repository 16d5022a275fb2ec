"""Checkpoints: the full state of a training, from which it goes on bit by bit. safetensors, never pickle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import safetensors
import safetensors.torch
from pydantic import BaseModel
from torch import Tensor

from trainer.assembly import Limits, assemble
from trainer.formats import refusal
from trainer.job import Job
from trainer.network import Network
from trainer.preparation import Preparation
from trainer.problems import Problem
from trainer.weights import pieces

FORMAT = 1
FIXED = (  # of a job, what must be as it was to go on
    *("dataset", "task", "validation", "stratified", "imbalance", "sampling", "label_noise", "normalization"),
    *("permuted", "shuffle", "batch_size", "seed", "seeds"),
)

_ANY = Limits(layers=1_000, parameters=2**62, activations=2**62, flops=2**62)  # they were admitted before


@dataclass
class Place:
    """How far a training has come: what of its state is no tensor."""

    step: int = 0  # batches done
    epoch: int = 1  # the one in progress, from 1
    batch: int = 0  # batches done in it
    lr: float = 0.0  # before the schedule
    seconds: float = 0.0
    best: float | None = None  # the lowest validation loss
    validation_loss: float | None = None  # of the last validation
    validation_accuracy: float | None = None  # or what else the task measures
    history: list[tuple[float, float]] = field(default_factory=list)  # loss and measure of every validation
    best_epoch: int | None = None  # whose weights are kept, should no better one come


def pack(
    place: Place,
    tensors: dict[str, Tensor],
    random: dict[str, Tensor],
    job: dict[str, Any],
    preparation: Preparation,
) -> bytes:
    """A checkpoint as bytes: where the training is, its tensors, the random state, and whose it is."""
    named = {**tensors, **{f"random.{name}": state for name, state in random.items()}}
    cpu = {name: tensor.detach().to("cpu").contiguous().clone() for name, tensor in named.items()}
    facts = {"format": FORMAT, "place": asdict(place), "job": job, "prepared": preparation.describe()}
    # one key of metadata, because safetensors writes several in a random order
    return safetensors.torch.save(cpu, {"checkpoint": json.dumps(facts)})


def unpack(blob: bytes, job: dict[str, Any]) -> tuple[Place, dict[str, Tensor], dict[str, Tensor]]:
    """(place, tensors, random state) from a checkpoint's bytes; a Problem where they are none of this job."""
    with _reading():
        facts, named = _opened(blob)
        place = Place(**facts["place"])
        _refuse_another_job(dict(facts["job"]), job)
        if facts["job"]["optimizer"]["lr"] != job["optimizer"]["lr"]:
            place.lr = job["optimizer"]["lr"]
    random = {
        name.removeprefix("random."): named.pop(name) for name in list(named) if name.startswith("random.")
    }
    return place, named, random


def weights(blob: bytes) -> tuple[int, dict[str, Tensor], Preparation]:
    """(step, weights by name, how pictures are prepared for them) of a checkpoint's bytes."""
    with _reading():
        facts, named = _opened(blob)
        module = assemble(Network.read(facts["job"]["network"]), _ANY).module
        parameters = dict(module.named_parameters())
        learned = dict(zip(parameters, pieces(named["parameters"], parameters.values()), strict=True))
        buffers = {name: named[f"buffer.{name}"] for name in module.state_dict() if name not in learned}
        prepared = Preparation.read(dict(facts.get("prepared", {})))
        return int(facts["place"]["step"]), learned | buffers, prepared


def _opened(blob: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """(facts, everything by name) of a checkpoint's bytes."""
    header = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])["__metadata__"]
    facts = json.loads(header["checkpoint"])
    if facts["format"] != FORMAT:
        raise Problem(refusal("This checkpoint", facts["format"], FORMAT), ("checkpoint",))
    return facts, safetensors.torch.load(blob)


@contextmanager
def _reading() -> Iterator[None]:
    """Turns what bytes that are no checkpoint make go wrong into a Problem."""
    try:
        yield
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, Problem):
            raise
        raise Problem(f"This is no checkpoint: {error}.", ("checkpoint",)) from error


def _usual(name: str) -> Any:
    """What a field meant in jobs of the time before it was there, as JSON."""
    default = Job.model_fields[name].default
    return default.model_dump(mode="json") if isinstance(default, BaseModel) else default


def _refuse_another_job(kept: dict[str, Any], job: dict[str, Any]) -> None:
    """What a checkpoint holds must mean the same in the job that goes on; all else of it may have changed."""
    for name in FIXED:
        if kept.get(name, _usual(name)) != job[name]:
            raise Problem(f"The checkpoint is of a job with another {name}; it cannot go on.", (name,))
    if kept["network"] != job["network"] and _sizes(kept["network"]) != _sizes(job["network"]):
        message = "The checkpoint is of a network with other weights; it cannot go on with this one."
        raise Problem(message, ("network",))


def _sizes(network: object) -> list[tuple[str, tuple[int, ...]]]:
    """The names and shapes of all that a network learns, in order."""
    state = assemble(Network.read(network), _ANY).module.state_dict()
    return [(name, tuple(tensor.shape)) for name, tensor in state.items()]
