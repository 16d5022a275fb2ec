"""Trained networks to take away, over HTTP: weights, script, ONNX, and a page that works without a server."""

from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from playground.accounts.identity import Asked, Reader
from playground.probe.looking import in_sampling_thread
from playground.rates import count
from playground.runs.api import newest_weights
from playground.runs.models import Run

if TYPE_CHECKING:
    from trainer.export.trained import File, Trained

router = Router(tags=["runs"])


class Form(Schema):
    """What to take a network away as."""

    form: Literal["pocket", "pytorch", "safetensors", "onnx", "keras"] = Field(
        "pocket",
        alias="as",
        description="`pocket`: one HTML file that needs no server; `pytorch`, `keras`: script and weights.",
    )


@router.get("/runs/{uuid:run}/export", auth=Reader(), response={200: bytes, 404: dict[str, str]})
def of_run(request: Asked, run: UUID, wish: Query[Form]) -> Any:
    """The network of a run with its newest weights, as a file for elsewhere."""
    count("exports", request)
    seen = get_object_or_404(Run.objects.seen_by(request.auth), pk=run)
    blob = newest_weights(seen.pk)
    if blob is None:
        return Status(404, {"detail": "This run has no weights yet."})
    return _sent(in_sampling_thread(_taken, wish.form, lambda: _trained(seen, blob)))


@router.get("/ready/export", auth=Reader(), response={200: bytes})
def of_ready(request: Asked, wish: Query[Form]) -> Any:
    """The trained network that comes with the program, as a file for elsewhere."""
    count("exports", request)
    return _sent(in_sampling_thread(_taken, wish.form, _ready))


def _taken(form: str, find: Any) -> "File":
    from trainer.export.trained import taken  # loads PyTorch

    return taken(form, find())


def _trained(run: Run, blob: bytes) -> "Trained":
    from trainer.export.trained import Trained
    from trainer.job import Job

    job = Job.read(run.job)
    return Trained(job, blob, run.name, f"{run.step:,} steps on {job.dataset.label}")


def _ready() -> "Trained":
    from trainer import ready
    from trainer.export.trained import Trained

    facts = ready.facts()
    return Trained(ready.job(), ready.weights(), facts["name"], f"trained on {facts['trained_on']}")


def _sent(file: "File") -> HttpResponse:
    answer = HttpResponse(file.content, content_type=file.type)
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer
