"""Who may do what: every address, every operation of the API and every socket message, in one table.

Whoever adds one of these adds a row. `nobody` has the page open but no session, `stranger` is another
guest, `staff` runs this server; `shared` is the stranger's answer once the owner has shared the thing.
"""

import base64
import io
from typing import Any, NamedTuple

from PIL import Image

from tests.playground.jobs import NETWORK, a_study, job

PICTURE = base64.b64encode(bytes(784)).decode()


def drawn() -> str:
    """A picture of a one: base64 of a PNG."""
    picture = Image.new("L", (40, 40), 255)
    picture.paste(0, (18, 6, 22, 34))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


IMAGE = {"image": drawn()}


class Row(NamedTuple):
    """An operation and what each gets for it; `{run}`, `{code}` and so on stand for the owner's."""

    method: str
    path: str
    nobody: int
    stranger: int
    owner: int
    staff: int
    shared: int
    body: dict[str, Any] | None = None


def same(method: str, path: str, answer: int, body: dict[str, Any] | None = None) -> Row:
    """A row of what everybody may do."""
    return Row(method, path, *[answer] * 5, body=body)


HTTP = [
    same("GET", "/", 302),
    same("GET", "/lab/", 200),
    Row("GET", "/lab/?run={run}", 404, 404, 200, 404, 200),
    Row("GET", "/lab/?network={network}", 404, 404, 200, 404, 200),
    Row("GET", "/studies/{study}/", 404, 404, 200, 404, 200),
    same("GET", "/healthz", 200),
    same("GET", "/readyz", 503),  # no worker is there
    same("GET", "/health/", 200),
    same("GET", "/metrics", 200),  # the test's client asks from this machine
    same("GET", "/enter/{secret}/", 302),  # whoever holds the link is let in, once
    same("GET", "/api/", 404),
    same("GET", "/api/docs", 200),
    same("GET", "/api/openapi.json", 200),
    same("GET", "/api/catalogue", 200),
    same("GET", "/api/recovery", 200),
    Row("POST", "/api/recovery", 422, 201, 201, 422, 201),  # nobody has nothing to recover, staff need none
    same("POST", "/api/recover", 200, {"code": "{code}"}),  # whoever knows the code is let in
    same("POST", "/api/leave", 204),
    same("GET", "/api/samples?dataset=strokes&count=1", 200),
    same("POST", "/api/points", 200, {"dataset": {"kind": "circle"}}),
    same("POST", "/api/sketch", 200, IMAGE),
    same("POST", "/api/networks/check", 200, NETWORK),
    same("GET", "/api/networks", 200),
    same("POST", "/api/networks", 201, {"name": "Mine", "network": NETWORK}),
    Row("GET", "/api/networks/{network}", 404, 404, 200, 404, 200),
    Row("PUT", "/api/networks/{network}", 404, 404, 200, 404, 404, {"name": "Taken"}),
    Row("DELETE", "/api/networks/{network}", 404, 404, 204, 404, 404),
    Row("POST", "/api/networks/{network}/restore", 404, 404, 200, 404, 404),
    Row("POST", "/api/networks/{network}/fork", 404, 404, 201, 404, 201),
    Row("POST", "/api/networks/{network}/share", 404, 404, 200, 404, 404),
    same("POST", "/api/schedule", 200, job()),
    same("POST", "/api/augmented", 200, {"augmentation": [{"kind": "rotate"}], "dataset": "strokes"}),
    same("POST", "/api/batch?epoch=2&batch=3", 200, job()),
    same("POST", "/api/export", 200, job()),
    same("GET", "/api/runs", 200),
    same("POST", "/api/runs", 201, job()),
    Row("POST", "/api/runs", 422, 422, 201, 422, 201, job() | {"saved_network": "{network}"}),
    same("POST", "/api/runs/find-rate", 201, job()),
    same("POST", "/api/runs/estimate", 200, job()),
    Row("GET", "/api/runs/under-way", 403, 403, 403, 200, 403),
    Row("GET", "/api/runs/{run}", 404, 404, 200, 404, 200),
    Row("DELETE", "/api/runs/{run}", 404, 404, 204, 404, 404),
    Row("POST", "/api/runs/{run}/share", 404, 404, 200, 404, 404),
    Row("GET", "/api/runs/{run}/events", 404, 404, 200, 404, 200),
    Row("POST", "/api/runs/{run}/commands", 404, 404, 202, 404, 404, {"kind": "pause"}),
    Row("POST", "/api/runs/{run}/commands", 404, 404, 202, 202, 404, {"kind": "stop"}),
    Row("POST", "/api/runs/{run}/commands", 404, 404, 422, 202, 404, {"kind": "ahead"}),
    same("GET", "/api/studies", 200),
    same("POST", "/api/studies", 201, a_study()),
    same("POST", "/api/studies/estimate", 200, a_study()),
    same("POST", "/api/studies/fields", 200, job()),
    Row("GET", "/api/studies/{study}", 404, 404, 200, 404, 200),
    Row("DELETE", "/api/studies/{study}", 404, 404, 204, 404, 404),
    Row("POST", "/api/studies/{study}/stop", 404, 404, 202, 404, 404),
    Row("POST", "/api/studies/{study}/share", 404, 404, 200, 404, 404),
    Row("GET", "/api/runs/{run}/weights", 404, 404, 200, 404, 200),
    Row("GET", "/api/runs/{run}/keyframes", 404, 404, 200, 404, 200),
    Row("GET", "/api/runs/{run}/export?as=pocket", 404, 404, 200, 404, 200),
    same("GET", "/api/ready/export?as=pytorch", 200),
    Row("GET", "/api/runs/{run}/file", 404, 404, 422, 404, 422),  # it has not ended
    same("POST", "/api/runs/import", 422, {"no": "file"}),
]
# What looks reads the database in a thread of its own; these rows change nothing.
LOOKING = [
    same("POST", "/api/predict", 200, IMAGE),
    Row("POST", "/api/predict", 422, 422, 200, 422, 200, IMAGE | {"run": "{run}"}),
    Row("POST", "/api/predict", 422, 422, 200, 422, 200, IMAGE | {"network": "{network}"}),
]


class SocketRow(NamedTuple):
    """A message of a socket and the kind of the first answer that each gets."""

    path: str
    message: dict[str, Any]
    nobody: str
    stranger: str
    owner: str
    staff: str
    shared: str


OF_RUN = {"kind": "run", "run": "{run}"}
LOOK = {"kind": "look", "request": 1, "probes": [{"id": "pad", "picture": PICTURE}]}
NO, YES, FRAME, QUIET = "problem", "state", "frame", "nothing"
PACE = {"kind": "pace", "hidden": True}
SOCKETS = [
    SocketRow("ws/runs/{run}/", {"kind": "follow"}, NO, NO, YES, NO, YES),
    SocketRow("ws/runs/{run}/", PACE, *[QUIET] * 5),  # of this socket alone
    SocketRow("ws/studies/{study}/", {"kind": "follow"}, NO, NO, "study", NO, "study"),
    SocketRow("ws/studies/{study}/", PACE, *[QUIET] * 5),
    SocketRow("ws/probe/", PACE, *[QUIET] * 5),
    SocketRow("ws/probe/", LOOK | {"weights": OF_RUN}, NO, NO, FRAME, NO, FRAME),
    SocketRow("ws/probe/", LOOK | {"weights": {"kind": "ready"}}, FRAME, FRAME, FRAME, FRAME, FRAME),
]
WHO = ("nobody", "stranger", "owner", "staff", "shared")
