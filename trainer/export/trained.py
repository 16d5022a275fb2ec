"""What a trained network can be taken away as: files for other programs, and one for no program at all."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from trainer.export.keras import WEIGHTS as WEIGHTS_OF_KERAS
from trainer.export.keras import keras_script, keras_weights
from trainer.export.onnx import onnx
from trainer.export.pocket import pocket
from trainer.export.script import pytorch_script
from trainer.job import Job
from trainer.network import Network
from trainer.preparation import Preparation
from trainer.problems import Problem
from trainer.weights import unpack

WEIGHTS = "weights.safetensors"
PLAIN = ("pocket", "onnx", "keras")  # these give pictures to the network as they come
_MADE = (2020, 1, 1, 0, 0, 0)  # the same content, the same bytes


@dataclass(frozen=True)
class Trained:
    """A job with weights that it led to, as safetensors; what it is called, and a sentence about it."""

    job: Job
    blob: bytes
    name: str = "My network"
    told: str = ""

    @property
    def network(self) -> Network:
        return self.job.network

    @cached_property
    def tensors(self) -> Mapping[str, Tensor]:
        """The weights by name. Raises a Problem where they are none."""
        return unpack(self.blob)[0]

    @cached_property
    def facts(self) -> Mapping[str, str]:
        """What the weights say of themselves. Raises a Problem where they are none."""
        return unpack(self.blob)[1]

    @property
    def preparation(self) -> Preparation:
        """How its pictures are prepared."""
        return Preparation.read(unpack(self.blob)[1])

    @property
    def stem(self) -> str:
        """Its name as the beginning of a file's."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:40] or "network"


@dataclass(frozen=True)
class File:
    """A file to take away."""

    name: str
    type: str
    content: bytes


def _safetensors(trained: Trained) -> File:
    return File(f"{trained.stem}.safetensors", "application/octet-stream", trained.blob)


def _pytorch(trained: Trained) -> File:
    script = pytorch_script(trained.job, weights=WEIGHTS)
    return _together(trained, {"network.py": script.text.encode(), WEIGHTS: trained.blob})


def _keras(trained: Trained) -> File:
    script = keras_script(trained.network, weights=WEIGHTS_OF_KERAS, preparation=trained.preparation)
    weights = keras_weights(trained.network, trained.tensors)
    return _together(trained, {"network.py": script.text.encode(), WEIGHTS_OF_KERAS: weights})


def _onnx(trained: Trained) -> File:
    content = onnx(trained.network, trained.tensors, trained.preparation)
    return File(f"{trained.stem}.onnx", "application/octet-stream", content)


def _pocket(trained: Trained) -> File:
    page = pocket(trained.network, trained.tensors, trained.name, trained.told, trained.preparation)
    return File(f"{trained.stem}.html", "text/html; charset=utf-8", page.encode())


def _together(trained: Trained, files: dict[str, bytes]) -> File:
    """Several files as one archive, in a folder of their own."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{trained.stem}/{name}", _MADE), content)
    return File(f"{trained.stem}.zip", "application/zip", packed.getvalue())


FORMS: dict[str, Callable[[Trained], File]] = {
    "pocket": _pocket,
    "pytorch": _pytorch,
    "safetensors": _safetensors,
    "onnx": _onnx,
    "keras": _keras,
}


def taken(form: str, trained: Trained) -> File:
    """The file of this form, one of FORMS. Raises the Problem of what it cannot hold."""
    if form in PLAIN and Preparation.read(trained.facts):
        message = (
            "This network learned from prepared pictures (standardized, or with their pixels mixed up); a "
            f"file as {form} cannot say that. As pytorch or safetensors it can be taken along."
        )
        raise Problem(message, ("as",))
    return FORMS[form](trained)
