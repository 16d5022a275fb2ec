"""With what the Lab opens: a network, the weights to look at it with, and what it belongs to.

Imported when a page is asked for: it loads PyTorch.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from playground.accounts.models import Person
from playground.lab.catalogue import catalogue
from playground.networks.models import SavedNetwork
from playground.probe.sampling import samples_from
from playground.runs.describing import describe
from playground.runs.models import Run
from trainer import ready

Opening = dict[str, Any]
Anyone = Person | AnonymousUser
UNTRAINED = {"kind": "initial", "seed": 42}


def of_ready() -> Opening:
    """The trained network that comes with the program, so that the first stroke is recognised."""
    return _opening(ready.facts()["name"], ready.network().describe(), {"kind": "ready"})


def of_run(run: Run, person: Anyone) -> Opening:
    """A run: its network with its newest weights."""
    weights = {"kind": "run", "run": str(run.pk), "step": None}
    readonly = run.owner_id != person.pk
    return _opening(run.name, run.job["network"], weights, run=describe(run, person), readonly=readonly)


def of_saved(saved: SavedNetwork, person: Anyone) -> Opening:
    """A saved network, untrained."""
    readonly = saved.owner_id != person.pk
    told = {"saved": saved.describe(person), "readonly": readonly, "job": saved.job}
    return _opening(saved.name, saved.network, UNTRAINED, **told)


def of_template(name: str) -> Opening:
    """A template, untrained."""
    found = next((template for template in catalogue()["templates"] if template["name"] == name), None)
    if found is None:
        raise Http404(f"there is no template {name!r}")
    return _opening(found["label"], found["network"], UNTRAINED, job=found["job"])


def with_ready_facts(opening: Opening) -> Opening:
    """An opening with what the page says about the ready network and its sample digits."""
    return {**opening, "ready": ready.facts(), "samples_from": samples_from()}


def _opening(name: str, network: dict[str, Any], weights: dict[str, Any], **more: Any) -> Opening:
    return {
        "name": name,
        "network": network,
        "weights": weights,
        "run": None,
        "saved": None,
        "readonly": False,
        **more,
    }
