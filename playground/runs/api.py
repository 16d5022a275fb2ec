"""Runs over HTTP."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Body, Field, Query, Router, Schema, Status
from ninja.errors import HttpError

from playground import live
from playground.accounts.identity import Asked, Maker, Owner, Reader
from playground.networks.models import SavedNetwork
from playground.rates import count
from playground.runs import archive
from playground.runs.describing import Standing, describe, describe_under_way, foretell_job
from playground.runs.jobs import read_job
from playground.runs.launching import launch, read_group
from playground.runs.models import Run
from playground.runs.naming import read_name
from playground.runs.purposes import Purpose
from playground.runs.quotas import require_place
from trainer.problems import Problem

router = Router(tags=["runs"])
PAGE = 1_000
FOR_THOSE_IN_CHARGE = ("stop", "ahead")


class RunRow(Schema):
    """A run: one execution of a job."""

    id: UUID
    name: str
    purpose: Literal["train", "find_rate"]
    status: Literal["queued", "running", "paused", "stopped", "finished", "diverged", "failed"]
    job: dict[str, Any] = Field(description="Everything needed to repeat the training.")
    mine: bool
    shared: bool
    place: int | None = Field(description="Place in the queue, 1 = next; null if it does not wait.")
    seq: int = Field(description="Number of the last event.")
    step: int = Field(description="Batches told of.")
    device: str = Field(description="Where it trains; empty before it began.")
    wait_seconds: int | None = Field(description="Estimated until it starts; null if it does not wait.")
    estimate_seconds: float | None = Field(description="Of its own training, as estimated before it began.")
    group: UUID | None = Field(description="Runs of one group take one turn together.")
    pause_reason: str | None = Field(description="Why the server paused it; then it goes on by itself.")
    created: datetime
    started: datetime | None
    ended: datetime | None


class Keyframes(Schema):
    """Weights that were kept on the way."""

    steps: list[int] = Field(description="Growing. A look names one of them, or 0, as its step.")


class Foretold(Schema):
    """What to expect of a job."""

    seconds: float | None = Field(description="Of its own training; null where that is not known yet.")
    place: int = Field(description="In the queue, 1 = next.")
    wait_seconds: int | None = Field(description="Until it starts.")
    said: str = Field(description="The same in a sentence.")


class UnderWay(Schema):
    """A run that waits, trains or pauses, as those in charge see it."""

    id: UUID
    name: str
    purpose: Literal["train", "find_rate"]
    person: str = Field(description="Whose it is.")
    status: Literal["queued", "running", "paused"]
    place: int | None = Field(description="Place in the queue, 1 = next; null if it does not wait.")
    wait_seconds: int | None = Field(description="Estimated until it starts; null if it does not wait.")
    step: int = Field(description="Batches told of.")
    steps: int = Field(description="Of the whole training; 0 where that is not known.")
    device: str = Field(description="Where it trains; empty before it began.")
    pause_reason: str | None = Field(description="Why the server paused it; then it goes on by itself.")


class Page(Schema):
    """A part of a transcript."""

    events: list[dict[str, Any]] = Field(description="At most 1,000, in order, each with its seq and kind.")
    last: int = Field(description="The seq to ask after for the next page.")


class Asking(Schema):
    """Something asked of a run."""

    kind: Literal["pause", "resume", "stop", "set_lr", "test", "ahead"] = Field(
        description="`ahead`, to the front of the queue, and `stop` of anybody's run are for staff."
    )
    lr: float | None = Field(
        None, gt=0, le=100, allow_inf_nan=False, description="The new learning rate, for set_lr."
    )


@router.get("", auth=Reader(), response=list[RunRow])
def index(request: Asked) -> Any:
    """Your trainings, the newest first."""
    standing = Standing()
    runs = Run.objects.of(request.auth).trainings().but_trials()[:100]
    return [describe(run, request.auth, standing) for run in runs]


@router.post("", auth=Maker(), response={201: RunRow})
def create(request: Asked, given: Body[dict[str, Any]]) -> Any:
    """Puts a job into the queue. Beside the job's fields it takes `name`, `saved_network` (an id) and
    `group` ("new", or the id of one of yours)."""
    count("runs", request)
    name = read_name(given.pop("name", ""))
    saved = _saved_network(request, given.pop("saved_network", None))
    group = read_group(request.auth, given.pop("group", None))
    run = launch(request.auth, read_job(given), name or (saved.name if saved else "Untitled"), saved, group)
    return Status(201, describe(run, request.auth))


@router.post("/find-rate", auth=Maker(), response={201: RunRow})
def find_rate(request: Asked, given: Body[dict[str, Any]]) -> Any:
    """Looks for a learning rate for a job, which it takes with a `name`: a run that tries growing rates.

    It waits, is followed and is stopped like every run; its last event is `suggested`. Nothing of it is kept
    but its transcript, and that for a day.
    """
    count("runs", request)
    name = read_name(given.pop("name", ""))
    run = launch(request.auth, read_job(given, Purpose.FIND_RATE), name or "Untitled")
    return Status(201, describe(run, request.auth))


@router.post("/estimate", auth=Reader(), response=Foretold)
def estimate(request: Asked, given: Body[dict[str, Any]]) -> Any:
    """How long a job would take and wait, if it were put into the queue now. Nothing is kept."""
    count("estimates", request)
    return foretell_job(request.auth, read_job(given))


@router.get("/under-way", auth=Reader(), response=list[UnderWay])
def under_way(request: Asked) -> Any:
    """Everybody's runs that have not ended, for those in charge: what trains, what waits, what pauses."""
    if not _is_in_charge(request):
        raise HttpError(403, "Only someone in charge of this server sees what everybody trains.")
    return describe_under_way()


