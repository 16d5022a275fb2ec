"""The ready network: trained already, so that the first stroke on a fresh install is recognised.

`weights.safetensors` is what `facts.json`'s command leaves behind for `job.json`, with PyTorch 2.13.0
on one CPU thread; `accuracy` is that of its `finished` event on MNIST's test set.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from trainer.job import Job
from trainer.network import Network

_FOLDER = Path(__file__).parent


@cache
def job() -> Job:
    """The job that it was trained by."""
    return Job.read(json.loads((_FOLDER / "job.json").read_text(encoding="utf-8")))


def network() -> Network:
    """The network, every layer named."""
    return job().network


def weights() -> bytes:
    """Its weights, as safetensors."""
    return (_FOLDER / "weights.safetensors").read_bytes()


@cache
def facts() -> dict[str, Any]:
    """What a page says about it: `name`, `trained_on`, `accuracy` on MNIST's test set, `command`."""
    told: dict[str, Any] = json.loads((_FOLDER / "facts.json").read_text(encoding="utf-8"))
    return told
