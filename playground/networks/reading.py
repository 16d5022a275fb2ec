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


def check_network(given: object) -> dict[str, Any]:
    """Shapes, sizes and the first problem of a network; answers for the same network are kept."""
    text = json.dumps(_bounded(given))
    told: dict[str, Any] = json.loads(_told().get(text, 0, lambda: _check(text)))
    return told


@cache
def _told() -> Shelf[str]:
    """What was found about networks, as JSON: as long as that of the network itself, or longer."""
    return Shelf(settings.CHECKED_CACHE_BYTES, lambda told: 2 * len(told))


def _check(text: str) -> str:
    from trainer.assembly import Limits
    from trainer.checking import check
    from trainer.network import Network

    return json.dumps(check(Network.read(json.loads(text)), Limits(**settings.RUN_LIMITS)))


def _bounded(given: object) -> object:
    size = len(json.dumps(given))
    if size > settings.NETWORK_BYTES:
        raise Problem(
            f"This network is {size:,} bytes of JSON; this server takes {settings.NETWORK_BYTES:,}."
        )
    return given
