"""How soon a training does what it is told.

`.venv/bin/python -m benchmarks.obeying --data DIR`: a run trains through ./play; from the press of a button
(the API is asked) to the moment when the training has done it (its event arrives on a web socket).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path
from typing import Any

import websockets

from benchmarks.stack import Stack, machine

NETWORKS = ("mlp-512-64", "cnn-32-32-128")
ASKED = {"set_lr": "changed", "pause": "paused", "resume": "resumed", "stop": "stopped"}


async def obey(line: Any, stack: Stack, run: str, command: dict[str, Any]) -> float:
    """Milliseconds from a command to its event."""
    begin = time.perf_counter()
    await asyncio.to_thread(stack.call, "POST", f"/api/runs/{run}/commands", command)
    async for text in line:
        if any(event["kind"] == ASKED[command["kind"]] for event in json.loads(text).get("events", [])):
            return 1_000 * (time.perf_counter() - begin)
    raise RuntimeError("the socket ended")


async def measure(stack: Stack, network: str, times: int) -> dict[str, list[float]]:
    """Milliseconds of each command, `times` times."""
    told: dict[str, list[float]] = {kind: [] for kind in ASKED}
    for at in range(times):
        run = await asyncio.to_thread(stack.launch, network=network)
        async with websockets.connect(stack.url(f"/ws/runs/{run}/", "ws"), max_size=None) as line:
            await line.send(json.dumps({"kind": "follow", "after": 0, "token": stack.token}))
            async for text in line:
                if any(event["kind"] == "curves" for event in json.loads(text).get("events", [])):
                    break
            for kind in ASKED:
                command = {"kind": kind} | ({"lr": 0.001 * (2 + at)} if kind == "set_lr" else {})
                told[kind].append(await obey(line, stack, run, command))
    return told


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    print(machine(), "\n\n| network | command | median | longest |\n|---|---|---|---|")
    with Stack(options.data) as stack:
        for network in NETWORKS:
            for kind, spent in asyncio.run(measure(stack, network, options.times)).items():
                print(f"| {network} | {kind} | {statistics.median(spent):.0f} ms | {max(spent):.0f} ms |")


if __name__ == "__main__":
    main()
