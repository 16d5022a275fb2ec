"""The running playground: Redis, web and workers of one home folder under one supervisor."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from setup import addresses, prepare, redis_server, torch_build
from setup.children import Part, leashed, stop, wait_until
from setup.venv import PYTHON, ROOT
from setup.words import Missing, say

WORKER_NICENESS = 5
SEES_CUDA = "import sys, torch; sys.exit(not torch.cuda.is_available())"
CELERY = [str(PYTHON), "-m", "celery", "-A", "playground", "worker", "--pool=solo", "--loglevel=INFO"]
# glibc gives freed memory back and fetches it again for every batch unless told to keep it: networks
# with convolutions train 1.1 to 1.3 times as fast with these four together, and no setting alone does it.
KEEP_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
    "MALLOC_TOP_PAD_": str(64 << 20),
    "MALLOC_ARENA_MAX": "1",
}
# OpenMP's threads wait for each other by spinning. Where somebody else needs the processor for a moment,
# the page on the same machine say, two threads then fall to a tenth. Spinning briefly keeps them three to
# five times as fast there, and costs nothing measurable on a quiet machine.
YIELD_SOON = {"GOMP_SPINCOUNT": "1000"}
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


class Playground:
    """Starts the parts, watches them, stops them."""

    def __init__(
        self,
        host: str,
        port: int,
        home: Path,
        data: Path | None,
        environment: dict[str, str],
        workers: int = 1,
        gpu_workers: int = 1,
    ) -> None:
        self.host, self.port, self.home = host, port, home
        self.parts: list[Part] = []  # in the order of their start
        self.errands: list[tuple[subprocess.Popen[str], Callable[[int, str], None]]] = []
        self.workers = {"cpu": workers, "cuda": gpu_workers}  # processes by device
        self.database_url = environment.get("DATABASE_URL", "")
        self.given_redis = environment.get("REDIS_URL", "")
        self.socket = redis_server.socket_path(home)
        self.hosts = environment.get("ALLOWED_HOSTS") or ",".join(addresses.accepted(host))
        self.environment = environment | {
            "PLAYGROUND_HOME": str(home),
            "REDIS_URL": self.given_redis or f"unix://{self.socket}",
            "ALLOWED_HOSTS": self.hosts,
            "DJANGO_SETTINGS_MODULE": "playground.settings",  # not one of another project of this person
            "PYTHONUNBUFFERED": "1",
        }
        if data:
            self.environment["PLAYGROUND_DATA"] = str(data)

    def run(self, ending: threading.Event) -> None:
        """Starts everything, watches until somebody asks for the end, then stops everything."""
        try:
            self.start()
            while not ending.wait(0.1):
                self.look_after()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(
                    number, signal.SIG_IGN
                )  # the way down is short, and half of it would leave processes
            self.stop()

    def start(self) -> None:
        """Brings all parts up; returns when the page answers."""
        self.start_redis()
        chores = prepare.chores(self.home, self.database_url)
        if chores:
            self.do(chores)
        command = [
            "-m",
            "uvicorn",
            "playground.asgi:application",
            "--host",
            self.host,
            "--port",
            str(self.port),
        ]
        quiet = ["--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "2"]
        # deflating a frame takes longer than the look that fills it (10 ms against 3)
        quiet += ["--lifespan", "off", "--ws-per-message-deflate", "false"]
        quiet += ["--ws-max-size", str(2 << 20)]  # settings.SOCKET_BYTES of characters, four bytes each
        web = self.add(Part("web", [str(PYTHON), *command, *quiet], self.log("web"), self.environment))
        self.add_workers("cpu")
        if torch_build.has_gpu():
            self.run_errand([str(PYTHON), "-c", SEES_CUDA], self.add_cuda_workers)
        wait_until(self.answers, web, patience=120)
        say("The playground is open:")
        for address in addresses.shown(self.host, self.port):
            say(f"  {address}")
        self.run_errand(django("enter"), self.show_link)

    def start_redis(self) -> None:
        """Starts Redis, or looks for the one that was given."""
        if self.given_redis:
            redis_server.require(self.given_redis)
            return
        command = redis_server.command(redis_server.find(), self.home, self.socket)
        redis = self.add(Part("Redis", command, self.log("redis"), self.environment))
        wait_until(lambda: redis_server.answers(self.socket), redis, patience=60)

    def do(self, chores: list[str]) -> None:
        """Makes tables and static files."""
        environment = self.environment | {"DEBUG": "0"}  # with it, static files would lack their hashed names
        done = subprocess.run(
            leashed(django(*chores)), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Missing(
                f"The database or the static files could not be prepared:\n{done.stderr.strip()[-2000:]}"
            )
        prepare.remember(self.home)

    def add(self, part: Part) -> Part:
        """Starts a part and watches it from now on."""
        self.parts.append(part)
        part.start()
        return part

    def add_workers(self, device: str) -> None:
        """Starts as many workers of a device as were asked for."""
        for number in range(1, self.workers[device] + 1):
            self.add_worker(device, number)

    def add_worker(self, device: str, number: int) -> None:
        """Starts a worker of a device, below the page in priority."""
        title = device if number == 1 else f"{device}{number}"
        name = f"{title}@{socket.gethostname()}"
        command = [*CELERY, "-Q", device, "-n", name, *QUIET]
        environment = KEEP_MEMORY | YIELD_SOON | self.environment
        worker = Part(f"worker ({title})", command, self.log(f"worker-{title}"), environment)
        worker.niceness, worker.patience = WORKER_NICENESS, 8.0
        worker.away = lambda delay: self.free_runs(name, delay)
        self.add(worker)

    def add_cuda_workers(self, status: int, _told: str) -> None:
        """Starts workers for the GPU where PyTorch can use it."""
        if status == 0:
            self.add_workers("cuda")

    def free_runs(self, name: str, delay: float) -> None:
        """Frees the runs of a dead worker. One that is back at once, and has no colleague, does it itself.

        Only claims from before its death are freed: it may hold others by the time when this is done.
        """
        if delay or max(self.workers.values()) > 1:
            command = [str(PYTHON), "manage.py", "free_runs", "--worker", name]
            self.run_errand([*command, "--claimed-before", str(time.time())], tell_failure)

    def run_errand(self, command: list[str], finished: Callable[[int, str], None]) -> None:
        """Runs a short command beside the parts; `finished` gets its exit status and what it printed."""
        errand = subprocess.Popen(
            leashed(command), cwd=ROOT, env=self.environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.errands.append((errand, finished))

    def look_after(self) -> None:
        """One look at everything: restarts what died, takes the answers of finished errands."""
        for part in self.parts:
            part.look_after()
        for errand, finished in [pair for pair in self.errands if pair[0].poll() is not None]:
            self.errands.remove((errand, finished))
            finished(errand.returncode, errand.communicate()[0])

    def show_link(self, status: int, told: str) -> None:
        """Prints the link that signs the operator in."""
        if status:
            tell_failure(status, told)
            return
        first = addresses.shown(self.host, self.port)[0].rstrip("/")
        say(f"Sign in as its operator (this link works once):\n  {first}{told.split()[-1]}")
        say(f"Ctrl-C stops it. Everything it keeps is in {self.home}, its logs in {self.home / 'log'}.")

    def answers(self) -> bool:
        """Whether the page answers, be it with a redirect or a refusal."""
        host = self.hosts.split(",")[0].strip().lstrip(".").replace("*", "localhost")
        link = http.client.HTTPConnection(addresses.reachable(self.host), self.port, timeout=5)
        try:
            link.request("GET", "/healthz", headers={"Host": f"{host}:{self.port}"})
            return link.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

    def stop(self) -> None:
        """Stops web and workers together, then Redis, which they need to say goodbye."""
        for errand, _ in self.errands:
            errand.kill()
            errand.wait()
        stop([part for part in self.parts if part.name != "Redis"])
        stop([part for part in self.parts if part.name == "Redis"])

    def log(self, name: str) -> Path:
        """Where a part's output goes."""
        return self.home / "log" / f"{name}.log"


def django(*names: str) -> list[str]:
    """Django's commands of these names, in one process inside .venv."""
    return [str(PYTHON), "-m", "setup.prepare", *names]


def tell_failure(status: int, told: str) -> None:
    """Shows what a failed errand said."""
    if status:
        say(told.strip()[-2000:])
