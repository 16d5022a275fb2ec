"""How many people one web process carries: sockets on one run, and classes that draw while their runs train.

`.venv/bin/python -m benchmarks.load --data DIR --cores 0,1`: ./play in a home of its own, and this process as
all the browsers at once. Three measurements:
- 300 sockets follow one run that says 70 events a second: points lost, delay from the moment before an event
  is stored to its arrival, processor time of the web process.
- a class of 30, each drawing at 5 strokes a second with all layers of the small CNN in view, each with a run
  of its own queued or running in the one worker, which has all cores: delay from stroke to frame.
- a class of 100, the same, at 1 stroke a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lines import Line, open_line
from benchmarks.pupils import Pupil, Told
from benchmarks.stack import MNIST, ROOT, Stack, machine, pin

TICK = os.sysconf("SC_CLK_TCK")
SETTLING = 2.0  # seconds of drawing that don't count yet
ANSWERED = 5.0  # seconds after which a look that has no answer counts as an error


def p(values: list[float], share: float) -> float:
    """A percentile, in milliseconds."""
    return sorted(values)[math.ceil(share * len(values)) - 1] * 1_000 if values else math.nan


@dataclass
class Usage:
    """What was used between two moments, as shares of one core, and the most memory of the web process."""

    web: float = 0.0
    clients: float = 0.0
    others: float = 0.0  # by processes that have nothing to do with this: then delays say little
    megabytes: float = 0.0

    def __str__(self) -> str:
        return f"{self.web:.0%} | {self.megabytes:.0f} | {self.clients:.0%} | {self.others:.0%}"


def processes(stack: Stack) -> dict[int, bytes]:
    """The command lines of the playground's parts."""
    home, found = str(stack.home).encode(), {}
    parts = (b"uvicorn", b"celery", b"redis-server", b"valkey-server")
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_bytes()
            told = command + (place / "environ").read_bytes()  # Redis writes its title over its environment
            if home in told and any(part in command for part in parts):
                found[int(place.name)] = command
        except OSError:
            continue  # it ended, or is somebody else's
    return found


def seconds_of(process: int) -> float:
    """Processor time that a process used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def seconds_of_all() -> float:
    """Processor time that everything on this machine used so far."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields) - fields[3] - fields[4]) / TICK  # but for idle and waiting


@contextmanager
def watched(stack: Stack) -> Iterator[Usage]:
    """Fills in what was used meanwhile."""
    ours = processes(stack)
    web = next(process for process, command in ours.items() if b"uvicorn" in command)

    def read() -> tuple[float, float, float, float]:
        own = seconds_of(os.getpid())
        return time.monotonic(), seconds_of(web), own, seconds_of_all() - own - sum(map(seconds_of, ours))

    usage, before = Usage(), read()
    yield usage
    span, *used = (now - then for now, then in zip(read(), before, strict=True))
    usage.web, usage.clients, usage.others = (seconds / span for seconds in used)
    status = Path(f"/proc/{web}/status").read_text()
    usage.megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1_024


def inside(stack: Stack, *command: str) -> subprocess.Popen[str]:
    """A command of benchmarks/inside.py on the playground's database."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.inside", *command], cwd=ROOT, text=True,
        env=os.environ | {"PLAYGROUND_HOME": str(stack.home)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


class Follower:
    """A socket that follows a run and notes when what arrived. Equal messages are read once for all."""

    read: dict[bytes, list[tuple[int, float]]] = {}

    def __init__(self, delays: list[float]) -> None:
        self.delays, self.seen, self.wrong, self.messages = delays, 0, 0, 0

    def hear(self, is_text: bool, content: bytes) -> None:
        """A message of the run's socket."""
        now = time.monotonic()
        points = self.read.get(content)
        if points is None:
            told = json.loads(content).get("events", [])
            points = self.read[content] = [(event["seq"], event["seconds"]) for event in told]
        self.messages += 1
        for seq, told_at in points:
            self.wrong += seq != self.seen + 1  # lost, told twice or out of order
            self.seen = seq
            self.delays.append(now - told_at)


