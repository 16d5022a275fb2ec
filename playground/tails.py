"""Streams read once per process and handed to every socket that follows them.

One tail reads one stream. Its listeners get events in order and doorbells at their latest; a listener
that does not keep up is told that it is behind, and reads the database instead.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import redis
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

logger = logging.getLogger(__name__)

BLOCK_MS = 5_000
PAUSE = 0.5  # seconds between tries to reach Redis
WAITING_EVENTS = 200  # more than so many unsent ones: the listener is behind


@dataclass
class News:
    """What came since a listener asked last."""

    events: list[dict[str, Any]] = field(default_factory=list)
    behind: bool = False  # something may have been missed: read the database
    step: int | None = None  # newer weights can be looked at
    state: bool = False  # the run's status changed
    queue: bool = False  # the queue moved


class Listener:
    """One follower of one or several streams."""

    def __init__(self) -> None:
        self._events: deque[dict[str, Any]] = deque()
        self._news = News()
        self._rung = asyncio.Event()
        self.live = False  # whether Redis answers

    def take(self, entry: dict[bytes, bytes]) -> None:
        """One entry of a stream."""
        if b"event" in entry:
            self._take_event(json.loads(entry[b"event"]))
        elif b"step" in entry:
            self._news.step = int(entry[b"step"])
        elif b"state" in entry:
            self._news.state = True
        else:
            self._news.queue = True
        self._rung.set()

    def _take_event(self, event: dict[str, Any]) -> None:
        if len(self._events) >= WAITING_EVENTS:
            self._events.clear()
            self._news.behind = True
        self._events.append(event)

    def switch(self, live: bool) -> None:
        """Redis is lost, or back: then something may have been missed."""
        self.live = live
        self._news.behind = self._news.state = True
        self._rung.set()

    async def news(self, patience: float) -> News:
        """Waits for news, `patience` seconds at most; afterwards it counts as being behind."""
        try:
            await asyncio.wait_for(self._rung.wait(), patience)
        except TimeoutError:
            self._news.behind = True
        self._rung.clear()
        news, self._news = self._news, News()
        news.events = list(self._events)
        self._events.clear()
        return news


class Tail:
    """Reads one stream from its present end on, over losses of Redis."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.listeners: set[Listener] = set()
        self.settled = asyncio.Event()  # it stands at the stream's end, or knows that it can't
        self.live = False
        self.task = asyncio.create_task(self._run(), name=f"tail {key}")

    async def _run(self) -> None:
        client = Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=1,
            socket_timeout=2 * BLOCK_MS / 1_000,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            while True:
                try:
                    await self._read(client)
                except (redis.RedisError, OSError) as error:
                    if self.live or not self.settled.is_set():
                        logger.warning("Redis is lost for %s: %s", self.key, error)
                    self._switch(False)
                    await asyncio.sleep(PAUSE)
        finally:
            await client.aclose()

    async def _read(self, client: Redis) -> None:
        newest: Any = await client.xrevrange(self.key, count=1)
        at: bytes = newest[0][0] if newest else b"0-0"
        self._switch(True)
        while True:
            answer: Any = await client.xread({self.key: at}, count=500, block=BLOCK_MS)
            for number, entry in answer[0][1] if answer else []:
                at = number
                for listener in self.listeners:
                    listener.take(entry)

    def _switch(self, live: bool) -> None:
        self.settled.set()
        if live != self.live:
            self.live = live
            for listener in self.listeners:
                listener.switch(live)


_tails: dict[tuple[asyncio.AbstractEventLoop, str], Tail] = {}


@asynccontextmanager
async def listening(*keys: str) -> AsyncIterator[Listener]:
    """A listener to these streams. What is stored before it is given out must be read from the database."""
    loop, listener = asyncio.get_running_loop(), Listener()
    tails = []
    try:
        for key in keys:
            tail = _tails.get((loop, key)) or _tails.setdefault((loop, key), Tail(key))
            tails.append(tail)
            tail.listeners.add(listener)
        for tail in tails:
            await tail.settled.wait()
        listener.live = all(tail.live for tail in tails)
        yield listener
    finally:
        for tail in tails:
            await _leave(loop, tail, listener)


async def _leave(loop: asyncio.AbstractEventLoop, tail: Tail, listener: Listener) -> None:
    tail.listeners.discard(listener)
    if not tail.listeners:
        _tails.pop((loop, tail.key), None)
        tail.task.cancel()
        await asyncio.gather(tail.task, return_exceptions=True)
