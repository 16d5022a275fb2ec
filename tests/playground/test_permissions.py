"""Who may do what: every address, every operation of the API and every socket message, in one table.

Whoever adds one of these adds a row. `nobody` has the page open but no session, `stranger` is another
guest, `staff` runs this server; `shared` is the stranger's answer once the owner has shared the thing.
"""

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import URLResolver, get_resolver
from PIL import Image

from playground.accounts.models import Link, Person, Recovery, Token
from playground.api import api
from playground.networks.models import SavedNetwork
from playground.runs import archive
from playground.runs.models import Run
from tests.playground.jobs import NETWORK, job
from tests.playground.parts import RedisServer
from trainer import ready

PICTURE = base64.b64encode(bytes(784)).decode()
CSRF = "a" * 32


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
    same("GET", "/api/runs", 200),
    same("POST", "/api/runs", 201, job()),
    Row("POST", "/api/runs", 422, 422, 201, 422, 201, job() | {"saved_network": "{network}"}),
    same("POST", "/api/runs/estimate", 200, job()),
    Row("GET", "/api/runs/under-way", 403, 403, 403, 200, 403),
    Row("GET", "/api/runs/{run}", 404, 404, 200, 404, 200),
    Row("DELETE", "/api/runs/{run}", 404, 404, 204, 404, 404),
    Row("POST", "/api/runs/{run}/share", 404, 404, 200, 404, 404),
    Row("GET", "/api/runs/{run}/events", 404, 404, 200, 404, 200),
    Row("POST", "/api/runs/{run}/commands", 404, 404, 202, 404, 404, {"kind": "pause"}),
    Row("POST", "/api/runs/{run}/commands", 404, 404, 202, 202, 404, {"kind": "stop"}),
    Row("POST", "/api/runs/{run}/commands", 404, 404, 422, 202, 404, {"kind": "ahead"}),
    Row("GET", "/api/runs/{run}/weights", 404, 404, 200, 404, 200),
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
    SocketRow("ws/probe/", PACE, *[QUIET] * 5),
    SocketRow("ws/probe/", LOOK | {"weights": OF_RUN}, NO, NO, FRAME, NO, FRAME),
    SocketRow("ws/probe/", LOOK | {"weights": {"kind": "ready"}}, FRAME, FRAME, FRAME, FRAME, FRAME),
]
WHO = ("nobody", "stranger", "owner", "staff", "shared")


class World:
    """A run with weights and a saved network of the owner's, and everybody who may come along."""

    def __init__(self, owner: Person, stranger: Person, staff: Person) -> None:
        self.people = {"stranger": stranger, "owner": owner, "staff": staff, "shared": stranger}
        self.network = SavedNetwork.objects.create(owner=owner, name="Mine", network=NETWORK)
        network = ready.network().describe()
        self.run = Run.objects.launch(owner, job(network=network, seed=42), "Mine")
        archive.keep_weights(self.run.pk, ready.weights())
        self.secret = Link.objects.issue(owner)
        self.owner = owner

    @cached_property
    def code(self) -> str:
        """Made where it is asked for: a code is slow on purpose."""
        return Recovery.objects.issue(self.owner)

    def share(self) -> None:
        self.run.share()
        self.network.share()

    def fill(self, text: str) -> str:
        """The text with what is the owner's in the places kept for it."""
        places = {"run": self.run.pk, "network": self.network.pk, "secret": self.secret}
        for name, value in places.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text.replace("{code}", self.code) if "{code}" in text else text

    def browser(self, who: str, **options: Any) -> Client:
        """Their browser, which has the page open."""
        client = Client(raise_request_exception=False, **options)
        if who in self.people:
            client.force_login(self.people[who])
        client.cookies["csrftoken"] = CSRF
        return client

    def send(self, client: Client, row: Row) -> Any:
        body = self.fill(json.dumps(row.body)) if row.body else ""
        return client.generic(row.method, self.fill(row.path), body, content_type="application/json")


@pytest.fixture
def world(redis_server: RedisServer, pupil: Person, stranger: Person, operator: Person) -> World:
    return World(pupil, stranger, operator)


def named(row: Row) -> str:
    inside = [name for name in ("run", "network") if row.body and f"{{{name}}}" in row.body.values()]
    return " ".join([row.method, row.path, *inside])


def operation(row: Row) -> tuple[str, str]:
    return row.method, row.path.partition("?")[0]


@pytest.mark.django_db
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("row", HTTP, ids=named)
def test_everybody_gets_what_the_table_says(world: World, row: Row, who: str) -> None:
    if who == "shared":
        world.share()
    answer = world.send(world.browser(who), row)
    assert answer.status_code == getattr(row, who), answer.content[:500]


