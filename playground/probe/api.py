"""Pictures, predictions and samples over HTTP."""

import base64
import binascii
from typing import Any

from django.conf import settings
from ninja import Field, Query, Router, Schema

from playground.accounts.identity import Asked, Reader
from playground.incoming import read_json
from playground.probe.access import Access
from playground.probe.looking import in_looking_thread, in_sampling_thread
from playground.rates import count
from trainer.problems import Problem

router = Router(tags=["digits"])

_IMAGE = {"type": "string", "format": "binary", "description": "PNG, JPEG or WebP"}
_CHOICE = {
    "run": {"type": "string", "description": "The id of a run: its newest weights are used."},
    "network": {"type": "string", "description": "The id of a saved network, or `ready` (the default)."},
}


def _takes(properties: dict[str, Any]) -> dict[str, Any]:
    encoded = {"type": "string", "format": "byte", "description": "The image as base64."}
    multipart = {"type": "object", "required": ["image"], "properties": {"image": _IMAGE, **properties}}
    as_json = {"type": "object", "required": ["image"], "properties": {"image": encoded, **properties}}
    content = {"multipart/form-data": {"schema": multipart}, "application/json": {"schema": as_json}}
    return {"requestBody": {"required": True, "content": content}}


class Prediction(Schema):
    """What a network says about an image."""

    digit: int | None = Field(description="Null where the image holds no ink, or the network gives no row.")
    probabilities: list[float] | None
    answer: dict[str, Any] | None = Field(
        description="Of a run with another task than classes: yes and chance, value and unit, or picture."
    )
    picture: str = Field(description="What the network received: base64 of 28 × 28 bytes, 255 is ink.")


class Sketched(Schema):
    """The picture that a network receives for an image."""

    picture: str = Field(description="Base64 of 28 × 28 bytes, 255 is ink.")
    fitted: str = Field(description="Base64 of 20 × 20 bytes: the ink before it was moved to the middle.")
    box: tuple[float, float, float, float] | None = Field(
        description="Where the ink lay: x, y, width, height."
    )
    blank: bool


class Sample(Schema):
    """A digit of a data set."""

    picture: str = Field(description="Base64 of 28 × 28 bytes, 255 is ink.")
    label: int


class Plane(Schema):
    """A data set of the plane, and how it is to be split."""

    dataset: dict[str, Any] = Field(description="As a job says it: a kind, and its fields.")
    validation: int | None = Field(None, ge=1, le=1_000_000, description="Points kept apart; null: a tenth.")
    seed: int = Field(42, ge=0, lt=2**53, description="The seed that chooses those.")


class Points(Schema):
    """Points of a plane that goes from −edge to edge: rows of x, y and what is right there."""

    edge: float
    training: list[list[float]]
    validation: list[list[float]]


class Samples(Schema):
    """Digits that no network was trained on."""

    dataset: str = Field(description="Where they are from; another than asked for, where that can't be had.")
    samples: list[Sample]


@router.post("/predict", auth=Reader(), response=Prediction, openapi_extra=_takes(_CHOICE))
def predict(request: Asked) -> Any:
    """Recognises a digit in an image."""
    from playground.probe import predicting  # loads PyTorch

    count("predictions", request)
    image, fields = _sent(request)
    access = Access(request.auth)
    return in_looking_thread(
        predicting.predict, image, _text(fields, "run"), _text(fields, "network"), access
    )


@router.post("/sketch", auth=Reader(), response=Sketched, openapi_extra=_takes({}))
def sketch(request: Asked) -> Any:
    """Makes of an image the picture that a network receives."""
    from playground.probe import predicting  # loads PyTorch

    count("predictions", request)
    return in_looking_thread(predicting.sketch, _sent(request)[0])


@router.get("/samples", auth=Reader(), response=Samples)
def samples(
    request: Asked,
    dataset: str = Query("mnist", max_length=40),
    count: int = Query(6, ge=1, le=100),
    seed: int = Query(0, ge=0, lt=2**31),
) -> Any:
    """Digits to try: validation images of a data set, drawn by a seed."""
    from playground.probe.sampling import draw  # loads PyTorch

    return in_sampling_thread(draw, dataset, count, seed)


@router.post("/points", auth=Reader(), response=Points)
def points(request: Asked, plane: Plane) -> Any:
    """Points of a data set of the plane, up to 400 of each part, split as a job would. Nothing is kept."""
    from playground.probe import sampling  # loads PyTorch

    return in_sampling_thread(sampling.points, plane.dataset, plane.validation, plane.seed)


def _sent(request: Asked) -> tuple[bytes, dict[str, Any]]:
    """The image and the other fields, from a form or from JSON."""
    if request.content_type == "application/json":
        fields = _json(request.body)
        return _decoded(fields.get("image")), fields
    file = request.FILES.get("image")
    if file is None or isinstance(file, list):
        raise Problem("Send an image.", ("image",))
    if file.size is None or file.size > settings.UPLOAD_BYTES:
        raise Problem(
            f"An image may have {settings.UPLOAD_BYTES:,} bytes, this one {file.size:,}.", ("image",)
        )
    return file.read(), dict(request.POST.items())


def _json(body: bytes) -> dict[str, Any]:
    fields = read_json(body)
    if not isinstance(fields, dict):
        raise Problem("Send an object with an image.", ("image",))
    return fields


def _decoded(image: object) -> bytes:
    if not isinstance(image, str):
        raise Problem("Send the image as base64.", ("image",))
    try:
        return base64.b64decode(image.rpartition("base64,")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem("The image is not base64.", ("image",)) from error


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise Problem("This is an id, given as text.", (name,))
    return value
