"""Jobs as they come from outside: read, bounded and checked before a run is made."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from playground.runs.durations import duration
from playground.runs.estimating import correction
from playground.runs.purposes import Purpose
from trainer.problems import Problem

if TYPE_CHECKING:
    from trainer.estimate import Needs

MINUTE = 60.0


@dataclass(frozen=True)
class Admitted:
    """A job that this server takes. `forecast` follows from the job alone, `estimate` also from past runs."""

    purpose: Purpose
    job: dict[str, Any]
    needs: "Needs"
    forecast: float | None  # seconds; None while this machine's speed is not known
    estimate: float | None

    def fields(self) -> dict[str, Any]:
        """What a run keeps of it."""
        return {
            "purpose": self.purpose,
            "memory": self.needs.memory,
            "stored": self.needs.stored,
            "likeness": self.needs.likeness,
            "steps": self.needs.steps,
            "forecast": self.forecast,
            "estimate": self.estimate,
        }


def read_job(given: dict[str, Any], purpose: Purpose = Purpose.TRAIN) -> Admitted:
    """A job from JSON, whole and with its network named, and what a run of it will need for this purpose.

    Raises a Problem with its place.
    """
    from trainer.admission import admit  # here: these load PyTorch, and the web must answer before that
    from trainer.assembly import Limits
    from trainer.job import Job
    from trainer.speeds import known_speeds

    refuse_large(given)
    job = Job.read(given)
    if job.epochs > settings.EPOCHS_LIMIT:
        raise Problem(
            f"This server trains for at most {settings.EPOCHS_LIMIT:,} epochs, not {job.epochs:,}.",
            ("epochs",),
        )
    assembly = admit(job, Limits(**settings.RUN_LIMITS))
    needed = purpose.work.needs(job, assembly)
    _refuse_long_epochs(needed.flops)
    speeds = known_speeds(settings.HOME) if job.device != "cuda" else None
    forecast = purpose.work.seconds(job, assembly, speeds) if speeds else None
    estimate = forecast * correction(needed.likeness) if forecast else None
    _refuse_long_runs(estimate)
    return Admitted(purpose, job.model_dump(mode="json"), needed, forecast, estimate)


def refuse_large(given: dict[str, Any]) -> None:
    """A Problem where a job is more JSON than this server reads."""
    size = len(json.dumps(given))
    if size > settings.NETWORK_BYTES:
        raise Problem(f"This job is {size:,} bytes of JSON; this server takes {settings.NETWORK_BYTES:,}.")


def _refuse_long_epochs(flops: int) -> None:
    if flops > settings.EPOCH_FLOPS_LIMIT:
        raise Problem(
            f"An epoch of this job is {flops / 1e12:,.1f} trillion operations; this server takes "
            f"{settings.EPOCH_FLOPS_LIMIT / 1e12:,.1f}. A smaller network or fewer images help.",
            ("network",),
        )


def _refuse_long_runs(estimate: float | None) -> None:
    if estimate and estimate > settings.MINUTES_LIMIT * MINUTE:
        raise Problem(
            f"This would train for {duration(estimate)} on this server, which takes runs of at most "
            f"{settings.MINUTES_LIMIT:,} min. Fewer epochs help.",
            ("epochs",),
        )
