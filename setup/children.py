"""The parts as child processes: started on a leash, watched, restarted when they die, stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from setup.venv import ROOT
from setup.words import Missing, say, tail

LEASH = Path(__file__).with_name("leash.py")
SETTLED = 4.0  # seconds after which a part counts as well started: when it dies then, it is back at once
LONGEST_DELAY = 30.0
LOG_BYTES = 5_000_000


def leashed(command: list[str], niceness: int = 0) -> list[str]:
    """The command line that starts a command which ends with this process, however that one ends."""
    return [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(niceness), *command]


@dataclass
class Part:
    """One process that is to run as long as the playground does."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    niceness: int = 0
    away: Callable[[float], None] | None = None  # called when it died, with the seconds until it is back
    patience: float = 3.0  # seconds between the request to end and the end by force
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0

    def start(self) -> None:
        """Starts the process, its output appended to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                leashed(self.command, self.niceness), cwd=ROOT, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.started = time.monotonic()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def look_after(self) -> None:
        """Notes a death and starts the process again when it is due."""
        if self.running:
            return
        now = time.monotonic()
        if self.process is not None:
            self.mourn(now)
        if now >= self.due:
            self.start()

    def mourn(self, now: float) -> None:
        """Says that the process died, and when it will be back: at once, then with growing pauses."""
        assert self.process is not None
        self.deaths = 1 if now - self.started > SETTLED else self.deaths + 1
        delay = 0.0 if self.deaths == 1 else min(LONGEST_DELAY, 0.5 * 2 ** (self.deaths - 1))
        say(f"{self.name} ended unexpectedly ({reason(self.process.returncode)}); {again(delay)}.")
        if self.deaths == 3:
            say(f"It keeps ending. The last lines of {self.log}:\n{tail(self.log)}")
        self.process, self.due = None, now + delay
        if self.away:
            self.away(delay)

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process and to whatever it started."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


def wait_until(ready: Callable[[], bool], part: Part, patience: float) -> None:
    """Waits for a part that was just started; says why where it ends or stays silent."""
    deadline = time.monotonic() + patience
    while not ready():
        if not part.running or time.monotonic() > deadline:
            why = f"did not answer within {patience:.0f} s" if part.running else "ended at its start"
            raise Missing(f"{part.name} {why}. The last lines of {part.log}:\n{tail(part.log)}")
        time.sleep(0.02)


def stop(parts: list[Part]) -> None:
    """Ends these parts together: asks, waits as long as they may take, then insists."""
    running = [part for part in parts if part.running]
    for part in running:
        part.signal(signal.SIGTERM)
    asked = time.monotonic()
    while any(part.running and time.monotonic() - asked < part.patience for part in running):
        time.sleep(0.02)
    for part in parts:
        part.signal(signal.SIGKILL)
        if part.process is not None:
            part.process.wait()


def again(delay: float) -> str:
    """When a part comes back, in words."""
    return f"starting it again in {delay:.0f} s" if delay else "starting it again"


def reason(returncode: int) -> str:
    """An exit status in words."""
    if returncode < 0:
        return signal.Signals(-returncode).name
    return f"exit status {returncode}"
