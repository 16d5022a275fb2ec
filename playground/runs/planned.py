"""What a job's learning rate will do, over HTTP: the page draws it before anything is trained."""

from typing import Any

from ninja import Body, Field, Router, Schema

from playground.accounts.identity import Asked, Reader
from playground.rates import count
from playground.runs.jobs import read_job

router = Router(tags=["runs"])


class Planned(Schema):
    """A learning rate as it is planned."""

    first: int = Field(description="The step of the first number.")
    every: int = Field(description="Steps from one number to the next.")
    lr: list[float] = Field(description="At most 400 numbers.")


@router.post("/schedule", auth=Reader(), response=Planned)
def schedule(request: Asked, given: Body[dict[str, Any]]) -> Any:
    """The learning rate that a job would have, as far as it does not follow its losses. Nothing is kept."""
    from trainer.job import Job  # here: these load PyTorch, and the web must answer before that
    from trainer.planned import planned_rates

    count("estimates", request)
    return planned_rates(Job.read(read_job(given).job))