@router.get("/{uuid:run}", auth=Reader(), response=RunRow)
def show(request: Asked, run: UUID) -> Any:
    """A run of yours, or one that was shared."""
    return describe(_seen(request, run), request.auth)


@router.delete("/{uuid:run}", auth=Owner(), response={204: None})
def delete(request: Asked, run: UUID) -> Any:
    """Stops a run of yours and takes it away."""
    _mine(request, run).delete_softly()
    return Status(204, None)


@router.post("/{uuid:run}/share", auth=Owner(), response=RunRow)
def share(request: Asked, run: UUID) -> Any:
    """Lets everyone who has the link look at a run of yours."""
    mine = _mine(request, run)
    mine.share()
    return describe(mine, request.auth)


@router.get("/{uuid:run}/events", auth=Reader(), response=Page)
def events(request: Asked, run: UUID, after: int = Query(0, ge=0, le=2**31 - 1)) -> Any:
    """The transcript after event number `after`, which is not contained; empty at the end."""
    found = _seen(request, run).transcript(after, PAGE)
    return {"events": found, "last": found[-1]["seq"] if found else after}


@router.post("/{uuid:run}/commands", auth=Owner(), response={202: RunRow})
def commands(request: Asked, run: UUID, asking: Asking) -> Any:
    """Asks something of a run of yours; what comes of it is told in its transcript.

    Someone in charge may stop any run, or move it to the front of the queue.
    """
    if asking.kind == "set_lr" and asking.lr is None:
        raise Problem("Say the new learning rate.", ("lr",))
    asked = _commanded(request, run, asking.kind)
    if asking.kind == "resume":
        require_place(request.auth, asked.group, but=asked.pk)
    asked.ask(asking.kind, asking.lr)
    return Status(202, describe(asked, request.auth))


@router.get("/{uuid:run}/keyframes", auth=Reader(), response=Keyframes)
def keyframes(request: Asked, run: UUID) -> Any:
    """The steps whose weights are kept, to look back at."""
    return {"steps": archive.keyframe_steps(_seen(request, run).pk)}


@router.get("/{uuid:run}/weights", auth=Reader(), response={200: bytes, 404: dict[str, str]})
def weights(request: Asked, run: UUID) -> Any:
    """The newest weights there are, as safetensors."""
    seen = _seen(request, run)
    blob = newest_weights(seen.pk)
    if blob is None:
        return Status(404, {"detail": "This run has no weights yet."})
    answer = HttpResponse(blob, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{seen.pk}.safetensors"'
    return answer


def newest_weights(run: UUID) -> bytes | None:
    """Those with which a run ended, else those that its worker lays out."""
    kept = archive.weights(run)
    if kept is not None:
        return kept
    fresh = live.newest_weights(run)
    return fresh[1] if fresh else None


def _saved_network(request: Asked, given: object) -> SavedNetwork | None:
    if given is None:
        return None
    try:
        found = SavedNetwork.objects.seen_by(request.auth).filter(pk=UUID(str(given))).first()
    except ValueError:
        found = None
    if found is None:
        raise Problem("There is no such network of yours.", ("saved_network",))
    return found


def _commanded(request: Asked, run: UUID, kind: str) -> Run:
    if _is_in_charge(request) and kind in FOR_THOSE_IN_CHARGE:
        return get_object_or_404(Run, pk=run, deleted=None)
    mine = _mine(request, run)
    if kind == "ahead":
        raise Problem("Only someone in charge of this server can move a run up.", ("kind",))
    return mine


def _is_in_charge(request: Asked) -> bool:
    return bool(request.auth.is_authenticated and request.auth.is_staff)


def _mine(request: Asked, run: UUID) -> Run:
    return get_object_or_404(Run.objects.of(request.auth), pk=run)


def _seen(request: Asked, run: UUID) -> Run:
    return get_object_or_404(Run.objects.seen_by(request.auth), pk=run)
