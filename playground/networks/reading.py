"""Networks as they come from outside: read, bounded and checked. PyTorch is loaded when first needed."""

import json
from functools import cache
from typing import Any

from django.conf import settings

from playground.shelf import Shelf
from trainer.problems import Problem


def read_network(given: object) -> dict[str, Any]:
    """A network from JSON as it is kept: parsed, every layer named. Raises a Problem with its place."""
    from trainer.network import Network  # here, because it loads PyTorch, and the web must answer before that

    return Network.read(_bounded(given)).describe()


def read_aim(given: dict[str, Any]) -> dict[str, Any]:
    """What a network is for, as it is kept: task, loss and dataset, as far as they are given."""
    from trainer.aim import Aim

    if not given:
        return {}
    aim = Aim.read(_fields(_bounded(given)))
    return {name: getattr(aim, name).model_dump(mode="json") for name in given}


def _fields(given: Any) -> dict[str, Any]:
    unknown = sorted(set(given) - {"task", "loss", "dataset"})
    if unknown:
        raise Problem("What a network is for is said by task, loss and dataset.", ("job", unknown[0]))
    return dict(given)


def check_network(given: object, aim: dict[str, Any] | None = None) -> dict[str, Any]:
    """Shapes, sizes and the first problem of a network; answers for the same network are kept.

    `aim` are the fields of a job that say what it is for: task, loss, dataset; defaults where one is missing.
    """
    text = json.dumps(_bounded([given, aim or {}]))
    told: dict[str, Any] = json.loads(_told().get(text, 0, lambda: _check(text)))
    return told


@cache
def _told() -> Shelf[str]:
    """What was found about networks, as JSON: as long as that of the network itself, or longer."""
    return Shelf(settings.CHECKED_CACHE_BYTES, lambda told: 2 * len(told))


def _check(text: str) -> str:
    from trainer.aim import Aim
    from trainer.assembly import Limits
    from trainer.checking import check
    from trainer.network import Network

    given, aim = json.loads(text)
    network = Network.read(given)  # first: what is wrong with it has no place of an aim
    return json.dumps(check(network, Limits(**settings.RUN_LIMITS), Aim.read(aim)))


def _bounded(given: object) -> object:
    size = len(json.dumps(given))
    if size > settings.NETWORK_BYTES:
        raise Problem(
            f"This network is {size:,} bytes of JSON; this server takes {settings.NETWORK_BYTES:,}."
        )
    return given