async def follow(stack: Stack, sockets: int, rate: int, seconds: float) -> str:
    """One run, many sockets: a row of the table."""
    teller = inside(stack, "tell", str(rate), str(seconds))
    assert teller.stdout and teller.stdin
    run = teller.stdout.readline().strip()
    delays: list[float] = []
    followers = [Follower(delays) for _ in range(sockets)]
    lines: list[Line] = []
    for follower in followers:
        line = await open_line(stack.port, f"/ws/runs/{run}/", follower.hear)
        line.say(b'{"kind": "follow", "after": 0}')
        lines.append(line)
    await asyncio.sleep(1)
    with watched(stack) as used:
        teller.stdin.write("\n")
        teller.stdin.close()
        while teller.poll() is None:
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    points = int(rate * seconds)
    lost = sum(points - follower.seen for follower in followers) + sum(one.wrong for one in followers)
    for line in lines:
        line.close()
    fine = not lost and p(delays, 0.99) < 100
    return (
        f"| {sockets} sockets, {rate} events/s | {lost} | {p(delays, 0.5):.0f} / {p(delays, 0.99):.0f} "
        f"| {used} | {sum(one.messages for one in followers) / sockets / seconds:.0f} messages/s a socket "
        f"| {'ok' if fine else 'MISSED'} |"
    )


async def lesson(stack: Stack, tokens: list[str], rate: float, seconds: float, bound: float) -> str:
    """A class draws while its runs train: a row of the table."""
    told = Told()
    cores = len(os.sched_getaffinity(0))
    job = {"network": "small-cnn", "dataset": MNIST, "epochs": 20, "threads": cores, "test": "on_request"}
    runs = [stack.call("POST", "/api/runs", job, token=token) for token in tokens]
    pupils = [Pupil(token, run, told, at) for at, (token, run) in enumerate(zip(tokens, runs, strict=True))]
    for pupil in pupils:
        await pupil.sit_down(stack.port)
    drawing = [asyncio.create_task(pupil.draw(rate, seconds + SETTLING)) for pupil in pupils]
    await asyncio.sleep(SETTLING)
    told.counts = True
    with watched(stack) as used:
        await asyncio.sleep(seconds)
    await asyncio.gather(*drawing)
    end = time.monotonic() + ANSWERED
    while any(pupil.stuck for pupil in pupils) and time.monotonic() < end:
        await asyncio.sleep(0.1)
    told.errors += ["a pupil's last look was never answered"] * sum(pupil.stuck for pupil in pupils)
    trained = sum(pupil.step > 0 for pupil in pupils)
    for pupil, token in zip(pupils, tokens, strict=True):
        pupil.leave()
        stack.call("POST", f"/api/runs/{pupil.run['id']}/commands", {"kind": "stop"}, token=token)
    for error in told.errors[:3]:
        print(error, file=sys.stderr)
    fine = not told.errors and p(told.delays, 0.95) < bound and used.megabytes < 600
    return (
        f"| class of {len(tokens)}, {rate:g} strokes/s each | {len(told.errors)} "
        f"| {p(told.delays, 0.5):.0f} / {p(told.delays, 0.95):.0f} | {used} "
        f"| {told.looks / seconds:.0f} looks/s, {told.bytes / seconds / 1e6:.1f} MB/s, {trained} runs began "
        f"| {'ok' if fine else 'MISSED'} |"
    )


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--cores", default="0,1", help="cores to use, like 0,1")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--only", choices=["sockets", "30", "100"], help="one of the measurements")
    options = parser.parse_args()
    pin(options.cores)
    many, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    print(f"{machine()}; {options.seconds:.0f} s each; at most {many} open files\n")
    print("| | lost or errors | p50 / p99 or p95 ms | web CPU | web MB | clients' CPU | others' CPU | | |")
    print("|---|---|---|---|---|---|---|---|---|")
    with Stack(options.data.resolve()) as stack:
        if options.only in (None, "sockets"):
            print(asyncio.run(follow(stack, 300, 70, options.seconds)), flush=True)
        for number, rate, bound in ((30, 5.0, 200.0), (100, 1.0, 300.0)):
            if options.only in (None, str(number)):
                tokens = inside(stack, "guests", str(number)).communicate()[0].split()
                print(asyncio.run(lesson(stack, tokens, rate, options.seconds, bound)), flush=True)


if __name__ == "__main__":
    main()
