"""The playground as people meet it: Redis, web and worker as processes, in a home of their own."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.playground.parts import redis_program

ROOT = Path(__file__).resolve().parents[2]


def own_address() -> str:
    """The address of this machine in its network; the loopback where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # nothing is sent: it only picks the interface
        except OSError:
            return "127.0.0.1"
        return str(asking.getsockname()[0])


def _own_database() -> str | None:
    """The address of a fresh database beside that of the tests; None where they run on SQLite."""
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        return None
    server, name = url.rpartition("/")[0], f"browser_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return f"{server}/{name}"


class Stack:
    """All processes of one playground, with hashed static files as on a server."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pg-"))
        self.port = _free_port()
        self.address = own_address()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "PLAYGROUND_DATA"},
            "DJANGO_SETTINGS_MODULE": "playground.settings",
            "PLAYGROUND_HOME": str(self.home),
            "DATABASE_URL": _own_database() or f"sqlite:///{self.home / 'db.sqlite3'}",
            "REDIS_URL": f"unix://{self.home / 'redis.sock'}",
            "ALLOWED_HOSTS": f"localhost,127.0.0.1,{self.address}",
            "DEBUG": "0",
            "PROBE_WARM": "1",
        }

    @property
    def url(self) -> str:
        """Where a browser of this machine finds it."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Brings everything up; returns when the web answers."""
        place = ("--unixsocket", str(self.home / "redis.sock"), "--dir", str(self.home))
        self._run(str(redis_program()), "--port", "0", "--save", "", "--appendonly", "no", *place)
        for command in (("migrate",), ("collectstatic", "--noinput")):
            django = self._python("manage.py", *command)
            subprocess.run(django, check=True, capture_output=True, **self._place())
        web = ("-m", "uvicorn", "playground.asgi:application", "--host", "0.0.0.0", "--port", str(self.port))
        self._run(*self._python(*web, "--log-level", "warning"))
        worker = ("-m", "celery", "-A", "playground", "worker", "--pool=solo", "-Q", "cpu")
        self._run(*self._python(*worker, "-n", f"browser{self.port}@%h", "--loglevel", "warning"))
        self._wait("/healthz")
        self._wait("/api/samples?count=1")  # the first time they are made from code, which takes a while

    def stop(self) -> None:
        """Ends every process and removes the home."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def operators_link(self) -> str:
        """An address that signs the operator in, once."""
        link = subprocess.run(
            self._python("manage.py", "enter"), check=True, capture_output=True, text=True, **self._place()
        )
        return self.url + link.stdout.split()[-1]

    def log(self) -> str:
        """What the processes said."""
        return (self.home / "log").read_text(errors="replace")

    def _python(self, *arguments: str) -> list[str]:
        return [sys.executable, *arguments]

    def _place(self) -> dict[str, Any]:
        return {"cwd": ROOT, "env": self._environment}

    def _run(self, *command: str) -> None:
        with (self.home / "log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **self._place())
            )

    def _wait(self, path: str, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(self.url + path, timeout=seconds) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(f"the web does not answer:\n{self.log()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
