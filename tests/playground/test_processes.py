"""Several web processes side by side: which of them answers makes no difference."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import websockets
from channels.db import database_sync_to_async

from playground import live
from playground.accounts.models import Person, Token
from playground.runs.models import Run
from tests.playground.jobs import NETWORK
from tests.playground.parts import ROOT, RedisServer, wait_until
from tests.playground.test_sockets import curves, record, viewing
from tests.trainer.test_frame import decode
from trainer.assembly import assemble
from trainer.network import Network
from trainer.weights import initial, pack

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elsewhere(redis_server: RedisServer, transactional_db: None) -> Iterator[str]:
    """The address of a web process of its own, on the same database and Redis."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "playground.asgi:application", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--log-level", "warning", "--lifespan", "off"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "playground.settings"},
    )
    try:
        wait_until(lambda: answers(port), 60)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
        return True
    return False


async def step_seen(address: str, run: Run, token: str) -> int:
    """The step of the weights through which a process looks at a run."""
    look: dict[str, Any] = {"kind": "look", "request": 1, "token": token, "probes": []}
    look["weights"] = {"kind": "run", "run": str(run.pk)}
    async with websockets.connect(f"ws://{address}/ws/probe/", max_size=None) as page:
        await page.send(json.dumps(look))
        header, _ = decode(await page.recv())  # type: ignore[arg-type]
    return int(header["weights"]["step"])


async def test_a_run_is_followed_looked_at_and_commanded_through_any_process(
    address: str, elsewhere: str, pupil: Person
) -> None:
    network = Network.read(NETWORK)
    launch = database_sync_to_async(Run.objects.create, thread_sensitive=False)
    job = {"network": network.describe(), "seed": 5}
    run = await launch(owner=pupil, job=job, name="Mine", status="paused")
    token = await database_sync_to_async(Token.objects.issue, thread_sensitive=False)(pupil)
    async with viewing(address, run, token=token) as here, viewing(elsewhere, run, token=token) as there:
        for step in range(1, 6):
            await record(run, curves(step))
        for viewer in (here, there):
            await viewer.hear_until(lambda viewer: 5 in viewer.seqs)
        for step in (7, 9):
            blob = pack(initial(assemble(network), step).module, step=step)
            live.publish_weights(run.pk, 5, step, blob)
            assert [await step_seen(process, run, token) for process in (address, elsewhere)] == [step, step]
        await asyncio.to_thread(stop, elsewhere, run, token)
        for viewer in (here, there):
            await viewer.hear_until(lambda viewer: viewer.statuses[-1:] == [("stopped", None)])
            assert viewer.steps[-1] == 9
            assert viewer.seqs[:5] == [1, 2, 3, 4, 5]


def stop(address: str, run: Run, token: str) -> None:
    request = urllib.request.Request(
        f"http://{address}/api/runs/{run.pk}/commands",
        b'{"kind": "stop"}',
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status < 300
