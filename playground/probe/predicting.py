"""Predictions and pictures without a socket. Imported by the looking threads."""

import base64
from typing import Any
from uuid import UUID

from playground.probe.access import Access
from playground.probe.weights import Initial, OfRun, Ready, find_probe
from trainer.aim import Aim
from trainer.problems import Problem
from trainer.sketch import from_image


def predict(image: bytes, run: str | None, network: str | None, access: Access) -> dict[str, Any]:
    """What a network says about an image: one of a run, one that was saved (untrained), or the ready one."""
    weights, draft = _chosen(run, network, access)
    probe, _ = find_probe(draft, weights, access)
    sketch = from_image(image)
    look = probe.look(sketch.picture)
    aim = Aim.read(access.run(weights.run).job if isinstance(weights, OfRun) else {})
    answer = aim.task.said(look.output, aim.loss)
    return {
        "digit": None if sketch.blank or answer else look.digit,
        "probabilities": None if answer else look.probabilities,
        "answer": answer,
        "picture": _base64(sketch.picture.tobytes()),
    }


def sketch(image: bytes) -> dict[str, Any]:
    """The picture that a network receives for an image."""
    made = from_image(image)
    return {
        "picture": _base64(made.picture.tobytes()),
        "fitted": _base64(made.fitted.tobytes()),
        "box": made.box,
        "blank": made.blank,
    }


def _chosen(run: str | None, network: str | None, access: Access) -> tuple[Initial | Ready | OfRun, Any]:
    if run and network:
        raise Problem("Choose a run or a network, not both.", ("network",))
    if run:
        return OfRun(kind="run", run=_uuid(run, "run")), None
    if network in (None, "", "ready"):
        return Ready(kind="ready"), None
    return Initial(kind="initial", seed=42), access.network(_uuid(str(network), "network"))


def _uuid(text: str, where: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Problem("There is no such thing, or it is not yours to see.", (where,)) from error


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
