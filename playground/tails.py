"""Streams read once per process and handed to every socket that follows them.

One tail reads one stream. What came together is encoded once and given to all its listeners, which get
events in order and doorbells at their latest. A listener that does not keep up, and every one while Redis
does not answer, is told that it is behind: it reads the database instead.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import redis
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from playground import live

logger = logging.getLogger(__name__)

BLOCK_MS = 2_000
ANSWER_SECONDS = 1.5  # a Redis that takes longer, beyond the blocking, is lost
PAUSE = 1.0  # seconds between tries to reach Redis, each of which makes listeners read the database
SILENCE = 10.0  # seconds without an entry after which listeners read the database, though nobody rang
WAITING_EVENTS = 200  # more than so many unsent ones: the listener is behind
SEND_SECONDS = 60e-6  # what one listener costs: a tail rests as long as its listeners are busy
QUEUE_SECONDS = 1.0  # between two doorbells of the queue


@dataclass(frozen=True)
class Batch:
    """Events that follow each other, `first` to `last`, as the JSON texts that Redis carried."""

    first: int
    last: int
    events: tuple[str, ...]

    @cached_property
    def message(self) -> str:
        """The message of a socket that carries them, made once for all sockets."""
        return f'{{"kind": "events", "events": [{", ".join(self.events)}]}}'


def joined(batches: Iterable[Batch]) -> list[Batch]:
    """The same events in as few batches as there are gaps between them."""
    out: list[Batch] = []
    for batch in batches:
        if out and batch.first == out[-1].last + 1:
            out[-1] = Batch(out[-1].first, batch.last, out[-1].events + batch.events)
        else:
            out.append(batch)
    return out


@dataclass
class News:
    """What came since a listener asked last."""

    batches: list[Batch] = field(default_factory=list)
    behind: bool = False  # something may have been missed: read the database
    step: int | None = None  # newer weights can be looked at
    state: bool = False  # the run's status changed
    queue: bool = False  # the queue moved


class Listener:
    """One follower of one or several streams."""

    def __init__(self) -> None:
        self._batches: deque[Batch] = deque()
        self._waiting = 0
        self._news = News()
        self._rung = asyncio.Event()
        self.live = False  # whether Redis answers

    def take(self, batches: list[Batch], bells: News) -> None:
        """What a tail read at once."""
        self._batches.extend(batches)
        self._waiting += sum(len(batch.events) for batch in batches)
        if self._waiting > WAITING_EVENTS:
            self._batches.clear()
            self._waiting, self._news.behind = 0, True
        self._news.step = self._news.step if bells.step is None else bells.step
        self._news.state |= bells.state
        self._news.queue |= bells.queue
        self.ring()

    def fall_behind(self, live: bool) -> None:
        """Something may have been missed: Redis is lost, or back, or was silent for long."""
        self.live = live
        self._news.behind = self._news.state = True
        self.ring()

    def ring(self) -> None:
        """Ends the waiting for news."""
        self._rung.set()

    async def rung(self) -> None:
        """Waits until there are news, or somebody rang."""
        await self._rung.wait()

    def news(self) -> News:
        """What came since this was asked last."""
        self._rung.clear()
        news, self._news = self._news, News()
        news.batches = joined(self._batches)
        self._batches.clear()
        self._waiting = 0
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
            socket_timeout=BLOCK_MS / 1_000 + ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            while True:
                try:
                    await self._read(client)
                except (redis.RedisError, OSError) as error:
                    if self.live or not self.settled.is_set():
                        logger.warning("Redis is lost for %s: %s", self.key, error)
                    self._fall_behind(live=False)
                    await asyncio.sleep(PAUSE)
        finally:
            await client.aclose()

    async def _read(self, client: Redis) -> None:
        newest: Any = await client.xrevrange(self.key, count=1)
        at: bytes = newest[0][0] if newest else b"0-0"
        self._fall_behind(live=True)
        heard = time.monotonic()
        while True:
            answer: Any = await client.xread({self.key: at}, count=500, block=BLOCK_MS)
            now = time.monotonic()
            if answer:
                entries = answer[0][1]
                at, heard = entries[-1][0], now
                self._give(entries)
                await asyncio.sleep(self._rest)
            elif now - heard >= SILENCE and self.key != live.QUEUE:
                heard = now
                self._fall_behind(live=True)

    @property
    def _rest(self) -> float:
        # Meanwhile entries gather: many listeners get fewer and longer messages, a few lose nothing.
        return QUEUE_SECONDS if self.key == live.QUEUE else len(self.listeners) * SEND_SECONDS

    def _give(self, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
        batches, bells = read(entries)
        for listener in self.listeners:
            listener.take(batches, bells)

    def _fall_behind(self, live: bool) -> None:
        self.settled.set()
        self.live = live
        for listener in self.listeners:
            listener.fall_behind(live)


def read(entries: list[tuple[bytes, dict[bytes, bytes]]]) -> tuple[list[Batch], News]:
    """Entries of a stream as batches of events, and the doorbells among them."""
    single, bells = [], News()
    for number, entry in entries:
        if b"event" in entry:
            seq = int(number.partition(b"-")[0])
            single.append(Batch(seq, seq, (entry[b"event"].decode(),)))
        elif b"step" in entry:
            bells.step = int(entry[b"step"])
        elif b"state" in entry:
            bells.state = True
        else:
            bells.queue = True
    return joined(single), bells


_tails: dict[tuple[asyncio.AbstractEventLoop, str], Tail] = {}


@asynccontextmanager
async def listening(listener: Listener, *keys: str) -> AsyncIterator[None]:
    """Lets it listen to these streams. What was stored before must be read from the database."""
    loop, tails = asyncio.get_running_loop(), []
    try:
        for key in keys:
            tail = _tails.get((loop, key)) or _tails.setdefault((loop, key), Tail(key))
            tails.append(tail)
            tail.listeners.add(listener)
        for tail in tails:
            await tail.settled.wait()
        listener.news()  # whatever came by now, the caller is about to read from the database
        listener.live = all(tail.live for tail in tails)
        yield
    finally:
        for tail in tails:
            await _leave(loop, tail, listener)


async def _leave(loop: asyncio.AbstractEventLoop, tail: Tail, listener: Listener) -> None:
    tail.listeners.discard(listener)
    if not tail.listeners:
        _tails.pop((loop, tail.key), None)
        tail.task.cancel()
        await asyncio.gather(tail.task, return_exceptions=True)
