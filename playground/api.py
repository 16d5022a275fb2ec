"""The HTTP API: the same things that the page does, for scripts. Described at /api/docs."""

from typing import Any

from ninja import NinjaAPI

from playground.accounts.api import router as people
from playground.accounts.identity import Asked, Reader
from playground.incoming import PlainJson
from playground.lab.catalogue import catalogue
from playground.networks.api import router as networks
from playground.probe.api import router as digits
from playground.probe.dealing import router as dealing
from playground.probe.taking import router as taking
from playground.problems import answer_problems
from playground.runs.api import router as runs
from playground.runs.exporting import router as exporting
from playground.runs.parcels import router as parcels
from playground.runs.planned import router as planned
from playground.runs.studies.api import router as studies

DESCRIPTION = """
Build a network, train it, look into it: everything that the page does.

Scripts send `Authorization: Bearer TOKEN` with the token that `python manage.py token` prints; a browser
has its session. A mistake that a person can fix is answered with 422 and
`{"problem": {"message", "where", "mend"}}`; what is not yours and not shared does not exist for you (404).
What is done too often is answered with 429, such a problem and `Retry-After`.
Runs are followed live, and digits looked at, over two sockets: see `docs/protocol.md`.
"""

api = NinjaAPI(
    title="Playground", version="1", description=DESCRIPTION, urls_namespace="api", parser=PlainJson()
)
answer_problems(api)
api.add_router("/networks", networks)
api.add_router("/runs", runs)
api.add_router("/studies", studies)
api.add_router("/runs", parcels)
api.add_router("", taking)
api.add_router("", planned)
api.add_router("", exporting)
api.add_router("", digits)
api.add_router("", dealing)
api.add_router("", people)


@api.get("/catalogue", auth=Reader(), response=dict[str, Any], tags=["catalogue"])
def show_catalogue(request: Asked) -> Any:
    """What exists: layers, optimizers, losses, data sets, templates, a job's fields, and the limits here."""
    return catalogue()
