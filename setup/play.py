"""./play: sets up what is missing, then runs Redis, web and workers in the foreground."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from setup import addresses, venv
from setup.parts import Playground
from setup.venv import ROOT
from setup.words import Missing, say

MOST_WORKERS = 64


@dataclass(frozen=True)
class Options:
    """What the command line and the environment ask for."""

    host: str
    port: int
    home: Path
    data: Path | None
    workers: int
    gpu_workers: int

    @classmethod
    def read(cls, arguments: list[str], environment: dict[str, str]) -> Options:
        """Options win over the environment, the environment over the defaults."""
        parser = argparse.ArgumentParser(
            prog="./play", description="Sets up what is missing and starts the playground; Ctrl-C stops it."
        )
        parser.add_argument(
            "--host", default="127.0.0.1", help="where to listen; 0.0.0.0 lets others in (127.0.0.1)"
        )
        parser.add_argument("--port", type=int, default=8000, help="port of the page (8000)")
        parser.add_argument("--home", help="database, Redis, checkpoints; also PLAYGROUND_HOME (var)")
        parser.add_argument("--data", help="data sets that are already here, read only; also PLAYGROUND_DATA")
        parser.add_argument(
            "--workers", type=int, default=1, help="processes that train on the processor (1)"
        )
        parser.add_argument(
            "--gpu-workers", type=int, default=1, help="processes that share the GPU, if there is one (1)"
        )
        told = parser.parse_args(arguments)
        if not 1 <= told.port <= 65535:
            parser.error(f"--port must be 1 to 65535, not {told.port}")
        for name, number in (("--workers", told.workers), ("--gpu-workers", told.gpu_workers)):
            if not 1 <= number <= MOST_WORKERS:
                parser.error(f"{name} must be 1 to {MOST_WORKERS}, not {number}")
        home = told.home or environment.get("PLAYGROUND_HOME") or ROOT / "var"
        data = told.data or environment.get("PLAYGROUND_DATA") or None
        own = absolute(data) if data else None
        return cls(told.host, told.port, absolute(home), own, told.workers, told.gpu_workers)


def absolute(path: str | Path) -> Path:
    """A path as the children see it, whatever folder they run in."""
    return Path(path).expanduser().resolve()


def main(arguments: list[str]) -> int:
    """The whole life of ./play; the exit status."""
    options = Options.read(arguments, dict(os.environ))
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: interrupt(ending))
    try:
        with only_one(options):
            addresses.require_free(options.host, options.port)
            venv.ensure()
            Playground(**vars(options), environment=dict(os.environ)).run(ending)
    except Missing as missing:
        print(f"./play: {missing}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        pass  # asked to end while something was being set up or waited for
    say("Stopped.")
    return 0


def interrupt(ending: threading.Event) -> NoReturn:
    """Ends what is waited for; noted as well, because Python drops an exception raised in a finalizer."""
    ending.set()
    raise KeyboardInterrupt


@contextmanager
def only_one(options: Options) -> Iterator[None]:
    """Holds the home folder; says so where another ./play holds it."""
    try:
        options.home.mkdir(parents=True, exist_ok=True)
        file = (options.home / "play.lock").open("a+")
    except OSError as error:
        raise Missing(
            f"{options.home} can't be used ({error.strerror}). Choose a folder with --home DIR."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            where = file.read().strip() or "it is still starting"
            raise Missing(f"The playground already runs with {options.home}: {where}") from None
        file.truncate(0)
        file.write(f"{addresses.shown(options.host, options.port)[0]} (process {os.getpid()})")
        file.flush()
        yield
