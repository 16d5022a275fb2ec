"""Jobs as they come from outside: read, bounded and checked before a run is made."""

import json
from typing import Any

from django.conf import settings

from trainer.problems import Problem


def read_job(given: dict[str, Any]) -> dict[str, Any]:
    """A job from JSON, whole and with its network named. Raises a Problem with its place."""
    from trainer.admission import admit  # here: these load PyTorch, and the web must answer before that
    from trainer.job import Job
    from trainer.network import Limits

    size = len(json.dumps(given))
    if size > settings.NETWORK_BYTES:
        raise Problem(f"This job is {size:,} bytes of JSON; this server takes {settings.NETWORK_BYTES:,}.")
    job = Job.read(given)
    if job.epochs > settings.EPOCHS_LIMIT:
        raise Problem(
            f"This server trains for at most {settings.EPOCHS_LIMIT:,} epochs, not {job.epochs:,}.",
            ("epochs",),
        )
    admit(job, Limits(**settings.RUN_LIMITS))
    return job.model_dump(mode="json")
