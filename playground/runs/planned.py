"""What a job's learning rate will do, and what its images are for, over HTTP: the page draws it before."""

from typing import Any

from ninja import Body, Field, Router, Schema

from playground.accounts.identity import Asked, Reader
from playground.rates import count
from playground.runs.jobs import read_job

router = Router(tags=["runs"])


class Parts(Schema):
    """How many images there are for what; where classes are rare, about."""

    training: int = Field(description="In an epoch.")
    validation: int
    test: int


class Planned(Schema):
    """A learning rate as it is planned, and how the images are divided."""

    first: int = Field(description="The step of the first number.")
    every: int = Field(description="Steps from one number to the next.")
    lr: list[float] = Field(description="At most 400 numbers.")
    images: Parts


@router.post("/schedule", auth=Reader(), response=Planned)
def schedule(request: Asked, given: Body[dict[str, Any]]) -> Any:
    """The learning rate that a job would have, as far as it does not follow its losses, and its images."""
    from trainer.job import Job  # here: these load PyTorch, and the web must answer before that
    from trainer.planned import planned_images, planned_rates

    count("estimates", request)
    job = Job.read(read_job(given).job)
    return {**planned_rates(job), "images": planned_images(job)}
