"""The live wire: what a run says, carried by Redis as long as it answers. The record is the database.

Everything here may get lost without harm: events are stored before they are announced, commands are
rows, weights lie in a checkpoint. So a Redis that does not answer is logged, left alone for a moment
and never stops a page or a training.

Keys: `run:<id>:events` (stream; `<seq>-0` carries event number seq, `<seq>-<ms>` a doorbell),
`run:<id>:weights` and `run:<id>:step` (newest weights and their step), `run:<id>:watched`,
`run:<id>:commands` (a counter), `run:<id>:trouble` (why it stands still),
`queue` (stream of doorbells), `worker:<name>` (a sign of life).
"""

import json
import logging
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from playground.vitals import vitals

logger = logging.getLogger(__name__)
T = TypeVar("T")
Pipeline = Any  # redis-py types its pipelines only loosely

QUEUE = "queue"
EVENTS_KEPT = 1_000  # in the stream; whoever is further behind reads the database
STREAM_SECONDS = 3_600
WEIGHTS_SECONDS = 30
WATCHED_SECONDS = 3
WORKER_SECONDS = 12
TROUBLE_SECONDS = 5
SILENCE = 1.0  # seconds for which a Redis that failed is not asked again


class Wire:
    """Redis from synchronous code. While it does not answer, sending is skipped and asking answers `None`."""

    def __init__(self, url: str) -> None:
        again = Retry(NoBackoff(), 1)  # the first try may meet a connection from before a restart
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=2, retry=again)
        self._silent_until = 0.0

    def ask(self, question: Callable[[redis.Redis], T]) -> T | None:
        """The answer of Redis, or None where there is none at the moment."""
        if time.monotonic() < self._silent_until:
            return None
        try:
            answer = question(self._redis)
        except (redis.RedisError, OSError) as error:
            logger.warning("Redis does not answer (%s); live views are delayed, nothing is lost", error)
            self._silent_until = time.monotonic() + SILENCE
            return None
        return answer

    def at_once(self, write: Callable[[Pipeline], Any]) -> list[Any] | None:
        """Sends several commands in one round trip."""

        def question(client: redis.Redis) -> list[Any]:
            pipe = client.pipeline(transaction=False)
            write(pipe)
            return list(pipe.execute())

        return self.ask(question)


@cache
def wire() -> Wire:
    """This process's wire."""
    return Wire(settings.REDIS_URL)


def stream(run: UUID) -> str:
    """The stream of a run's events and doorbells."""
    return f"run:{run}:events"


def answers() -> bool:
    """Whether Redis answers now."""
    return bool(wire().ask(lambda client: client.ping()))


def announce(run: UUID, events: Iterable[dict[str, Any]]) -> None:
    """Tells followers about events that are stored."""
    key = stream(run)

    def write(pipe: Pipeline) -> None:
        for event in events:
            pipe.xadd(key, {"event": json.dumps(event)}, id=f"{event['seq']}-0", maxlen=EVENTS_KEPT)
        pipe.expire(key, STREAM_SECONDS)

    wire().at_once(write)


def announce_state(run: UUID, seq: int) -> None:
    """Rings for a run whose status changed, and for everyone who waits in the queue."""

    def write(pipe: Pipeline) -> None:
        pipe.xadd(stream(run), {"state": "1"}, id=_doorbell(seq), maxlen=EVENTS_KEPT)
        pipe.expire(stream(run), STREAM_SECONDS)
        pipe.xadd(QUEUE, {"queue": "1"}, maxlen=10)

    wire().at_once(write)


def ring(study: UUID) -> None:
    """Rings for those who follow a study, which changed."""
    key = stream(study)
    wire().at_once(
        lambda pipe: pipe.xadd(key, {"state": "1"}, maxlen=EVENTS_KEPT).expire(key, STREAM_SECONDS)
    )


