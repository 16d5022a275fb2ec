"""The ready network: trained already, part of the program, so that the first stroke is recognised."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import trainer

FOLDER = Path(trainer.__file__).parent / "ready"


@cache
def ready_network() -> dict[str, Any]:
    """The network, every layer named."""
    from trainer.job import Job  # loads PyTorch

    network: dict[str, Any] = Job.read(json.loads((FOLDER / "job.json").read_text())).network.describe()
    return network


def ready_weights() -> bytes:
    """Its weights, as safetensors."""
    return (FOLDER / "weights.safetensors").read_bytes()


@cache
def ready_facts() -> dict[str, Any]:
    """What the page says about it: `name`, `trained_on`, `accuracy` on MNIST's test set, `command`."""
    facts: dict[str, Any] = json.loads((FOLDER / "facts.json").read_text())
    return facts
