"""Which network with which weights a look is for, and the probes that are kept ready.

Imported by the looking threads: it loads PyTorch.
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

from playground import live
from playground.probe.access import Access, SeenRun
from playground.runs import archive
from playground.shelf import Shelf
from trainer import checkpoint, ready
from trainer.assembly import Limits
from trainer.network import Network
from trainer.preparation import Preparation
from trainer.probe import Probe
from trainer.problems import Problem
from trainer.weights import unpack

KEPT_WITH_IT = 20_000  # bytes of a layer beside its weights, roughly: its modules, its text, its shapes


class Initial(BaseModel):
    """The untrained network: step 0 of a run with this seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["initial"]
    seed: int = Field(42, ge=0, lt=2**63)


class Ready(BaseModel):
    """The trained network that comes with the program."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["ready"]


class OfRun(BaseModel):
    """The newest weights of a run, or those of a step."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["run"]
    run: UUID
    step: int | None = Field(None, ge=0)


Found = tuple[Probe, dict[str, Any]]  # and what the frame says about its weights


def require_access(weights: Initial | Ready | OfRun, access: Access) -> None:
    """Raises a Problem where these are weights of a run that this person may not see."""
    if isinstance(weights, OfRun):
        access.run(weights.run)


def find_probe(network: dict[str, Any] | None, weights: Initial | Ready | OfRun, access: Access) -> Found:
    """The probe for a look. Raises a Problem where weights are not there, or belong to another network."""
    match weights:
        case Initial():
            if network is None:
                raise Problem("A look at an untrained network needs the network.", ("network",))
            probe = untrained(_text(network), weights.seed)
            return probe, {"kind": "initial", "seed": weights.seed, "step": 0, "trained": False}
        case Ready():
            _require_same(network, ready.network().describe())
            return _ready(), {"kind": "ready", "step": None, "trained": True}
        case OfRun():
            run = access.run(weights.run)
            _require_same(network, run.network)
            at, pk = weights.step, weights.run
            probe, step = _of_run(pk, run) if at is None else _at(pk, run, at)
            return probe, {"kind": "run", "run": str(pk), "step": step, "trained": step > 0}


def _of_run(pk: UUID, run: SeenRun) -> tuple[Probe, int]:
    if run.under_way:
        step = live.watch(pk)
        if step is not None:
            return _shelf().get(pk, step, lambda: _laid_out(pk, _text(run.network)))
    stamp = archive.weights_stamp(pk, checkpoints=run.under_way)
    stored = _shelf().get((pk, "stored"), stamp, lambda: _stored(pk, run))
    known = _shelf().peek(pk) if run.under_way else None  # while Redis is away, the newest seen so far
    return known if known and known[1] > stored[1] else stored


def _at(pk: UUID, run: SeenRun, step: int) -> tuple[Probe, int]:
    """The run as it was after a step: its beginning, a keyframe, or its newest weights if they are of it."""
    network = _text(run.network)
    if step == 0:
        return untrained(network, run.seed), 0
    kept = _shelf().peek((pk, step)) or _keyframe(pk, step, network)
    if kept:
        return kept
    newest = _of_run(pk, run)
    if newest[1] != step:
        message = f"Weights of step {step:,} are not kept; the newest are of step {newest[1]:,}."
        raise Problem(message, ("weights", "step"))
    return newest


def _keyframe(pk: UUID, step: int, network: str) -> tuple[Probe, int] | None:
    blob = archive.keyframe(pk, step)
    return _shelf().get((pk, step), "", lambda: (_trained(network, blob), step)) if blob else None


@cache
def _shelf() -> Shelf[tuple[Probe, int]]:
    """Probes and the steps of their weights; of a run the newest that was looked at, and its keyframes."""
    return Shelf(settings.PROBE_CACHE_BYTES, _size)


def _size(kept: tuple[Probe, int]) -> int:
    return kept[0].bytes + KEPT_WITH_IT * (1 + len(kept[0].network.layers))


def _laid_out(pk: UUID, network: str) -> tuple[Probe, int]:
    found = live.newest_weights(pk)
    if found is None:
        raise Problem("The newest weights are not there at the moment.", ("weights",))
    step, blob = found
    return _trained(network, blob), step


def _stored(pk: UUID, run: SeenRun) -> tuple[Probe, int]:
    """What a run left when it rested or ended, or from which it will go on; else its beginning."""
    network, blob, step = _text(run.network), archive.weights(pk), 0
    tensors: Mapping[str, Any] = {}
    prepared = Preparation()
    if blob is not None:
        tensors, facts = unpack(blob)
        step, prepared = int(facts["step"]), Preparation.read(facts)
    kept = archive.newest_checkpoint(pk) if run.under_way else None
    if kept and kept[0] > step:
        step, tensors, prepared = checkpoint.weights(kept[1])
    if step or blob is not None:
        return _probe(network, tensors, prepared), step
    return untrained(network, run.seed), 0


def untrained(network: str, seed: int) -> Probe:
    """The probe of a network as it is before its first step."""
    return _shelf().get(("untrained", network), seed, lambda: (_untrained(network, seed), 0))[0]


def _untrained(network: str, seed: int) -> Probe:
    return Probe(Network.read(json.loads(network)), None, seed, limits=Limits(**settings.DRAFT_LIMITS))


@lru_cache(maxsize=1)
def _ready() -> Probe:
    return _trained(_text(ready.network().describe()), ready.weights())


def _trained(network: str, blob: bytes) -> Probe:
    tensors, facts = unpack(blob)
    return _probe(network, tensors, Preparation.read(facts))


def _probe(network: str, tensors: Mapping[str, Any], preparation: Preparation) -> Probe:
    # A network that was trained passed the limits for runs: those for drafts don't count.
    limits = Limits(**settings.RUN_LIMITS)
    return Probe(Network.read(json.loads(network)), tensors, limits=limits, preparation=preparation)


def _require_same(given: dict[str, Any] | None, own: dict[str, Any]) -> None:
    if given is not None and json.loads(_described(_text(given))) != own:
        raise Problem("These weights belong to another network than the one given.", ("network",))


def _described(network: str) -> str:
    """All of a network as text; a page sends the same one with every stroke."""
    return _descriptions().get(network, 0, lambda: json.dumps(Network.read(json.loads(network)).describe()))


@cache
def _descriptions() -> Shelf[str]:
    return Shelf(settings.CHECKED_CACHE_BYTES, lambda told: 2 * len(told))


def _text(network: dict[str, Any]) -> str:
    text = json.dumps(network)
    if len(text) > settings.NETWORK_BYTES:
        raise Problem(
            f"This network is {len(text):,} bytes of JSON; this server takes {settings.NETWORK_BYTES:,}."
        )
    return text
