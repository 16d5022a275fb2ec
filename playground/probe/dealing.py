"""What a training receives, over HTTP: before it begins one sees what its data settings do."""

from typing import Any

from ninja import Body, Field, Query, Router, Schema

from playground.accounts.identity import Asked, Reader
from playground.probe.looking import in_sampling_thread
from playground.rates import count
from playground.runs.jobs import read_job

router = Router(tags=["data"])
TRIED = 9


class Tried(Schema):
    """A digit and how it may come to a training."""

    before: str = Field(description="The digit itself: base64 of 28 × 28 bytes, 255 is ink.")
    label: int | None = Field(description="Its class, where it was taken from the data set.")
    pictures: list[str] = Field(description="How it may come: each base64 of 28 × 28 bytes.")


class Trying(Schema):
    """A digit and what is done to it."""

    augmentation: list[Any] = Field(description="As in a job.", max_length=100)
    strokes: list[Any] | None = Field(None, description="Pen strokes, as a look has them.", max_length=2_000)
    picture: str | None = Field(None, description="Or base64 of 28 × 28 bytes, 255 is ink.", max_length=2_000)
    dataset: str = Field("mnist", description="Where a digit is from if none was sent.", max_length=40)
    seed: int = Field(0, ge=0, lt=2**31, description="Another seed, other chances.")


class Dealt(Schema):
    """A batch as the first layer receives it."""

    batches: int = Field(description="In an epoch of this job.")
    images: int = Field(description="In this batch.")
    training: int = Field(description="Images of an epoch.")
    validation: int = Field(description="Images kept apart to check.")
    test: int = Field(description="Images of the test set.")
    shape: list[int] = Field(description="Of one picture: channels, height, width.")
    labels: list[float] = Field(description="What the training takes to be right.")
    pictures: list[str] = Field(description="Each base64 of float32 numbers, little endian.")


class Wish(Schema):
    """Which batch, and which of its pictures."""

    epoch: int = Field(1, ge=1, le=1_000)
    batch: int = Field(1, ge=1, le=10_000_000, description="From 1.")
    first: int = Field(0, ge=0, le=10_000, description="The first picture that is told.")
    count: int = Field(64, ge=1, le=100, description="Pictures that are told, at most.")


@router.post("/augmented", auth=Reader(), response=Tried)
def augmented(request: Asked, trying: Trying) -> Any:
    """Nine ways in which a digit may come to a training that augments. Nothing is kept."""
    from playground.probe import dealt  # loads PyTorch, and the web must answer before that

    count("previews", request)
    return in_sampling_thread(dealt.augmented, trying.dict(), TRIED)


@router.post("/batch", auth=Reader(), response=Dealt)
def batch(request: Asked, given: Body[dict[str, Any]], wish: Query[Wish]) -> Any:
    """The pictures and labels of a batch that a training of this job receives. Nothing is kept."""
    from playground.probe import dealt  # these load PyTorch
    from trainer.job import Job

    count("previews", request)
    job = Job.read(read_job(given).job)
    return in_sampling_thread(dealt.batch, job, wish.epoch, wish.batch, wish.first, wish.count)
