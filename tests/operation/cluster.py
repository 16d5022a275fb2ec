"""Several machines on this one: homes of their own, and a database, a Redis and a bucket in common."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from setup.postgres_server import PostgresServer
from tests.operation.bucket_server import SECRETS, BucketServer
from tests.playground.parts import ROOT, redis_program, wait_until
from trainer.calibration import processors


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Machine:
    """A home folder and the processes that run with it. `threads` is what its calibration found."""

    def __init__(self, home: Path, shared: dict[str, str], threads: int = 1) -> None:
        home.mkdir()
        self.home = home
        self._environment = {**os.environ, **shared, "PLAYGROUND_HOME": str(home)}
        found = {"cores": processors(), "threads": threads}
        (home / "calibration.json").write_text(json.dumps(found))
        self.process: subprocess.Popen[bytes] | None = None

    def django(self, *command: str) -> str:
        """What one of Django's commands prints."""
        run = [sys.executable, "manage.py", *command]
        done = subprocess.run(
            run, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def start(self, *module: str) -> None:
        """Starts its process: `python -m MODULE …`."""
        with (self.home / "log").open("ab") as log:
            command = [sys.executable, "-m", *module]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def start_worker(self) -> None:
        """Starts its worker, named after the home."""
        celery = ["celery", "-A", "playground", "worker", "--pool=solo", "-Q", "cpu", "--loglevel=INFO"]
        self.start(*celery, "-n", f"cpu@{self.home.name}", "--without-gossip", "--without-mingle")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends its process."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def files(self) -> list[str]:
        """Files of runs on its own disk."""
        return [str(path) for path in (self.home / "media").rglob("*") if path.is_file()]


class Cluster:
    """PostgreSQL and Redis over TCP, a bucket, a web machine and as many others as asked for."""

    def __init__(self, place: Path, bucket: BucketServer) -> None:
        self._place, self.bucket = place, bucket
        self.database = PostgresServer(free_port())
        redis, self.port = free_port(), free_port()
        self.shared = SECRETS | {
            "DATABASE_URL": self.database.tcp_url,
            "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
            "STORAGE_URL": bucket.url("cluster"),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DJANGO_SETTINGS_MODULE": "playground.settings",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PROBE_WARM": "0",
            "DEBUG": "1",  # no hashed static files, nobody looks at a page
        }
        self._redis_port = redis
        self._redis: subprocess.Popen[bytes] | None = None
        self.machines: list[Machine] = []
        self.token = ""

    def start(self) -> None:
        """Brings up all but the workers; returns when the web answers."""
        self.database.start()
        where = ["--bind", "127.0.0.1", "--port", str(self._redis_port), "--dir", str(self._place)]
        command = [str(redis_program()), *where, "--save", "", "--appendonly", "no"]
        self._redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        web = self.machine("web")
        web.django("migrate", "--verbosity", "0")
        self.token = web.django("token").split()[-1]
        web.start(
            "uvicorn", "playground.asgi:application", "--port", str(self.port), "--log-level", "warning"
        )
        wait_until(lambda: self._answers(), 60)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("GET", "/healthz")["ok"])
        except OSError:
            return False

    def machine(self, name: str, threads: int = 1) -> Machine:
        """One more machine."""
        self.machines.append(Machine(self._place / name, self.shared, threads))
        return self.machines[-1]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the web answers: JSON, or bytes."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data, timeout=60) as answer:
            told = answer.read()
            return json.loads(told) if "json" in answer.headers["Content-Type"] else told

    def wait(self, run: str, *statuses: str, seconds: float = 60) -> dict[str, Any]:
        """The run, once it has one of these statuses."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found: dict[str, Any] = self.ask("GET", f"/api/runs/{run}")
            if found["status"] in statuses:
                return found
            time.sleep(0.1)
        raise AssertionError(f"still {found['status']} after {seconds} s")

    def stop(self) -> None:
        """Ends everything."""
        for machine in self.machines:
            machine.end(signal.SIGKILL)
        if self._redis:
            self._redis.kill()
            self._redis.wait()
        self.database.stop()
