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
from playground.metrics import EVENTS
from playground.runs.models import Run, Status
from playground.runs.replay import After, pages, states
from playground.sockets import Message, in_database
from playground.tails import Listener, News, listening
from trainer.problems import Problem

logger = logging.getLogger(__name__)
HIDDEN_SECONDS = 1.0  # between two messages to a page that nobody sees
ESSENCE = ("name", "status", "place", "device", "shared", "pause_reason")


class RunSocket(PersonalSocket):
    """Replays from the database after a seq, then follows: one path for coming early, late or again."""

    following: "Following | None" = None
    task: asyncio.Task[None] | None = None

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
        self.following = Following(self, run, person, after)
        self.task = asyncio.create_task(self._follow(self.following))

    async def on_pace(self, message: Message) -> None:
        await super().on_pace(message)
        if self.following:
            self.following.listener.ring()

    async def _follow(self, following: "Following") -> None:
        try:
            await following.run()
        except Exception:
            logger.exception("following run %s broke off; the page comes back by itself", following.run_id)
            await self.close(code=4500)

    async def _end(self) -> None:
        if self.task:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task

    async def disconnect(self, code: int) -> None:
        await self._end()


class Following:
    """One socket's way through one transcript. `seen` is the seq of the last event sent."""

    def __init__(self, socket: RunSocket, run_id: UUID, person: Person | AnonymousUser, after: int) -> None:
        self.socket = socket
        self.run_id = run_id
        self.person = person
        self.seen = after
        self.listener = Listener()
        self._told: dict[str, Any] = {}
        self._step: int | None = None  # of newer weights that were not told yet

    async def run(self) -> None:
        """Tells what was, then what is; ends only by being cancelled."""
        async with listening(self.listener, live.stream(self.run_id), live.QUEUE):
            await self._replay()
            await self._tell_state()
            while True:
                await self.listener.rung()
                await self.socket.pace.rest(HIDDEN_SECONDS)
                await self._tell(self.listener.news())

    async def _tell(self, news: News) -> None:
        await self._tell_events(news)
        self._step = self._step if news.step is None else news.step
        if self._step is not None and not self.socket.pace.hidden:
            step, self._step = self._step, None
            await self.socket.tell({"kind": "weights", "step": step})
        if news.state or news.behind or (news.queue and self._told["status"] == Status.QUEUED):
            await self._tell_state()

    async def _tell_events(self, news: News) -> None:
        behind = news.behind
        for batch in news.batches:
            if batch.first == self.seen + 1 and not behind:
                await self.socket.send(text_data=batch.message)
                self._sent(batch.last)
            elif batch.last > self.seen:
                behind = True
        if behind:
            await self._replay()

    def _sent(self, last: int) -> None:
        EVENTS.inc(last - self.seen)
        self.seen = last

    async def _replay(self) -> None:
        while page := await pages.ask(After(self.run_id, self.seen)):
            await self.socket.send(text_data=page.message)
            self._sent(page.last)

    async def _tell_state(self) -> None:
        state = await states.ask((self.run_id, self.person))
        if state is None:
            raise Run.DoesNotExist(f"run {self.run_id} is gone")
        essence = {key: state[key] for key in ESSENCE} | {"live": self.listener.live}
        if essence != self._told:
            self._told = essence
            await self.socket.tell({"kind": "state", "run": state, "live": self.listener.live})
