"""What is tried at which door: one function for each kind of hostile input, driven by hypothesis."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.hostile import files, things
from tests.hostile.doors import Answer, Visitor, as_form, as_json
from trainer import checkpoint, weights
from trainer.problems import Problem

Try = Callable[[Visitor, Any], Answer]
Tell = Callable[[str, Any, Answer], Any]
NOWHERE = "00000000-0000-4000-8000-000000000000"
IDS = st.sampled_from(["", "", NOWHERE, "ready", "../..", "%00", "x" * 5_000, "🙂"])


def _post(path: str) -> Try:
    return lambda visitor, thing: visitor.send("POST", path, things.written(thing).encode("utf-8", "replace"))


def _garbage(visitor: Visitor, given: tuple[str, bytes]) -> Answer:
    path, body = given
    return visitor.send("POST", path, body)


def _image(visitor: Visitor, given: tuple[str, bytes | None, bytes, str]) -> Answer:
    path, file, image, run = given
    body, kind = as_json(image, network=run) if file is None else as_form(image, file, run=run)
    return visitor.send("POST", path, body, kind)


def _look(visitor: Visitor, look: Any) -> Answer:
    return visitor.say("/ws/probe/", things.written(look))


def _follow(visitor: Visitor, message: Any) -> Answer:
    return visitor.say(f"/ws/runs/{NOWHERE}/", things.written(message))


def _noise(visitor: Visitor, given: tuple[str, str | bytes]) -> Answer:
    path, message = given
    return visitor.say(path, message)


def _several(visitor: Visitor, given: list[Any]) -> Answer:
    return visitor.say("/ws/probe/", *map(things.written, given))


def send_image(visitor: Visitor, image: bytes) -> Answer:
    """An image in a form, as a page would send it."""
    return visitor.send("POST", "/api/sketch", *as_form(image))


def _weights(_: Visitor, blob: bytes) -> Answer:
    for read in (weights.unpack, lambda blob: checkpoint.unpack(blob, {})):
        try:
            read(blob)
        except Problem:
            continue
        except Exception as error:  # noqa: BLE001  whatever it is, it is a fault
            return Answer(0, repr(error).encode(), 0)
    return Answer(200, b"", 0)


def _parcel(visitor: Visitor, blob: bytes) -> Answer:
    return visitor.send("POST", "/api/runs/import", blob, "application/zip")


FILES = st.sampled_from([None, None, b"a.png", b"a.png", b"a\xff.png", b"../../a", b'"', b"a" * 5_000])
SOCKETS = ["/ws/probe/", f"/ws/runs/{NOWHERE}/"]
POSTS = st.sampled_from(["/api/networks/check", "/api/networks", "/api/runs", "/api/predict", "/api/recover"])
ASKS = "/api/samples?seed={}&count={}&dataset={}"

# kind: (share of all cases, what is drawn, how it is tried)
KINDS: dict[str, tuple[int, Any, Try]] = {
    "network, checked": (20, things.networks(), _post("/api/networks/check")),
    "network, saved": (
        8,
        st.fixed_dictionaries({"network": things.networks(), "name": things.scalars}),
        _post("/api/networks"),
    ),
    "job": (16, things.jobs(), _post("/api/runs")),
    "anything": (6, things.anything, _post("/api/runs")),
    "bytes": (4, st.tuples(POSTS, st.binary(max_size=200)), _garbage),
    "image": (
        16,
        st.tuples(st.sampled_from(["/api/sketch", "/api/predict"]), FILES, files.images(), IDS),
        _image,
    ),
    "code": (2, st.fixed_dictionaries({"code": things.scalars}), _post("/api/recover")),
    "look": (14, things.looks(), _look),
    "looks, one after another": (2, st.lists(things.looks(), max_size=4), _several),
    "follow": (3, things.follows, _follow),
    "socket": (1, st.tuples(st.sampled_from(SOCKETS), st.binary(max_size=99) | st.text(max_size=99)), _noise),
    "weights": (8, files.tensors(), _weights),
    "run as a file": (6, files.parcels(), _parcel),
}


def tried(kind: str, visitor: Visitor, cases: int, number: int, patience: float, told: Tell) -> None:
    """Tries so many cases of a kind; `told` hears of each. Raises AssertionError at the first fault."""
    _, drawn, attempt = KINDS[kind]

    @seed(number)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(drawn)
    def each(thing: Any) -> None:
        answer = attempt(visitor, thing)
        told(kind, thing, answer)
        assert not answer.fault(patience), answer.fault(patience)

    each()
