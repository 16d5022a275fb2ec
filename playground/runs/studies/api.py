"""Studies over HTTP."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from ninja import Body, Field, Router, Schema, Status

from playground import live
from playground.accounts.identity import Asked, Maker, Owner, Reader
from playground.accounts.models import Person
from playground.rates import count
from playground.runs.jobs import refuse_large
from playground.runs.models import Run
from playground.runs.naming import read_name
from playground.runs.quotas import require_place
from playground.runs.studies.advancing import advance
from playground.runs.studies.describing import describe, progress
from playground.runs.studies.models import Study
from playground.runs.studies.reading import Planned, read_study, said

router = Router(tags=["studies"])


class Finalist(Schema):
    """One of the best trials and what its repeats with other seeds gave."""

    number: int
    mean: float
    spread: float | None = Field(description="Standard deviation; null with fewer than two seeds.")
    seeds: int


class StudyRow(Schema):
    """A study: runs that look for better settings of a job."""

    id: UUID
    name: str
    status: Literal["running", "stopped", "finished"]
    mine: bool
    shared: bool
    seq: int = Field(description="Counts every change.")
    made: int = Field(description="Trials so far.")
    group: UUID = Field(description="Of its runs.")
    estimate_seconds: float | None = Field(description="All trainings one after the other, none given up.")
    best: int | None = Field(description="The number of the trial to use.")
    finalists: list[Finalist]
    importances: dict[str, float] = Field(description="Field → its share in what made trials good.")
    created: datetime
    ended: datetime | None


class TrialRow(Schema):
    """One set of values and what its run told."""

    number: int = Field(description="From 0.")
    run: UUID | None
    values: dict[str, Any]
    seed: int
    repeats: int | None = Field(description="The trial that it repeats with another seed.")
    state: Literal["waiting", "running", "done", "pruned", "stopped", "diverged", "failed", "refused"]
    reports: list[tuple[int, float | None, float | None]] = Field(
        description="Epoch, validation loss, validation accuracy."
    )
    value: float | None = Field(description="What the study compares; null before its end.")
    seconds: float = Field(description="Of training.")
    reason: str = Field(description="Why it failed or was refused.")
    seq: int = Field(description="Of the study when this changed last.")


class WholeStudy(StudyRow):
    """A study with what it plans and all its trials."""

    plan: dict[str, Any] = Field(description="Everything needed to repeat it.")
    trials: list[TrialRow]


class Expected(Schema):
    """What to expect of a study."""

    trials: int = Field(description="Trainings it can come to.")
    seconds: float | None = Field(description="Of all of them one after the other, if none is given up.")
    said: str = Field(description="The same in a sentence.")


class TunableRow(Schema):
    """A field of a job that a study can change."""

    path: str
    owner: str = Field(description="Whose field it is, in words; empty for the job's own.")
    field: dict[str, Any] = Field(description="The field as the catalogue tells it.")
    now: Any = Field(description="Its value in the job.")
    values: dict[str, Any] = Field(description="A range to begin with.")
    usual: bool = Field(description="Whether a study changes it unless told otherwise.")


@router.get("", auth=Reader(), response=list[StudyRow])
def index(request: Asked) -> Any:
    """Your studies, the newest first."""
    return [progress(study, request.auth) for study in Study.objects.of(request.auth)[:100]]


@router.post("", auth=Maker(), response={201: WholeStudy})
def create(request: Asked, given: Body[dict[str, Any]]) -> Any:
    """Begins a study. Beside its fields (`job`, `space`, `sampler`, `pruner`, `runs` …) it takes a `name`."""
    count("runs", request)
    name = read_name(given.pop("name", ""))
    study = _begin(request.auth, read_study(given), name or "Untitled")
    advance(study)
    study.refresh_from_db()
    return Status(201, describe(study, request.auth))


@transaction.atomic
def _begin(owner: Person, planned: Planned, name: str) -> Study:
    Person.objects.select_for_update().get(pk=owner.pk)  # one after another, as with runs
    require_place(owner)
    plan = planned.plan.describe()
    return Study.objects.create(owner=owner, name=name, plan=plan, estimate=planned.estimate)


@router.post("/estimate", auth=Reader(), response=Expected)
def estimate(request: Asked, given: Body[dict[str, Any]]) -> Any:
    """How long a study would take here. Nothing is kept."""
    count("estimates", request)
    planned = read_study(given)
    return {"trials": planned.trials, "seconds": planned.estimate, "said": said(planned, len(live.workers()))}


@router.post("/fields", auth=Reader(), response=list[TunableRow])
def fields(request: Asked, given: Body[dict[str, Any]]) -> Any:
    """The fields of a job that a study can change, each with a range to begin with. Nothing is kept."""
    from trainer.job import Job  # here: these load PyTorch, and the web must answer before that
    from trainer.studies.space import tunables
    from trainer.studies.usual import around, usual

    count("estimates", request)
    refuse_large(given)
    job = Job.read(given)
    return [
        {
            **{name: getattr(one, name) for name in ("path", "owner", "field", "now")},
            "values": (usual(job, one.path) or around(job, one)).model_dump(exclude_none=True),
            "usual": usual(job, one.path) is not None,
        }
        for one in tunables(job)
    ]


@router.get("/{uuid:study}", auth=Reader(), response=WholeStudy)
def show(request: Asked, study: UUID) -> Any:
    """A study of yours, or one that was shared."""
    return describe(get_object_or_404(Study.objects.seen_by(request.auth), pk=study), request.auth)


@router.delete("/{uuid:study}", auth=Owner(), response={204: None})
def delete(request: Asked, study: UUID) -> Any:
    """Stops a study of yours and takes it away, with its runs."""
    _mine(request, study).delete_softly()
    return Status(204, None)


@router.post("/{uuid:study}/stop", auth=Owner(), response={202: StudyRow})
def stop(request: Asked, study: UUID) -> Any:
    """Ends a study of yours: what trains is stopped, nothing new begins."""
    mine = _mine(request, study)
    mine.stop()
    return Status(202, progress(mine, request.auth))


@router.post("/{uuid:study}/share", auth=Owner(), response=StudyRow)
def share(request: Asked, study: UUID) -> Any:
    """Lets everyone who has the link look at a study of yours and at its runs."""
    mine = _mine(request, study)
    with transaction.atomic():
        mine.change(shared=True)
        Run.objects.filter(group=mine.group).update(shared=True)
    mine.refresh_from_db()
    return progress(mine, request.auth)


def _mine(request: Asked, study: UUID) -> Study:
    return get_object_or_404(Study.objects.of(request.auth), pk=study)
