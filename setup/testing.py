"""./test: sets up what is missing, runs all tests, and says which were run and which were not."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from setup import tools, venv
from setup.play import interrupt
from setup.venv import PYTHON, ROOT
from setup.words import Missing, say

USAGE = """Usage: ./test [--all] [arguments for pytest]

Without arguments the quick suite runs, in Python and JavaScript; --all adds the long tests.
With arguments for pytest (a file, -k WORD, ...) only pytest runs."""
OWN = [
    "DJANGO_SETTINGS_MODULE",
    "REDIS_URL",
    "DATABASE_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DEBUG",
    "TLS",
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
    signal.signal(signal.SIGTERM, interrupt)
    try:
        venv.ensure("requirements-dev.txt")
        environment = tools.environment()
        browser = tools.browser() is not None
        with TemporaryDirectory(prefix="playground-test-") as home:
            return run(arguments, environment | {"PLAYGROUND_HOME": home}, browser)
    except Missing as missing:
        print(f"./test: {missing}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def run(arguments: list[str], environment: dict[str, str], browser: bool) -> int:
    """Runs Node's and pytest's tests and prints the summary."""
    environment = {name: value for name, value in environment.items() if name not in OWN}
    wanted = [argument for argument in arguments if argument != "--all"]
    marks = [mark for mark, out in (("long", "--all" not in arguments), ("browser", not browser)) if out]
    results = [] if wanted else [timed("node", [str(tools.node()), "--test", *js_tests()], environment)]
    command = [str(PYTHON), "-m", "pytest", *selection(marks), *wanted]
    results.append(timed("pytest", command, environment))
    quick = "long" in marks
    left_out = [] if browser else browser_tests(quick, wanted, environment)
    return summary(results, left_out, quick)


def timed(name: str, command: list[str], environment: dict[str, str]) -> Result:
    """Runs one kind of tests with its output on the screen."""
    say(f"== {name}")
    begin = time.monotonic()
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    return Result(name, status == 0, time.monotonic() - begin)


def selection(marks: list[str]) -> list[str]:
    """How pytest is told to leave out the tests that carry any of these marks."""
    return ["-m", " and ".join(f"not {mark}" for mark in marks)] if marks else []


def js_tests() -> list[str]:
    """The files with tests for Node."""
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests" / "js").rglob("*.test.js"))]


def browser_tests(quick: bool, wanted: list[str], environment: dict[str, str]) -> list[str]:
    """The names of the tests that would have run with a browser."""
    mark = "browser and not long" if quick else "browser"
    command = [str(PYTHON), "-m", "pytest", "--collect-only", "-q", "-m", mark, *wanted]
    told = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    ).stdout
    return [line for line in told.splitlines() if "::" in line]


def summary(results: list[Result], left_out: list[str], quick: bool) -> int:
    """Prints how everything ended; the exit status."""
    say("== Summary")
    for result in results:
        say(f"{result.name:8} {'passed' if result.passed else 'FAILED'}  ({result.seconds:.0f} s)")
    if left_out:
        say(f"Not run, because Chromium is missing ({len(left_out)} browser tests):")
        for name in left_out:
            say(f"  {name}")
        say("Chromium is installed once with:  sudo apt-get install chromium")
    if quick:
        say("The long tests were left out; ./test --all runs them too.")
    return 0 if all(result.passed for result in results) else 1
