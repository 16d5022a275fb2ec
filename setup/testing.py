"""./test: sets up what is missing, runs all tests, and says which were run and which were not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from setup import tools, torch_build, venv
from setup.parts import YIELD_SOON
from setup.play import interrupt
from setup.postgres_server import PostgresServer
from setup.venv import PYTHON, ROOT
from setup.words import Missing, say

USAGE = """Usage: ./test [--all] [--postgres] [arguments for pytest]

Without arguments the quick suite runs, in Python and JavaScript; --all adds the long tests.
--postgres runs it on a PostgreSQL of its own instead of SQLite.
With arguments for pytest (a file, -k WORD, ...) only pytest runs."""
OPTIONS = ("--all", "--postgres")
LANES = 4  # processes that run tests side by side, at most; each has a web, a Redis and a worker
ABSENT = {
    "browser": "Chromium is missing. Install it once with:  sudo apt-get install chromium",
    "gpu": "PyTorch finds no GPU on this machine.",
}
OWN = [
    "DJANGO_SETTINGS_MODULE",
    "REDIS_URL",
    "DATABASE_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DEBUG",
    "TLS",
    "STORAGE_URL",
    "LOG_FORMAT",
]  # tests bring their own


@dataclass(frozen=True)
class Result:
    """How one kind of tests ended."""

    name: str
    passed: bool
    seconds: float


def main(arguments: list[str]) -> int:
    """Runs the tests; 0 where all that were run passed."""
    if {"-h", "--help"} & set(arguments):
        say(USAGE)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: interrupt(threading.Event()))
    try:
        venv.ensure("requirements-dev.txt")
        environment = tools.environment()
        browser = tools.browser() is not None
        with TemporaryDirectory(prefix="playground-test-") as home, database(arguments) as url:
            own = {"PLAYGROUND_HOME": home, "TEST_DATABASE_URL": url, **YIELD_SOON}
            return run(arguments, environment | own, browser)
    except Missing as missing:
        print(f"./test: {missing}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def run(arguments: list[str], environment: dict[str, str], browser: bool) -> int:
    """Runs Node's and pytest's tests and prints the summary."""
    environment = {name: value for name, value in environment.items() if name not in OWN}
    wanted = [argument for argument in arguments if argument not in OPTIONS]
    results = [] if wanted else [timed("node", [str(tools.node()), "--test", *js_tests()], environment)]
    quick = ["long"] if "--all" not in arguments else []
    impossible = [mark for mark, there in (("browser", browser), ("gpu", torch_build.has_gpu())) if not there]
    command = [str(PYTHON), "-m", "pytest", "-m", without(quick + impossible), *(wanted or side_by_side())]
    results.append(timed("pytest", command, environment))
    left_out = {mark: names_of(mark, quick, wanted, environment) for mark in impossible}
    return summary(results, left_out, bool(quick))


@contextmanager
def database(arguments: list[str]) -> Iterator[str]:
    """The address of the database that the tests use; empty for SQLite, of which they make their own."""
    if "--postgres" not in arguments:
        yield ""
        return
    server = PostgresServer()
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


def timed(name: str, command: list[str], environment: dict[str, str]) -> Result:
    """Runs one kind of tests with its output on the screen."""
    say(f"== {name}")
    begin = time.monotonic()
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    return Result(name, status == 0, time.monotonic() - begin)


def side_by_side() -> list[str]:
    """How pytest is told to run files in several processes, those with the long tests first."""
    lanes = min(os.cpu_count() or 1, LANES)
    return ["-n", str(lanes), "--dist", "loadfile", "--no-loadscope-reorder"]


def without(marks: list[str]) -> str:
    """How pytest is told to leave out the tests that carry any of these marks; "" leaves out none."""
    return " and ".join(f"not {mark}" for mark in marks)


def js_tests() -> list[str]:
    """The files with tests for Node."""
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests" / "js").rglob("*.test.js"))]


def names_of(mark: str, quick: list[str], wanted: list[str], environment: dict[str, str]) -> list[str]:
    """The tests with this mark that would have run."""
    marks = " and ".join([mark, *([without(quick)] if quick else [])])
    command = [str(PYTHON), "-m", "pytest", "--collect-only", "-q", "-m", marks, *wanted]
    told = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    ).stdout
    return [line for line in told.splitlines() if "::" in line]


def summary(results: list[Result], left_out: dict[str, list[str]], quick: bool) -> int:
    """Prints how everything ended; the exit status."""
    say("== Summary")
    for mark, names in left_out.items():
        if names:
            say(f"Not run ({len(names)} tests): {ABSENT[mark]}")
            for name in names:
                say(f"  {name}")
    if quick:
        say("The long tests were left out; ./test --all runs them too.")
    for result in results:
        say(f"{result.name:8} {'passed' if result.passed else 'FAILED'}  ({result.seconds:.0f} s)")
    return 0 if all(result.passed for result in results) else 1
