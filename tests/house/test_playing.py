"""./play as a person starts it: it answers, says so when started twice, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from setup.venv import ROOT

pytestmark = pytest.mark.redis
OPEN = "Ctrl-C stops it"  # the last thing said when all is up
LEFT_OUT = ("REDIS_URL", "DATABASE_URL", "ALLOWED_HOSTS", "TLS", "DEBUG")


class Play:
    """One ./play in its own home, on its own port."""

    def __init__(self, home: Path, *options: str, port: int | None = None) -> None:
        self.home, self.port = home, port or free_port()
        self.log = home.with_name(f"{self.port}.log")
        environment = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        command = [sys.executable, "play", "--home", str(home), "--port", str(self.port), *options]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def status(self, path: str, host: str = "127.0.0.1", name: str = "") -> int:
        """The HTTP status of a page, 0 where nobody answers."""
        request = urllib.request.Request(f"http://{host}:{self.port}{path}")
        if name:
            request.add_header("Host", name)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def told(self, words: str, seconds: float = 90) -> str:
        """Everything it printed, once these words are among it."""
        deadline = time.monotonic() + seconds
        while words not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        return self.log.read_text()

    def processes(self) -> list[int]:
        """Everything that runs for this home, ./play included: its environment or arguments name it."""
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if self._is_ours(path)]

    def _is_ours(self, process: Path) -> bool:
        try:
            named = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            return False
        return os.fsencode(self.home) in named

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end()

    def end(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ends it with a signal; how many seconds it took."""
        begin = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - begin


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all starts: the first one makes its tables and static files."""
    return tmp_path_factory.mktemp("play") / "home"


@pytest.fixture
def play(home: Path) -> Iterator[Play]:
    """A playground that answers."""
    with Play(home) as one:
        one.told(OPEN)
        yield one


def test_it_answers_signs_the_operator_in_and_leaves_nothing_behind(play):
    assert play.status("/healthz") == 200
    link = next(line for line in play.log.read_text().splitlines() if "/enter/" in line).strip()
    assert play.status(link.split(str(play.port))[1]) == 200
    assert len(play.processes()) >= 4
    assert play.end() < 10
    assert play.process.returncode == 0 and play.processes() == []


def test_started_twice_it_says_so(play):
    with Play(play.home) as second:
        assert second.process.wait(60) == 1
    assert f"already runs with {play.home}: http://127.0.0.1:{play.port}/" in second.log.read_text()
    assert play.status("/healthz") == 200


def test_a_busy_port_is_said_in_plain_words(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with Play(tmp_path / "home", port=taken.getsockname()[1]) as one:
            assert one.process.wait(60) == 1
    assert "is in use by another program" in one.log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_killed_it_leaves_nothing_behind_and_starts_again(play):
    play.end(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while play.processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert play.processes() == []
    with Play(play.home) as again:
        again.told(OPEN)
        assert again.status("/healthz") == 200
        again.end(signal.SIGINT)
        assert again.processes() == []


def test_a_part_that_is_killed_comes_back(play):
    [worker] = [pid for pid in play.processes() if b"celery" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(worker, signal.SIGKILL)
    play.told("worker (cpu) ended unexpectedly (SIGKILL); starting it again.", seconds=20)
    assert Path(f"/proc/{play.process.pid}").exists() and play.status("/healthz") == 200


def test_everywhere_it_answers_to_the_machines_own_addresses_only(home):
    with Play(home, "--host", "0.0.0.0") as one:
        told = one.told(OPEN)
        hosts = [line.strip()[7:].split(":")[0] for line in told.splitlines() if line.startswith("  http://")]
        own = [host for host in hosts if host.count(".") == 3]
        assert own and all(one.status("/healthz", host) == 200 for host in own)
        assert one.status("/healthz", name="elsewhere.example") == 400
