"""Many pages look at once: they share work, and each gets what it would get alone."""

import asyncio
import base64
import contextlib
import json
import threading
from typing import Any

import numpy as np
import pytest
import websockets
from channels.db import database_sync_to_async
from django.conf import settings

from playground.accounts.models import Person, Token
from playground.probe import answering
from playground.probe.looking import threads
from playground.runs.models import Run
from tests.playground.jobs import NETWORK
from tests.trainer.test_frame import decode
from trainer.network import Network
from trainer.probe import Probe
from trainer.sketch import Stroke, from_strokes

pytestmark = pytest.mark.django_db(transaction=True)
BLACK = base64.b64encode(bytes(784)).decode()
CONV = {"kind": "conv2d", "out_channels": 20, "kernel_size": 5}
OTHER = {"layers": [CONV, {"kind": "flatten"}, {"kind": "linear", "out_features": 10}]}


class Held:
    """Keeps the looking threads busy, so that looks gather."""

    def __enter__(self) -> None:
        self._let_go = threading.Event()
        for _ in range(settings.PROBE_THREADS):
            threads().submit(self._let_go.wait, 30)

    def __exit__(self, *_: object) -> None:
        self._let_go.set()


async def look_at_once(address: str, messages: list[dict[str, Any]]) -> list[Any]:
    """What each of several pages is answered, where all asked before any was answered."""
    async with contextlib.AsyncExitStack() as stack:
        opened = (websockets.connect(f"ws://{address}/ws/probe/", max_size=None) for _ in messages)
        pages = [await stack.enter_async_context(one) for one in opened]
        with Held():
            for page, message in zip(pages, messages, strict=True):
                await page.send(json.dumps(message))
            await asyncio.sleep(0.3)
        return [await page.recv() for page in pages]


async def look_in_turn(address: str, messages: list[dict[str, Any]]) -> list[Any]:
    """What one page is answered that asks one after the other."""
    answers = []
    async with websockets.connect(f"ws://{address}/ws/probe/", max_size=None) as page:
        for message in messages:
            await page.send(json.dumps(message))
            answers.append(await page.recv())
    return answers


def look(request: int, **more: Any) -> dict[str, Any]:
    """A look at a digit of its own, and at a pinned one."""
    strokes = [{"brush": 16 + request, "points": [[60, 60], [200, 70 + 5 * request], [120, 230]]}]
    probes = [
        {"id": "pad", "strokes": strokes},
        {"id": "pin", "picture": BLACK, "answer_only": True},
    ]
    return {"kind": "look", "request": request, "probes": probes, "weights": {"kind": "ready"}} | more


def essence(header: dict[str, Any]) -> dict[str, Any]:
    """What of a frame's header doesn't depend on how float32 rounds."""
    told = json.loads(json.dumps(header))
    for probe in told["probes"]:
        del probe["probabilities"]
        for block in probe["layers"]:
            for rounded in ("low", "high", "top"):
                del block[rounded]
    return told  # type: ignore[no-any-return]


async def test_looks_that_wait_share_a_pass_and_each_gets_what_it_would_get_alone(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted: dict[str, Any] = {"network": OTHER, "weights": {"kind": "initial", "seed": 1}}
    drafted["layers"] = [{"name": "conv1", "exact": True}, {"name": "input"}]
    asked = [look(at) for at in range(10)] + [look(at, **drafted) for at in range(10, 16)]
    alone = await look_in_turn(address, asked)
    passes, look_at_all = [], Probe.look_at_all

    def counted(probe: Probe, pictures: Any) -> Any:
        passes.append(len(pictures))
        return look_at_all(probe, pictures)

    monkeypatch.setattr(Probe, "look_at_all", counted)
    together = await look_at_once(address, asked)
    assert sorted(passes) == [12, 20]
    for message, one, shared in zip(asked, alone, together, strict=True):
        (header, numbers), (same, close) = decode(one), decode(shared)
        assert essence(same) == essence(header)
        for probe, like in zip(header["probes"], same["probes"], strict=True):
            assert like["probabilities"] == pytest.approx(probe["probabilities"], abs=1e-5)
        for (probe_id, name), values in numbers.items():
            found = close[probe_id, name]
            if name in ("input", "fitted"):
                assert np.array_equal(found, values)
            # as float32 they differ by its rounding; as bytes one may also fall to its neighbour
            rounding = 1e-5 * max(1, np.abs(values).max())
            byte = 0 if "layers" in message else (values.max() - values.min()) / 255
            assert np.abs(found - values).max() <= byte + rounding, name


async def test_large_networks_are_looked_at_in_passes_that_fit_into_memory(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PROBE_PASS_BYTES", 6 * Probe(Network.read(OTHER)).bytes_of_a_look)
    passes, look_at_all = [], Probe.look_at_all

    def counted(probe: Probe, pictures: Any) -> Any:
        passes.append(len(pictures))
        return look_at_all(probe, pictures)

    monkeypatch.setattr(Probe, "look_at_all", counted)
    weights = {"kind": "initial", "seed": 1}
    answers = await look_at_once(address, [look(at, network=OTHER, weights=weights) for at in range(7)])
    assert [decode(answer)[0]["request"] for answer in answers] == list(range(7))
    assert passes == [6, 6, 2]


async def test_a_stranger_gets_nothing_from_a_look_that_is_shared(
    address: str, pupil: Person, stranger: Person
) -> None:
    job = {"network": Network.read(NETWORK).describe(), "seed": 5}
    create = database_sync_to_async(Run.objects.create, thread_sensitive=False)
    run = await create(owner=pupil, job=job, name="Mine", status="running")
    issue = database_sync_to_async(Token.objects.issue, thread_sensitive=False)
    mine, theirs = await issue(pupil), await issue(stranger)
    weights = {"kind": "run", "run": str(run.pk)}
    asked = [look(at, weights=weights, token=token) for at, token in enumerate([theirs, mine, theirs])]
    answers = await look_at_once(address, asked)
    assert decode(answers[1])[0]["request"] == 1
    for at in (0, 2):
        refusal = json.loads(answers[at])
        assert (refusal["request"], refusal["problem"]["where"]) == (at, ["weights", "run"])


async def test_a_look_that_fails_takes_no_other_down(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(strokes: list[Stroke]) -> Any:
        if strokes[0].brush == 18:
            raise ZeroDivisionError
        return from_strokes(strokes)

    monkeypatch.setattr(answering, "from_strokes", breaks)
    answers = await look_at_once(address, [look(at) for at in range(5)])
    assert [isinstance(answer, bytes) for answer in answers] == [True, True, False, True, True]
    assert json.loads(answers[2])["request"] == 2


async def test_a_hidden_page_gets_no_frame_and_then_the_newest(address: str) -> None:
    async with websockets.connect(f"ws://{address}/ws/probe/", max_size=None) as page:
        await page.send(json.dumps({"kind": "pace", "hidden": True}))
        for request in (1, 2, 3):
            await page.send(json.dumps(look(request)))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(page.recv(), 0.5)
        await page.send(json.dumps({"kind": "pace", "hidden": False}))
        assert decode(await page.recv())[0]["request"] == 3
