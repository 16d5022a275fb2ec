"""The doors of a server at which hostile things are tried, and what may come back from them."""

import base64
import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from playground.probe.consumers import FAILED

CSRF = "a" * 32
TOO_LARGE = 1009  # with which a socket is closed
ALLOWED = {TOO_LARGE, 200, 201, 202, 204, 401, 403, 404, 405, 413, 422, 429}
REFUSED = {413, 422, 429}
UNREADABLE = 400  # no HTTP, or for a host that this server is not: for hostile headers only
RESTED = 2.0  # seconds after which the server may have closed a link on which nothing was said
SILENCE = 20.0  # seconds for which an answer on a socket is waited for
NONSENSE = '{"kind": "nonsense"}'


@dataclass
class Answer:
    """What came back: the status of HTTP, or 200 from a socket (0: it was closed); how long it took."""

    status: int
    content: bytes
    seconds: float
    wrong: str = ""  # what a socket said that it may not

    def fault(self, patience: float) -> str:
        """What is wrong about this answer; empty where it is one that may be given, within `patience` s."""
        if self.seconds > patience:
            return f"took {self.seconds:.1f} s"
        if self.wrong:
            return self.wrong
        if self.status not in ALLOWED:
            return f"status {self.status}: {self.content[:300]!r}"
        return _unclear(self.content) if self.status in REFUSED else ""


def _unclear(content: bytes | str) -> str:
    try:
        problem = json.loads(content)["problem"]
    except (ValueError, KeyError, TypeError):
        return f"no problem in {content[:300]!r}"
    clear = isinstance(problem["message"], str) and problem["message"] and isinstance(problem["where"], list)
    return "" if clear and len(problem["message"]) < 2_000 else f"an unclear problem {content[:300]!r}"


def misspoken(told: str | bytes) -> str:
    """What is wrong about something that a socket said: neither a whole frame nor a clear problem."""
    if isinstance(told, bytes):
        return _broken(told)
    unclear = _unclear(told)
    if not unclear and json.loads(told)["problem"]["message"] == FAILED:
        return f"a look failed: {told[:300]}"
    return unclear if json.loads(told)["kind"] == "problem" else f"unexpected {told[:300]}"


def _broken(frame: bytes) -> str:
    """What is wrong about a frame; empty where its header is JSON and all its blocks lie inside."""
    length = 4 + int.from_bytes(frame[:4], "little")
    try:
        header = json.loads(frame[4:length], parse_constant=_refuse)
        blocks = [block for probe in header["probes"] for block in probe["pictures"] + probe["layers"]]
        whole = all(0 <= block["offset"] <= len(frame) - length - block["length"] for block in blocks)
    except (ValueError, KeyError, TypeError) as error:
        return f"a broken frame ({error!r}): {frame[:300]!r}"
    return "" if whole and header["kind"] == "frame" else f"a frame with blocks beside it: {frame[:300]!r}"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def is_answered(message: str | bytes) -> bool:
    """Whether a socket must say something to this: all but to the pace of a page that it understands."""
    try:
        said = json.loads(message) if isinstance(message, str) else None
    except (ValueError, RecursionError):
        return True
    known = isinstance(said, dict) and said.get("kind") == "pace" and isinstance(said.get("hidden"), bool)
    return not known or "\\u0000" in message


class Visitor:
    """A guest with the page open, who sends what they like. `address` is host:port."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._link = http.client.HTTPConnection(address, timeout=30)
        self._cookies = {"csrftoken": CSRF}
        self._used = 0.0  # when the link was used last

    def close(self) -> None:
        """Hangs up."""
        self._link.close()

    def send(self, method: str, path: str, body: bytes, kind: str = "application/json") -> Answer:
        """One request."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Content-Type": kind, "Cookie": cookies, "X-CSRFToken": self._cookies["csrftoken"]}
        begin = time.monotonic()
        if begin - self._used > RESTED:
            self._link.close()
        try:
            self._link.request(method, path, body, headers)
            answer = self._link.getresponse()
            content = answer.read()
        except (http.client.HTTPException, OSError) as error:
            self._link.close()
            return Answer(0, repr(error).encode(), time.monotonic() - begin)
        self._used = time.monotonic()
        for morsel in answer.headers.get_all("Set-Cookie", []):
            name, _, value = morsel.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(answer.status, content, time.monotonic() - begin)

    def say(self, path: str, *messages: str | bytes) -> Answer:
        """Messages on a socket, each of which must be answered; then nonsense, so that it still lives.

        Status 200 where all was said as it may be, 1009 where a message was too large, else 0.
        """
        begin, heard = time.monotonic(), b""
        try:
            with connect(f"ws://{self.address}{path}", max_size=None, close_timeout=1) as socket:
                for message in [*messages, NONSENSE]:
                    socket.send(message)
                    if not is_answered(message):
                        continue
                    told = _next(socket)
                    heard = told.encode() if isinstance(told, str) else told
                    if wrong := misspoken(told):
                        return Answer(0, heard, time.monotonic() - begin, wrong)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 0
            return Answer(code if code == TOO_LARGE else 0, repr(closed).encode(), time.monotonic() - begin)
        except (WebSocketException, OSError) as error:  # TimeoutError is one: nothing was said
            return Answer(0, repr(error).encode(), time.monotonic() - begin)
        wrong = "" if b"nonsense" in heard else f"more than one answer: {heard[:300]!r}"
        return Answer(200, heard, time.monotonic() - begin, wrong)


def _next(socket: ClientConnection) -> str | bytes:
    """What a socket says next, but for the word that a large frame has left."""
    told = socket.recv(timeout=SILENCE)
    return _next(socket) if isinstance(told, str) and told.startswith('{"kind": "sent"') else told


def as_form(image: bytes, file: bytes = b"a.png", **fields: str) -> tuple[bytes, str]:
    """(body, content type) of a form with an image in a file of this name."""
    edge = b"hostile"
    parts = [b'Content-Disposition: form-data; name="image"; filename="%b"\r\n\r\n%b' % (file, image)]
    parts += [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode()
        for name, text in fields.items()
    ]
    body = b"".join(b"--" + edge + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + edge + b"--\r\n"
    return body, f"multipart/form-data; boundary={edge.decode()}"


def as_json(image: bytes, **fields: Any) -> tuple[bytes, str]:
    """(body, content type) of JSON with an image."""
    return json.dumps({"image": base64.b64encode(image).decode(), **fields}).encode(), "application/json"
