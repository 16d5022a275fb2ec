"""What lies in a parcel, read by the same classes that wrote it: a job, events, weights, a full state."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from trainer import checkpoint, events
from trainer.admission import admit
from trainer.assembly import Assembly, Limits
from trainer.batches import batches_per_epoch
from trainer.events import Event
from trainer.job import Job
from trainer.parcel.container import CHECKPOINT, JOB, TRANSCRIPT, WEIGHTS, Container, as_json
from trainer.preparation import Preparation
from trainer.problems import Problem, reading
from trainer.weights import load, unpack

JOB_BYTES = 262_144
TRANSCRIPT_BYTES = 16_000_000
EVENTS = 100_000
HEADER = 100_000  # bytes that safetensors have beside their numbers
STATES = 12  # times the weights that a full state has at most: several moments, the best weights

_LARGEST = 2**53  # of whole numbers: beyond it JSON has no two programs that agree
_KINDS = {
    kind.kind: kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
_ENDS = ("finished", "stopped", "diverged", "failed", "paused")


@dataclass(frozen=True)
class Parcel:
    """A run from elsewhere, whole and checked. `status` is what it ended as, or that it rests."""

    name: str
    origin: str
    run: str
    job: Job
    assembly: Assembly
    events: list[dict[str, Any]]  # without their numbers
    status: str
    step: int
    weights: bytes | None
    checkpoint: bytes | None
    keyframes: dict[int, bytes]  # weights by the step after which they were kept

    @property
    def bytes(self) -> int:
        """What its files take."""
        kept = sum(len(blob) for blob in self.keyframes.values())
        return len(self.weights or b"") + len(self.checkpoint or b"") + kept


def open_parcel(blob: bytes, limits: Limits, admitted: Callable[[dict[str, Any]], None], room: int) -> Parcel:
    """A run from the bytes of its file. Raises a Problem for everything that is not as a run leaves it.

    `limits` bound its network; `admitted` may refuse its job before that is read; its keyframes may take
    `room` bytes.
    """
    container = Container(blob)
    given = as_json(container.read(JOB, JOB_BYTES), ("job",))
    if isinstance(given, dict):
        admitted(given)
    with reading("job"):
        job = Job.read(given)
    assembly = admit(job, limits)
    steps = job.epochs * batches_per_epoch(job.most_of(job.dataset.used), job.batch_size)
    told = _transcript(container.read(TRANSCRIPT, TRANSCRIPT_BYTES), steps)
    status = next((event["kind"] for event in reversed(told) if event["kind"] in _ENDS), None)
    if status is None:
        raise Problem(
            "This run has not come to an end: pause or stop it before it is taken away.", ("transcript",)
        )
    return Parcel(
        container.manifest.name.strip() or "Untitled",
        container.manifest.origin,
        container.manifest.run,
        job,
        assembly,
        told,
        status,
        _reached(told),
        _weights(container, assembly, WEIGHTS) if container.holds(WEIGHTS) else None,
        _checkpoint(container, assembly, job, steps) if status == "paused" else None,
        _keyframes(container, assembly, room, steps),
    )


def _transcript(content: bytes, steps: int) -> list[dict[str, Any]]:
    lines = content.splitlines()
    if len(lines) > EVENTS:
        raise Problem(
            f"This transcript has {len(lines):,} events; {EVENTS:,} are read here.", ("transcript",)
        )
    return [_event(as_json(line, ("transcript", at)), at, steps) for at, line in enumerate(lines)]


def _event(given: Any, at: int, steps: int) -> dict[str, Any]:
    """An event as its class writes it, the number left out."""
    if not isinstance(given, Mapping) or given.get("seq") != at + 1 or given.get("kind") not in _KINDS:
        raise Problem("This is no event of a run, or not the one that comes here.", ("transcript", at))
    kind = _KINDS[str(given["kind"])]
    fields = {name: value for name, value in given.items() if name not in ("seq", "kind")}
    with reading("transcript", at):
        told = kind.model_validate(fields).describe()
    if not all(_is_sane(value) for value in told.values()) or not _fits(told, steps):
        raise Problem("This event tells numbers that its job cannot lead to.", ("transcript", at))
    return told


def _is_sane(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 2_000
    if isinstance(value, list):
        return all(_is_sane(one) for one in value)
    return not isinstance(value, int) or abs(value) <= _LARGEST


def _fits(told: dict[str, Any], steps: int) -> bool:
    """Whether it tells of steps that there are."""
    if told["kind"] == "curves":
        return told["first"] >= 1 and _last(told) <= steps and len(told["loss"]) == len(told["accuracy"])
    return 0 <= int(told.get("step", 0)) <= steps


def _last(curves: dict[str, Any]) -> int:
    return int(curves["first"]) + len(curves["loss"]) - 1


def _reached(told: list[dict[str, Any]]) -> int:
    """The step at which the transcript ends."""
    step = 0
    for event in told:
        if event["kind"] == "curves":
            step = _last(event)
        elif event["kind"] == "started":
            step = 0
        elif event["kind"] in ("resumed", *_ENDS):
            step = event.get("step", step)
    return step


def _keyframes(container: Container, assembly: Assembly, room: int, steps: int) -> dict[int, bytes]:
    named = container.keyframes()
    if any(step > steps for step in named):
        raise Problem("There is a keyframe of a step that its job cannot lead to.", ("keyframes",))
    size = sum(container.manifest.files[name].bytes for name in named.values())
    if size > room:
        message = f"The keyframes of this run take {size:,} bytes; this server keeps {room:,}."
        raise Problem(message, ("keyframes",))
    return {step: _weights(container, assembly, name) for step, name in named.items()}


def _weights(container: Container, assembly: Assembly, name: str) -> bytes:
    state = assembly.module.state_dict().values()
    size = sum(tensor.numel() * tensor.element_size() for tensor in state)
    blob = container.read(name, size + HEADER)
    tensors, facts = unpack(blob)
    load(Assembly(assembly.network, assembly.stages), tensors)
    Preparation.read(facts)
    if not facts.get("step", "").isdecimal():
        raise Problem("These weights do not say of which step they are.", ("weights",))
    return blob


def _checkpoint(container: Container, assembly: Assembly, job: Job, steps: int) -> bytes | None:
    if not container.holds(CHECKPOINT):
        return None
    parameters = sum(parameter.numel() for parameter in assembly.module.parameters())
    blob = container.read(CHECKPOINT, 4 * STATES * max(parameters, 1_000) + HEADER)
    place, tensors, random = checkpoint.unpack(blob, job.describe())
    with reading("checkpoint"):
        TypeAdapter(checkpoint.Place).validate_python(asdict(place))
    try:
        checkpoint.weights(blob)
    except RuntimeError as error:
        raise Problem("This full state is of another network.", ("checkpoint",)) from error
    numbers = [place.lr, place.seconds]
    if not 0 <= place.step <= steps or not all(map(math.isfinite, numbers)) or not tensors or not random:
        raise Problem("This full state tells numbers that its job cannot lead to.", ("checkpoint",))
    return blob