# they answer, and change nothing
HARMLESS = {"/api/schedule", "/api/sketch", "/api/networks/check", "/api/runs/estimate"}


@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in HTTP if row.method != "GET"], ids=named)
def test_no_page_from_elsewhere_can_do_it_in_the_owners_name(world: World, row: Row) -> None:
    answer = world.send(world.browser("owner", enforce_csrf_checks=True), row)
    assert answer.status_code == (row.owner if row.path in HARMLESS else 403)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", LOOKING, ids=named)
def test_everybody_looks_where_the_table_says(world: World, row: Row) -> None:
    for who in WHO:
        if who == "shared":
            world.share()
        answer = world.send(world.browser(who), row)
        assert answer.status_code == getattr(row, who), (who, answer.content[:500])


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", "owner", "staff"])
@pytest.mark.parametrize("row", [row for row in HTTP if row.path.startswith("/api/")], ids=named)
def test_a_token_opens_exactly_what_the_session_opens(world: World, row: Row, who: str) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {Token.objects.issue(world.people[who])}"
    assert world.send(client, row).status_code == getattr(row, who)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", SOCKETS, ids=lambda row: f"{row.path} {row.message['kind']}")
async def test_a_socket_answers_as_the_table_says(
    address: str, row: SocketRow, pupil: Person, stranger: Person, operator: Person
) -> None:
    world = await aside(World, pupil, stranger, operator)
    for who in WHO:
        if who == "shared":
            await aside(world.share)
        expected = getattr(row, who)
        assert await first_answer(address, world, row, who, expected == QUIET) == expected, who


async def first_answer(address: str, world: World, row: SocketRow, who: str, quiet: bool) -> str:
    """The kind of what the socket says first; where it should say nothing, it is then asked nonsense."""
    cookies = (await aside(world.browser, who)).cookies
    headers = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())}
    where = f"ws://{address}/{world.fill(row.path)}"
    async with websockets.connect(where, additional_headers=headers, max_size=None) as connection:
        await connection.send(world.fill(json.dumps(row.message)))
        if quiet:
            await connection.send('{"kind": "nonsense"}')
        told = await connection.recv()
    if isinstance(told, bytes):
        return FRAME
    return QUIET if quiet and "nonsense" in told else str(json.loads(told)["kind"])


async def aside(function: Callable[..., Any], *args: Any) -> Any:
    """Calls what uses the database from asynchronous code."""
    return await sync_to_async(function, thread_sensitive=False)(*args)


def test_every_address_and_every_operation_has_a_row() -> None:
    missing = known_operations() - {operation(row) for row in HTTP + LOOKING}
    assert not missing, (
        f"Nobody has said who may do this: {sorted(missing)}. Add a row for each to HTTP in "
        "tests/playground/test_permissions.py, with what nobody, a stranger, the owner and staff get."
    )


def test_no_row_is_about_something_that_is_gone() -> None:
    gone = {operation(row) for row in HTTP + LOOKING} - known_operations()
    assert not gone, f"There is nothing there any more: {sorted(gone)}. Take the rows out."


def test_every_socket_message_has_a_row() -> None:
    rows = {(row.path, row.message["kind"]) for row in SOCKETS}
    missing = set(known_messages()) - rows
    assert not missing, (
        f"Nobody has said who may send this: {sorted(missing)}. Add a row for each to SOCKETS in "
        "tests/playground/test_permissions.py."
    )
    assert not rows - set(known_messages())


def known_operations() -> set[tuple[str, str]]:
    """(method, path) of every operation in the OpenAPI schema, and GET for every other address.

    A page that takes POST only has its row under POST.
    """
    described = {
        (method.upper(), path)
        for path, operations in api.get_openapi_schema()["paths"].items()
        for method in operations
    }
    paths = {path for _, path in described}
    posts = {row.path for row in HTTP if row.method == "POST"} - paths
    others = {("POST" if path in posts else "GET", path) for path in addresses() if path not in paths}
    return described | others


def addresses(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every address of the web process, as the OpenAPI schema spells them."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from addresses(entry, path)
        else:
            yield path


def known_messages() -> Iterator[tuple[str, str]]:
    """(path, kind) of every message that a socket has a method for."""
    from playground.asgi import sockets

    for route in sockets.routes:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(route.pattern))
        for name in dir(route.callback.consumer_class):
            if name.startswith("on_"):
                yield path, name.removeprefix("on_")
