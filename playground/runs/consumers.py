"""The socket on which a run is followed: its transcript, its state, doorbells for its weights."""

import asyncio
import logging
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from playground import live
from playground.accounts.identity import PersonalSocket
from playground.accounts.models import Person
from playground.runs.models import Run, Status
from playground.sockets import Message, Socket, in_database
from playground.tails import News, listening
from trainer.problems import Problem

logger = logging.getLogger(__name__)
PAGE = 500  # events in one message
PATIENCE = 10.0  # seconds after which the database is read even if nobody rang
PATIENCE_WITHOUT_REDIS = 1.0


class RunSocket(PersonalSocket):
    """Replays from the database after a seq, then follows: one path for coming early, late or again."""

    following: asyncio.Task[None] | None = None

    async def on_follow(self, message: Message) -> None:
        """`{"kind": "follow", "after": SEQ}`: everything after event SEQ, and then what comes."""
        after = message.get("after", 0)
        if not isinstance(after, int) or not 0 <= after < 2**31:
            raise Problem("`after` is the number of the last event that you have, 0 for none.", ("after",))
        person = await self.person(message)
        run: UUID = self.scope["url_route"]["kwargs"]["run"]
        if not await in_database(Run.objects.seen_by(person).filter(pk=run).exists):
            raise Problem("There is no such run, or it is not yours to see.")
        await self._end()
        self.following = asyncio.create_task(self._follow(Following(self, run, person, after)))

    async def _follow(self, following: "Following") -> None:
        try:
            await following.run()
        except Exception:
            logger.exception("following run %s broke off; the page comes back by itself", following.run_id)
            await self.close(code=4500)

    async def _end(self) -> None:
        if self.following:
            self.following.cancel()
            with suppress(asyncio.CancelledError):
                await self.following

    async def disconnect(self, code: int) -> None:
        await self._end()


class Following:
    """One socket's way through one transcript. `seen` is the seq of the last event sent."""

    def __init__(self, socket: Socket, run_id: UUID, person: Person | AnonymousUser, after: int) -> None:
        self.socket = socket
        self.run_id = run_id
        self.person = person
        self.seen = after
        self._told: dict[str, Any] = {}

    async def run(self) -> None:
        """Tells what was, then what is; ends only by being cancelled."""
        async with listening(live.stream(self.run_id), live.QUEUE) as listener:
            await self._replay()
            await self._tell_state(listener.live)
            while True:
                news = await listener.news(PATIENCE if listener.live else PATIENCE_WITHOUT_REDIS)
                await self._tell_events(news)
                if news.step is not None:
                    await self.socket.tell({"kind": "weights", "step": news.step})
                if news.state or news.behind or (news.queue and self._told["status"] == Status.QUEUED):
                    await self._tell_state(listener.live)

    async def _tell_events(self, news: News) -> None:
        fresh = [event for event in news.events if event["seq"] > self.seen]
        unbroken = [event["seq"] for event in fresh] == list(range(self.seen + 1, self.seen + 1 + len(fresh)))
        if news.behind or not unbroken:
            await self._replay()
        elif fresh:
            await self._send(fresh)

    async def _replay(self) -> None:
        while events := await in_database(self._page):
            await self._send(events)

    def _page(self) -> list[dict[str, Any]]:
        return Run(pk=self.run_id).transcript(self.seen, PAGE)

    async def _send(self, events: list[dict[str, Any]]) -> None:
        await self.socket.tell({"kind": "events", "events": events})
        self.seen = events[-1]["seq"]

    async def _tell_state(self, is_live: bool) -> None:
        state = await in_database(self._describe)
        essence = {key: state[key] for key in ("name", "status", "place", "device", "shared")} | {
            "live": is_live
        }
        if essence != self._told:
            self._told = essence
            await self.socket.tell({"kind": "state", "run": state, "live": is_live})

    def _describe(self) -> dict[str, Any]:
        return Run.objects.get(pk=self.run_id).describe(self.person)
