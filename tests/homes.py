"""A home folder with its own Redis, web process and worker, for what tests the whole from outside."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from setup import redis_server

ROOT = Path(__file__).resolve().parents[1]
SOCKET_BYTES = str(2 << 20)


def environment(home: Path, **more: str) -> dict[str, str]:
    """What the parts of this home are started with; nothing of it comes from the tests' own settings."""
    foreign = ("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "TLS", "DEBUG", "DATABASE", "PLAYGROUND_DATA")
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    own = {"PLAYGROUND_HOME": str(home), "REDIS_URL": f"unix://{home / 'redis.sock'}", "PROBE_WARM": "0"}
    return kept | own | {"DJANGO_SETTINGS_MODULE": "playground.settings", "RATE_LIMITS": "0"} | more


def prepare(home: Path, *chores: str) -> None:
    """Makes or migrates its tables and gathers static files, as ./play does, or only some of that."""
    command = [sys.executable, "-m", "setup.prepare", *(chores or ("migrate", "collectstatic"))]
    subprocess.run(command, cwd=ROOT, env=environment(home), check=True)


def unpacked(kept: Path, home: Path) -> dict[str, Any]:
    """Makes a home of one that is kept under tests/fixtures; the facts about it."""
    shutil.copytree(kept / "media", home / "media")
    with closing(sqlite3.connect(home / "db.sqlite3")) as link:
        link.executescript((kept / "db.sql").read_text())
    return dict(json.loads((kept / "facts.json").read_text()))


@contextmanager
def opened(home: Path, worker: bool = True, **more: str) -> Iterator[tuple[str, int]]:
    """(address, process) of the web process of a home that is prepared; ends everything afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    engine = redis_server.find()
    web = ["uvicorn", "playground.asgi:application", "--port", str(port), "--lifespan", "off"]
    web += ["--log-level", "warning", "--no-access-log", "--ws-max-size", SOCKET_BYTES]
    commands = [redis_server.command(engine, home, home / "redis.sock"), [sys.executable, "-m", *web]]
    if worker:
        commands.append(
            [sys.executable, "-m", "celery", "-A", "playground", "worker", "--pool=solo", "-Q", "cpu"]
        )
        commands[-1] += ["-n", "cpu@home", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    (home / "redis").mkdir(exist_ok=True)
    with (home / "parts.log").open("w") as log:
        parts = [
            subprocess.Popen(command, cwd=ROOT, env=environment(home, **more), stdout=log, stderr=log)
            for command in commands
        ]
    try:
        _wait(port, parts[1])
        yield f"127.0.0.1:{port}", parts[1].pid
    finally:
        for part in reversed(parts):
            part.terminate()
            part.wait(30)


def _wait(port: int, web: subprocess.Popen[bytes]) -> None:
    while web.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
            return
        time.sleep(0.1)
    raise RuntimeError("the web process ended; parts.log says why")
