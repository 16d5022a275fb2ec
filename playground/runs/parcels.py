"""Whole runs as files over HTTP: taken from here, and brought here from another playground."""

import json
import tempfile
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.http import FileResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Status

from playground.accounts.identity import Asked, Maker, Reader
from playground.accounts.models import Person
from playground.rates import count
from playground.runs import archive
from playground.runs.api import RunRow
from playground.runs.describing import describe
from playground.runs.jobs import refuse_large
from playground.runs.models import Event, Run
from playground.runs.models import Status as RunStatus
from playground.runs.purposes import Purpose
from playground.runs.quotas import require_storage
from playground.statics import pieces
from trainer.problems import Problem

if TYPE_CHECKING:
    from trainer.parcel import Parcel

router = Router(tags=["runs"])
EVENTS_AT_ONCE = 1_000
SHARE = 0.9  # of what a body may have, so that the file comes in again
IN_MEMORY = 1_000_000  # bytes; larger files are written to disk before they are sent
_BODY = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


@router.get("/{uuid:run}/file", auth=Reader(), response={200: bytes})
def file(request: Asked, run: UUID) -> Any:
    """A whole run as one file, which another playground imports: job, transcript, weights, full state."""
    from trainer.parcel import write  # loads PyTorch

    count("exports", request)
    seen = get_object_or_404(Run.objects.seen_by(request.auth), pk=run)
    if seen.purpose != Purpose.TRAIN or seen.status in (RunStatus.QUEUED, RunStatus.RUNNING):
        raise Problem("This run is still under way: pause or stop it, then take it away.", ("run",))
    packed = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed once it is sent)
    write(packed, _contents(seen), name=seen.name, origin=request.get_host()[:200], run=str(seen.pk))
    packed.seek(0)
    return _sent(request, packed, f"run-{str(seen.pk)[:8]}.zip")


@router.post("/import", auth=Maker(), response={201: RunRow}, openapi_extra={"requestBody": _BODY})
def bring(request: Asked) -> Any:
    """Makes a run of yours of the file of one, as `GET /api/runs/{run}/file` gives it: the body, as it is.

    It is as it was there: its curves, its weights; a paused one goes on from where it rested.
    """
    from trainer.assembly import Limits  # these load PyTorch
    from trainer.parcel import open_parcel

    count("runs", request)
    limits = Limits(**settings.RUN_LIMITS)
    parcel = open_parcel(request.body, limits, refuse_large, settings.KEYFRAME_BYTES)
    run = keep(request.auth, parcel)
    return Status(201, describe(run, request.auth))


def keep(owner: Person, parcel: "Parcel") -> Run:
    """Stores a run from elsewhere, whole or not at all."""
    from trainer.estimate import needs
    from trainer.events import Imported

    told = [*parcel.events, Imported(origin=parcel.origin, run=parcel.run).describe()]
    needed, now = needs(parcel.job, parcel.assembly), timezone.now()
    fields = {"memory": needed.memory, "likeness": needed.likeness, "steps": needed.steps}
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=owner.pk)  # one after another: quotas are counted
        require_storage(owner, parcel.bytes)
        run = Run.objects.create(
            owner=owner, name=parcel.name, job=parcel.job.model_dump(mode="json"), status=parcel.status,
            step=parcel.step, seq=len(told), stored=parcel.bytes, device=_device(parcel), started=now,
            ended=None if parcel.status == RunStatus.PAUSED else now, **fields,
        )  # fmt: skip
        rows = (
            Event(run=run, seq=at, kind=event["kind"], body={"seq": at, **event})
            for at, event in enumerate(told, 1)
        )
        Event.objects.bulk_create(rows, batch_size=EVENTS_AT_ONCE)
        _keep_files(run.pk, parcel)
    return run


def _keep_files(run: UUID, parcel: "Parcel") -> None:
    """Last, and inside the transaction: without these there is no run, and without the run they are swept."""
    for step, blob in parcel.keyframes.items():
        archive.keep_keyframe(run, step, blob, settings.KEYFRAME_BYTES)
    if parcel.checkpoint is not None:
        archive.keep_checkpoint(run, parcel.step, parcel.checkpoint)
    if parcel.weights is not None:
        archive.keep_weights(run, parcel.weights)


def _device(parcel: "Parcel") -> str:
    devices = [event["device"] for event in parcel.events if event["kind"] == "started"]
    return str(devices[-1])[:20] if devices else ""


def _contents(run: Run) -> dict[str, bytes]:
    """The files of a run by their names in a parcel."""
    from trainer.parcel import container

    found = {container.JOB: _json(run.job), container.TRANSCRIPT: _transcript(run)}
    weights = archive.weights(run.pk)
    if weights is not None:
        found[container.WEIGHTS] = weights
    kept = archive.newest_checkpoint(run.pk) if run.status == RunStatus.PAUSED else None
    if kept:
        found[container.CHECKPOINT] = kept[1]
    return found | _keyframes(run, sum(map(len, found.values())))


def _keyframes(run: Run, others: int) -> dict[str, bytes]:
    """As many as fit into what a server takes beside the other files; numbers hardly pack any smaller."""
    from trainer.keyframes import thinned
    from trainer.parcel import container

    found: dict[str, bytes] = {}
    steps = archive.keyframe_steps(run.pk)
    size = len(archive.keyframe(run.pk, steps[0]) or b"") if steps else 0
    fits = int(SHARE * settings.BODY_BYTES - others) // size if size else 0
    for step in thinned(steps, min(fits, container.MOST_KEYFRAMES)) if fits >= 2 else []:
        blob = archive.keyframe(run.pk, step)
        if blob is not None:  # it may have been let go meanwhile
            found[container.keyframe(step)] = blob
    return found


def _transcript(run: Run) -> bytes:
    lines = BytesIO()
    for body in run.events.values_list("body", flat=True).iterator(EVENTS_AT_ONCE):
        lines.write(_json(body) + b"\n")
    return lines.getvalue()


def _json(thing: dict[str, Any]) -> bytes:
    return json.dumps(thing, ensure_ascii=False).encode()


def _sent(request: Asked, packed: IO[bytes], name: str) -> StreamingHttpResponse:
    answer = FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")
    if isinstance(request, ASGIRequest):  # else Django would read it into memory whole, and warn of it
        answer.streaming_content = pieces(packed)
    return answer
