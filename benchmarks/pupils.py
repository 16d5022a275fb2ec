"""A class of pupils as sockets: each draws, looks at every stroke as the page does, and follows a run."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.lines import Line, open_line

DIGITS: list[list[tuple[float, float]]] = [
    [(140, 50), (80, 100), (80, 190), (140, 235), (200, 190), (200, 100), (140, 50)],
    [(110, 90), (150, 50), (150, 230)],
    [(85, 95), (140, 50), (195, 95), (150, 160), (80, 230), (205, 230)],
    [(85, 60), (190, 60), (130, 125), (195, 175), (140, 235), (80, 205)],
    [(170, 230), (170, 50), (75, 170), (210, 170)],
    [(195, 55), (95, 55), (90, 130), (180, 135), (190, 200), (130, 235), (80, 215)],
    [(185, 55), (105, 120), (85, 200), (145, 235), (195, 190), (150, 145), (90, 180)],
    [(80, 60), (200, 60), (125, 230)],
    [(140, 140), (85, 95), (140, 50), (195, 95), (85, 190), (140, 235), (195, 190), (140, 140)],
    [(190, 105), (130, 140), (85, 95), (140, 50), (190, 90), (180, 235)],
]
POINTS = 60  # pen points of a whole digit
STROKES = 10  # looks while one digit is drawn
REQUEST = re.compile(rb'"request":(\d+)')


def path_of(digit: int, chance: random.Random) -> list[list[float]]:
    """A hand's way through a digit: POINTS points, with a wobble."""
    corners = DIGITS[digit]
    points = []
    for at in range(POINTS):
        place = at / (POINTS - 1) * (len(corners) - 1)
        first = min(int(place), len(corners) - 2)
        (x0, y0), (x1, y1), part = corners[first], corners[first + 1], place - first
        x, y = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
        points.append([round(x + chance.gauss(0, 2), 1), round(y + chance.gauss(0, 2), 1)])
    return points


@dataclass
class Told:
    """What all pupils together saw."""

    delays: list[float] = field(default_factory=list)  # seconds from a stroke to the frame that carries it
    looks: int = 0
    bytes: int = 0
    errors: list[str] = field(default_factory=list)
    counts: bool = False  # whether it is counted yet


class Pupil:
    """One page: a socket that looks, one look in flight, and a socket that follows the pupil's own run."""

    def __init__(self, token: str, run: dict[str, Any], told: Told, seed: int) -> None:
        self.token, self.run, self.told = token, run, told
        self.chance = random.Random(seed)
        self.step = 0
        self.probe: Line | None = None
        self.following: Line | None = None
        self._request = 0
        self._asked: float | None = None  # when the stroke in flight was drawn; 0 for a look without a stroke
        self._wanted: float | None = None
        self._flying = False
        self._stroke, self._path = 0, path_of(self.chance.randrange(10), self.chance)

    async def sit_down(self, port: int) -> None:
        """Opens both sockets."""
        self.probe = await open_line(port, "/ws/probe/", self._hear_frame)
        self.following = await open_line(port, f"/ws/runs/{self.run['id']}/", self._hear_run)
        follow = {"kind": "follow", "after": 0, "token": self.token}
        self.following.say(json.dumps(follow).encode())

    async def draw(self, rate: float, seconds: float) -> None:
        """Draws `rate` strokes a second."""
        begin = time.monotonic() + self.chance.random() / rate
        for stroke in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begin + stroke / rate - time.monotonic()))
            self._stroke += 1
            if self._stroke > STROKES:
                self._stroke, self._path = 1, path_of(self.chance.randrange(10), self.chance)
            self._look(time.monotonic())

    def _look(self, drawn: float) -> None:
        """Asks, or notes the wish while another look is in flight: the oldest stroke that waits counts."""
        if self._flying:
            self._wanted = self._wanted or drawn
            return
        self._flying, self._asked, self._wanted = True, drawn, None
        self._request += 1
        seed = {"kind": "initial", "seed": self.run["job"]["seed"]}
        weights = {"kind": "run", "run": self.run["id"], "step": None} if self.step else seed
        points = self._path[: self._stroke * POINTS // STROKES]
        pad = {"id": "pad", "strokes": [{"brush": 22, "points": points}] if points else []}
        look = {"kind": "look", "request": self._request, "token": self.token, "weights": weights}
        look |= {"network": self.run["job"]["network"], "probes": [pad], "layers": None}
        assert self.probe
        self.probe.say(json.dumps(look).encode())

    def _hear_frame(self, is_text: bool, content: bytes) -> None:
        if is_text:
            self.told.errors.append(content.decode()[:300])
        found = REQUEST.search(content, 0, 400)
        if found is None or int(found[1]) != self._request:
            self.told.errors.append(f"an answer to another look than {self._request}")
        if self.told.counts:
            self.told.looks += 1
            self.told.bytes += len(content)
            if self._asked:
                self.told.delays.append(time.monotonic() - self._asked)
        self._flying, wanted = False, self._wanted
        if wanted is not None:
            self._look(wanted)

    def _hear_run(self, is_text: bool, content: bytes) -> None:
        message = json.loads(content)
        if message["kind"] == "problem":
            self.told.errors.append(content.decode()[:300])
        for event in message.get("events", []):
            if event["kind"] == "curves":
                self.step = event["first"] + len(event["loss"]) - 1
            if event["kind"] == "failed":
                self.told.errors.append(event["message"])
        if message["kind"] == "weights":
            self._look(0.0)

    @property
    def stuck(self) -> bool:
        """Whether a line was lost, or the last look was never answered."""
        lost = any(line is None or line.lost for line in (self.probe, self.following))
        return lost or self._flying

    def leave(self) -> None:
        """Closes both sockets."""
        for line in (self.probe, self.following):
            if line:
                line.close()
