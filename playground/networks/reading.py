"""Networks as they come from outside: read, bounded and checked. PyTorch is loaded when first needed."""

import json
from functools import lru_cache
from typing import Any

from django.conf import settings

from trainer.problems import Problem


def read_network(given: object) -> dict[str, Any]:
    """A network from JSON as it is kept: parsed, every layer named. Raises a Problem with its place."""
    from trainer.network import Network  # here, because it loads PyTorch, and the web must answer before that

    return Network.read(_bounded(given)).describe()


def check_network(given: object) -> dict[str, Any]:
    """Shapes, sizes and the first problem of a network; answers for the same network are kept."""
    return _checked(json.dumps(_bounded(given)))


@lru_cache(maxsize=1024)
def _checked(text: str) -> dict[str, Any]:
    from trainer.checking import check
    from trainer.network import Limits, Network

    return check(Network.read(json.loads(text)), Limits(**settings.RUN_LIMITS))


def _bounded(given: object) -> object:
    size = len(json.dumps(given))
    if size > settings.NETWORK_BYTES:
        raise Problem(
            f"This network is {size:,} bytes of JSON; this server takes {settings.NETWORK_BYTES:,}."
        )
    return given
