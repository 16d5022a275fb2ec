"""./play in a home of its own, and a small client of its API, for the benchmarks."""

from __future__ import annotations

import http.client
import json
import os
import platform
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
MNIST = {"kind": "mnist"}


class Stack:
    """A running playground, signed in as its operator."""

    def __init__(self, data: Path, *options: str, **environment: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="playground-bench-")
        self.home = Path(self._folder.name) / "home"
        self.port = free_port()
        self._log = Path(self._folder.name) / "play.log"
        command = [
            str(ROOT / "play"),
            "--port",
            str(self.port),
            "--home",
            str(self.home),
            "--data",
            str(data),
            *options,
        ]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | environment
            )

    def __enter__(self) -> Self:
        while "Ctrl-C stops it" not in self._log.read_text():
            if self._process.poll() is not None:
                raise RuntimeError(f"./play ended: {self._log.read_text()}")
            time.sleep(0.1)
        self.token = self._manage("token")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        self._folder.cleanup()

    def _manage(self, command: str) -> str:
        environment = os.environ | {"PLAYGROUND_HOME": str(self.home)}
        told = subprocess.run(
            [sys.executable, "manage.py", command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout.split()[-1]

    def guests(self, number: int) -> list[str]:
        """Tokens of so many new guests."""
        environment = os.environ | {"PLAYGROUND_HOME": str(self.home)}
        command = [sys.executable, "-m", "benchmarks.inside", "guests", str(number)]
        told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        return told.stdout.split()

    def processes(self, word: str) -> list[int]:
        """The running parts of this playground whose command line has this word in it."""
        home, found = f"PLAYGROUND_HOME={self.home}".encode(), []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                command = (place / "cmdline").read_bytes()
                mine = home in (place / "environ").read_bytes()
            except OSError:
                continue  # it ended at this moment, or is somebody else's
            if mine and word.encode() in command and b"leash" not in command:
                found.append(int(place.name))
        return found

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database says, read beside the playground."""
        where = f"file:{self.home / 'db.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(where, uri=True, timeout=20)) as link:
            return link.execute(query, values).fetchall()

    def logged(self, text: str) -> int:
        """How often this stands in the logs of the parts."""
        return sum(log.read_text(errors="replace").count(text) for log in (self.home / "log").glob("*.log"))

    def url(self, path: str, scheme: str = "http") -> str:
        """The address of a path."""
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def sign_in_link(self) -> str:
        """An address that signs a browser in as the operator, once."""
        return self.url(self._manage("enter"))

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """The answer of the API, parsed; asked as the operator, or as whom a token stands for."""
        request = urllib.request.Request(self.url(path), method=method)
        request.add_header("Authorization", f"Bearer {token or self.token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def insist(self, path: str) -> Any:
        """The answer of the API, asked again while the web process is away."""
        while True:
            try:
                return self.call("GET", path)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    def events(self, run: str, after: int = 0) -> list[dict[str, Any]]:
        """The transcript after an event."""
        found: list[dict[str, Any]] = []
        while page := self.insist(f"/api/runs/{run}/events?after={after}")["events"]:
            found += page
            after = page[-1]["seq"]
        return found

    def weights(self, run: str) -> bytes:
        """The weights of a run, as they are stored."""
        request = urllib.request.Request(self.url(f"/api/runs/{run}/weights"))
        request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    def wait(self, run: str) -> dict[str, Any]:
        """The run once it has ended."""
        while (found := self.run(run))["status"] in ("queued", "running", "paused"):
            time.sleep(0.1)
        return found

    def run(self, run: str) -> dict[str, Any]:
        """The run as it is now."""
        return dict(self.insist(f"/api/runs/{run}"))

    def launch(self, **job: Any) -> str:
        """The id of a new run, which trains for as long as it is let."""
        return str(
            self.call("POST", "/api/runs", {"dataset": MNIST, "epochs": 1000, "device": "cpu"} | job)["id"]
        )

    def stop(self, run: str) -> None:
        """Stops a run and waits until its worker is free again."""
        self.call("POST", f"/api/runs/{run}/commands", {"kind": "stop"})
        while self.call("GET", f"/api/runs/{run}")["status"] in ("queued", "running"):
            time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def pin(cores: str) -> None:
    """Keeps this process and everything that it starts on these cores, like "0,1"."""
    os.sched_setaffinity(0, {int(core) for core in cores.split(",")})


def machine() -> str:
    """This machine in one line."""
    import torch

    cpu = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", cpu.read_text()) if cpu.exists() else None
    name = found[1] if found else platform.processor()
    cores = len(os.sched_getaffinity(0))
    return f"{name}, {cores} cores used, Python {platform.python_version()}, torch {torch.__version__}"
