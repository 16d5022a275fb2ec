"""What comes in from outside, before anybody asks what it means: bodies of bounded size, and JSON.

JSON is read by pydantic's parser: at most 200 levels deep, numbers of at most 4,300 digits, no NaN, no half
of a character; `null` characters are refused because PostgreSQL keeps none.
"""

import json
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from ninja.parser import Parser
from pydantic_core import from_json

from trainer.problems import Problem


def read_json(content: str | bytes) -> Any:
    """What this JSON says. Raises a Problem for what is none, or has in it what nobody here can keep."""
    try:
        found = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(f"This is not JSON that can be read: {error}.") from error
    if "\\u0000" in content if isinstance(content, str) else b"\\u0000" in content:
        raise Problem("Text can hold no null character (\\u0000).")
    return found


class PlainJson(Parser):
    """How the API reads bodies."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body as JSON, of any type; whoever declared what it wants says what is wrong with it."""
        return cast(dict[str, Any], read_json(request.body))


DRAINED = 4  # times as many bytes as a body may have are read before a connection is closed


class BoundedBody:
    """Refuses requests with larger bodies than `settings.BODY_BYTES` before anything of them is kept."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        left = settings.BODY_BYTES

        async def counted() -> Any:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            return {"type": "http.disconnect"} if left < 0 else message  # Django then lets go of the request

        if _announced(scope) <= settings.BODY_BYTES:
            await self.inner(scope, counted, send)
            if left >= 0:
                return
        await _drain(receive)
        await _refuse(send)


def _announced(scope: Any) -> int:
    """How many bytes the request says that it has; 0 where it does not say."""
    told = dict(scope["headers"]).get(b"content-length", b"0")
    return int(told) if told.isdigit() else 0


async def _drain(receive: Any) -> None:
    """Reads on and keeps nothing: whoever is still sending would not see an answer."""
    left = DRAINED * settings.BODY_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body"):
            return


async def _refuse(send: Any) -> None:
    problem = Problem(f"A request may bring {settings.BODY_BYTES:,} bytes; this one brings more.")
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    body = json.dumps({"problem": problem.describe()}).encode()
    await send({"type": "http.response.body", "body": body})
