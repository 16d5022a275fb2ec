"""What all sockets share: where they may come from, who is behind them, how a message finds its method."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from playground.incoming import read_json
from playground.metrics import SOCKETS
from trainer.problems import Problem

Message = dict[str, Any]


class SameOrigin:
    """Lets a socket through only from this server's own page, or from a program that names no origin."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        known = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
        if known and (origin is None or _host_of(origin) == host.lower()):
            await self.inner(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4403})


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # such as an address in brackets that do not close
        return ""


class Pace:
    """Whether somebody sees the page behind a socket."""

    def __init__(self) -> None:
        self._seen = asyncio.Event()
        self._seen.set()

    @property
    def hidden(self) -> bool:
        """Whether nobody does."""
        return not self._seen.is_set()

    def take(self, message: Message) -> None:
        """`{"kind": "pace", "hidden": true}` or false. Raises a Problem for anything else."""
        hidden = message.get("hidden")
        if not isinstance(hidden, bool):
            raise Problem("`hidden` is true or false.", ("hidden",))
        if hidden:
            self._seen.clear()
        else:
            self._seen.set()

    async def rest(self, seconds: float) -> None:
        """Waits so long while the page is hidden, not at all while it is seen."""
        if self.hidden:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._seen.wait()


class Socket(AsyncWebsocketConsumer):
    """A message's `kind` names the method that handles it; a Problem goes back as one."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        with SOCKETS.labels(type(self).__name__).track_inprogress():
            await super().__call__(scope, receive, send)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pace = Pace()

    async def on_pace(self, message: Message) -> None:
        """The page was hidden, or is seen again."""
        self.pace.take(message)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message: Message = {}
        try:
            message = read_message(text_data)
            await self._handler(message)(message)
        except Problem as problem:
            await self.tell_problem(problem, message)

    def _handler(self, message: Message) -> Callable[[Message], Awaitable[None]]:
        handler = getattr(self, f"on_{message['kind']}", None) if message["kind"].isidentifier() else None
        if handler is None:
            raise Problem(f"This socket knows no message of kind {message['kind'][:40]!r}.", ("kind",))
        return handler

    async def tell(self, message: Message) -> None:
        """Sends a message."""
        await self.send(text_data=json.dumps(message))

    async def tell_problem(self, problem: Problem, cause: Message) -> None:
        """Sends a problem, with the number of the request that caused it if it had one."""
        number = {"request": cause["request"]} if isinstance(cause.get("request"), int) else {}
        await self.tell({"kind": "problem", **number, "problem": problem.describe()})


async def in_database(function: Callable[..., Any], *args: Any) -> Any:
    """Runs synchronous code that reads the database in a thread of its own."""
    return await database_sync_to_async(function, thread_sensitive=False)(*args)


def read_message(text: str | None) -> Message:
    """A message as sent: JSON text, an object with a `kind`, bounded in size."""
    if text is None:
        raise Problem("This socket takes text messages.")
    if len(text) > settings.SOCKET_BYTES:
        raise Problem(
            f"This message has {len(text):,} characters; this server takes {settings.SOCKET_BYTES:,}."
        )
    message = read_json(text)
    if not isinstance(message, dict) or not isinstance(message.get("kind"), str):
        raise Problem("A message is an object with a kind.", ("kind",))
    return message