def publish_weights(run: UUID, seq: int, step: int, blob: bytes) -> None:
    """Lays out a run's newest weights and rings for them."""

    def write(pipe: Pipeline) -> None:
        pipe.set(f"run:{run}:weights", step.to_bytes(8, "little") + blob, ex=WEIGHTS_SECONDS)
        pipe.set(f"run:{run}:step", step, ex=WEIGHTS_SECONDS)
        pipe.xadd(stream(run), {"step": step}, id=_doorbell(seq), maxlen=EVENTS_KEPT)

    wire().at_once(write)


def _doorbell(seq: int) -> str:
    # After event `seq` and before the next one; milliseconds keep growing also over a worker's restart.
    return f"{seq}-{time.time_ns() // 1_000}"


def watch(run: UUID) -> int | None:
    """Says that somebody looks at this run's weights; the step of the newest ones, if any are laid out."""

    def write(pipe: Pipeline) -> None:
        pipe.set(f"run:{run}:watched", 1, ex=WATCHED_SECONDS)
        pipe.get(f"run:{run}:step")

    got = wire().at_once(write)
    return int(got[1]) if got and got[1] is not None else None


def newest_weights(run: UUID) -> tuple[int, bytes] | None:
    """The step and bytes of the weights that a run laid out last, while they are fresh."""
    blob = wire().ask(lambda client: client.get(f"run:{run}:weights"))
    return (int.from_bytes(blob[:8], "little"), blob[8:]) if isinstance(blob, bytes) else None


def ring_for_commands(run: UUID) -> None:
    """Makes the worker of a run read the command rows."""
    wire().at_once(
        lambda pipe: pipe.incr(f"run:{run}:commands").expire(f"run:{run}:commands", STREAM_SECONDS)
    )


def hear(run: UUID) -> tuple[bytes | None, bool] | None:
    """(counter of commands, whether somebody watches), or None while Redis does not answer."""
    got = wire().at_once(lambda pipe: pipe.get(f"run:{run}:commands").exists(f"run:{run}:watched"))
    return (got[0], bool(got[1])) if got else None


def hear_all(turn_of: UUID, held: Iterable[UUID]) -> tuple[dict[UUID, bytes | None], bool] | None:
    """(counters of commands of all these runs, whether somebody watches the one whose turn it is).

    None while Redis does not answer.
    """
    runs = list(held)
    keys = [f"run:{run}:commands" for run in runs]
    got = wire().at_once(lambda pipe: pipe.mget(keys).exists(f"run:{turn_of}:watched"))
    return (dict(zip(runs, got[0], strict=True)), bool(got[1])) if got else None


def tell_trouble(run: UUID, seq: int, sentence: str) -> None:
    """Says why a run stands still while the database can't be told; ends by itself."""
    wire().ask(lambda client: client.set(f"run:{run}:trouble", sentence, ex=TROUBLE_SECONDS))
    announce_state(run, seq)


def trouble(run: UUID) -> str | None:
    """Why a run stands still at the moment, or None."""
    told = wire().ask(lambda client: client.get(f"run:{run}:trouble"))
    return told.decode() if isinstance(told, bytes) else None


def show_life(worker: str, sign: dict[str, Any]) -> None:
    """A worker's sign of life, which ends by itself."""
    wire().ask(lambda client: client.set(f"worker:{worker}", json.dumps(vitals() | sign), ex=WORKER_SECONDS))


def workers() -> dict[str, dict[str, Any]]:
    """Workers that showed life lately, by name."""

    def question(client: redis.Redis) -> dict[str, dict[str, Any]]:
        keys = [key.decode() for key in client.scan_iter("worker:*", count=1_000)]
        found = zip(keys, client.mget(keys) if keys else [], strict=True)
        return {key.removeprefix("worker:"): json.loads(sign) for key, sign in found if sign}

    return wire().ask(question) or {}


def bound_streams() -> int:
    """Gives keys of runs that would stay for ever an end; how many. A worker may die between two commands."""

    def question(client: redis.Redis) -> int:
        endless = [key for key in client.scan_iter("run:*", count=1_000) if client.ttl(key) == -1]
        for key in endless:
            client.expire(key, STREAM_SECONDS)
        return len(endless)

    return wire().ask(question) or 0
