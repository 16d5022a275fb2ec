"""The doors of a server at which hostile things are tried, and what may come back from them."""

import base64
import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

CSRF = "a" * 32
TOO_LARGE = 1009  # with which a socket is closed
ALLOWED = {TOO_LARGE, 200, 201, 202, 204, 401, 403, 404, 405, 413, 422, 429}
REFUSED = {413, 422, 429}


@dataclass
class Answer:
    """What came back: the status of HTTP, or 200 from a socket (0: it was closed); how long it took."""

    status: int
    content: bytes
    seconds: float

    def fault(self, patience: float) -> str:
        """What is wrong about this answer; empty where it is one that may be given, within `patience` s."""
        if self.seconds > patience:
            return f"took {self.seconds:.1f} s"
        if self.status not in ALLOWED:
            return f"status {self.status}: {self.content[:300]!r}"
        return _unclear(self.content) if self.status in REFUSED else ""


def _unclear(content: bytes) -> str:
    try:
        problem = json.loads(content)["problem"]
    except (ValueError, KeyError, TypeError):
        return f"no problem in {content[:300]!r}"
    clear = isinstance(problem["message"], str) and problem["message"] and isinstance(problem["where"], list)
    return "" if clear and len(problem["message"]) < 2_000 else f"an unclear problem {content[:300]!r}"


class Visitor:
    """A guest with the page open, who sends what they like. `address` is host:port."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._link = http.client.HTTPConnection(address, timeout=30)
        self._cookies = {"csrftoken": CSRF}

    def close(self) -> None:
        """Hangs up."""
        self._link.close()

    def send(self, method: str, path: str, body: bytes, kind: str = "application/json") -> Answer:
        """One request."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Content-Type": kind, "Cookie": cookies, "X-CSRFToken": self._cookies["csrftoken"]}
        begin = time.monotonic()
        for attempt in (1, 2):  # a link that rested for seconds may have been closed meanwhile
            try:
                self._link.request(method, path, body, headers)
                answer = self._link.getresponse()
                content = answer.read()
                break
            except (http.client.HTTPException, OSError) as error:
                self._link.close()
                if attempt == 2:
                    return Answer(0, repr(error).encode(), time.monotonic() - begin)
        for morsel in answer.headers.get_all("Set-Cookie", []):
            name, _, value = morsel.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(answer.status, content, time.monotonic() - begin)

    def say(self, path: str, *messages: str) -> Answer:
        """Messages on a socket, then nonsense, which must be refused: so the socket still lives."""
        begin, heard = time.monotonic(), b""
        with connect(f"ws://{self.address}{path}", max_size=None, close_timeout=1) as socket:
            try:
                for message in [*messages, '{"kind": "nonsense"}']:
                    socket.send(message)
                while b"nonsense" not in heard:
                    told = socket.recv(timeout=20)
                    heard = told.encode() if isinstance(told, str) else told
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else 0
                return Answer(code if code == TOO_LARGE else 0, heard, time.monotonic() - begin)
        return Answer(200, heard, time.monotonic() - begin)


def as_form(image: bytes, **fields: str) -> tuple[bytes, str]:
    """(body, content type) of a form with an image."""
    edge = b"hostile"
    parts = [b'Content-Disposition: form-data; name="image"; filename="a\xff.png"\r\n\r\n' + image]
    parts += [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode()
        for name, text in fields.items()
    ]
    body = b"".join(b"--" + edge + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + edge + b"--\r\n"
    return body, f"multipart/form-data; boundary={edge.decode()}"


def as_json(image: bytes, **fields: Any) -> tuple[bytes, str]:
    """(body, content type) of JSON with an image."""
    return json.dumps({"image": base64.b64encode(image).decode(), **fields}).encode(), "application/json"
