"""Hostile input against a real server: nothing may fail, last, or grow.

`.venv/bin/python -m benchmarks.hostile --cases 10000 --seed 7` starts a web process and Redis in a home of
their own (no worker: runs stay queued) and sends so many cases to the API and the sockets, and every image of
`tests/hostile/files.py` that unfolds to far more than it is or is all noise. It prints the seed, the counts,
the slowest case and the most memory of the web process. It ends with 1 where an answer came that may not be
given: a fault of the server, a look that failed, a broken frame, a line that was dropped, a refusal without a
problem, none within 2 s, or memory that grew by more than half a gigabyte.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django

from tests import homes

PATIENCE = 2.0  # seconds
GROWTH = 512  # megabytes, over what the server needs when PyTorch is loaded


class Watched:
    """The web process from outside, and what it was told so far."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.answers: Counter[tuple[str, int]] = Counter()
        self.slowest = (0.0, "", "")
        self.base = self.peak = self.memory("VmHWM")

    def memory(self, line: str) -> int:
        """VmHWM, the most it ever had, or VmRSS, what it has now; in megabytes."""
        told = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(row for row in told if row.startswith(line)).split()[1]) // 1024

    def note(self, kind: str, thing: Any, answer: Any) -> None:
        """Counts an answer; raises AssertionError where memory grew too much."""
        self.answers[kind, answer.status] += 1
        if answer.seconds > self.slowest[0]:
            self.slowest = (answer.seconds, kind, repr(thing)[:300])
        before, self.peak = self.peak, self.memory("VmHWM")
        assert self.peak == before or self.peak - self.base <= GROWTH, (
            f"{self.peak} MB after {self.base}: {kind} {repr(thing)[:300]}"
        )


def main() -> int:
    """Tries everything; 1 where something came back that may not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds for one answer (2)")
    told = parser.parse_args()
    with TemporaryDirectory(prefix="playground-hostile-") as folder:
        home = Path(folder)
        os.environ |= {"PLAYGROUND_HOME": folder, "DJANGO_SETTINGS_MODULE": "playground.settings"}
        django.setup()  # what is tried reads sentences of the server's own modules
        homes.prepare(home)
        with homes.opened(home, worker=False) as (address, pid):
            status = attack(address, pid, told.cases, told.seed, told.patience)
        print((home / "parts.log").read_text()[-2_000:] if status else "")
    return status


def attack(address: str, pid: int, cases: int, seed: int, patience: float) -> int:
    """All kinds of cases in their shares, then the images that unfold."""
    from tests.hostile import trying
    from tests.hostile.doors import Visitor
    from tests.hostile.files import BOMBS, NOISE

    begin, faults = time.monotonic(), 0
    shares = sum(share for share, _, _ in trying.KINDS.values())
    with closing(Visitor(address)) as visitor:
        warm(visitor)
        web = Watched(pid)
        print(f"seed {seed}, {cases:,} cases, web process with {web.base} MB")
        for kind, (share, _, _) in trying.KINDS.items():
            try:
                trying.tried(kind, visitor, -(-cases * share // shares), seed, patience, web.note)
            except AssertionError as fault:
                faults += 1
                print(f"FAULT {kind}: {fault}\n  {str(getattr(fault, '__notes__', ''))[:1_000]}")
        for name, make in (BOMBS | NOISE).items():
            try:
                answer = trying.send_image(visitor, make())
                web.note(name, name, answer)
                assert not answer.fault(patience), answer.fault(patience)
            except AssertionError as fault:
                faults += 1
                print(f"FAULT {name}: {fault}")
    report(web, time.monotonic() - begin)
    return 1 if faults else 0


def warm(visitor: Any) -> None:
    """Has the server load what it needs once: PyTorch, the ready network, a session."""
    visitor.send("POST", "/api/networks", json.dumps({"network": {"layers": []}}).encode())
    visitor.say(
        "/ws/probe/", json.dumps({"kind": "look", "request": 1, "weights": {"kind": "ready"}, "probes": []})
    )


def report(web: Watched, seconds: float) -> None:
    """What is kept in results.md."""
    for kind in dict.fromkeys(kind for kind, _ in web.answers):
        counts = {status: count for (of, status), count in sorted(web.answers.items()) if of == kind}
        print(f"  {kind:40} " + "  ".join(f"{status}: {count:,}" for status, count in counts.items()))
    print(f"{web.answers.total():,} cases in {seconds:.0f} s")
    print(f"web process at most {web.peak} MB, {web.base} MB before")
    print(f"slowest: {web.slowest[0]:.2f} s, {web.slowest[1]}: {web.slowest[2]}")


if __name__ == "__main__":
    sys.exit(main())
