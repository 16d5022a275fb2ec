"""Everybody gets what the table in tests/playground/permissions.py says, and everything has a row there."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import pytest
import websockets
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import URLResolver, get_resolver

from playground.accounts.models import Link, Person, Recovery, Token
from playground.api import api
from playground.networks.models import SavedNetwork
from playground.runs import archive
from playground.runs.models import Run
from playground.runs.studies.models import Study
from tests.playground.jobs import NETWORK, a_study, job
from tests.playground.parts import RedisServer
from tests.playground.permissions import FRAME, HTTP, LOOKING, QUIET, SOCKETS, WHO, Row, SocketRow
from trainer import ready
from trainer.studies.study import Study as Plan

CSRF = "a" * 32


class World:
    """A run with weights and a saved network of the owner's, and everybody who may come along."""

    def __init__(self, owner: Person, stranger: Person, staff: Person) -> None:
        self.people = {"stranger": stranger, "owner": owner, "staff": staff, "shared": stranger}
        self.network = SavedNetwork.objects.create(owner=owner, name="Mine", network=NETWORK)
        network = ready.network().describe()
        self.run = Run.objects.launch(owner, job(network=network, seed=42), "Mine")
        archive.keep_weights(self.run.pk, ready.weights())
        self.study = Study.objects.create(owner=owner, name="Mine", plan=Plan.read(a_study()).describe())
        self.secret = Link.objects.issue(owner)
        self.owner = owner

    @cached_property
    def code(self) -> str:
        """Made where it is asked for: a code is slow on purpose."""
        return Recovery.objects.issue(self.owner)

    def share(self) -> None:
        self.run.share()
        self.network.share()
        self.study.change(shared=True)

    def fill(self, text: str) -> str:
        """The text with what is the owner's in the places kept for it."""
        places = {
            "run": self.run.pk,
            "network": self.network.pk,
            "study": self.study.pk,
            "secret": self.secret,
        }
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
HARMLESS = {
    *("/api/export", "/api/schedule", "/api/sketch", "/api/networks/check", "/api/runs/estimate"),
    *("/api/studies/estimate", "/api/studies/fields"),
    *("/api/augmented", "/api/batch?epoch=2&batch=3"),
    "/api/points",
}


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
    return await database_sync_to_async(function, thread_sensitive=False)(*args)


def test_every_address_and_every_operation_has_a_row() -> None:
    missing = known_operations() - {operation(row) for row in HTTP + LOOKING}
    assert not missing, (
        f"Nobody has said who may do this: {sorted(missing)}. Add a row for each to HTTP in "
        "tests/playground/permissions.py, with what nobody, a stranger, the owner and staff get."
    )


def test_no_row_is_about_something_that_is_gone() -> None:
    gone = {operation(row) for row in HTTP + LOOKING} - known_operations()
    assert not gone, f"There is nothing there any more: {sorted(gone)}. Take the rows out."


def test_every_socket_message_has_a_row() -> None:
    rows = {(row.path, row.message["kind"]) for row in SOCKETS}
    missing = set(known_messages()) - rows
    assert not missing, (
        f"Nobody has said who may send this: {sorted(missing)}. Add a row for each to SOCKETS in "
        "tests/playground/permissions.py."
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
