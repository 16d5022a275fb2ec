"""The socket on which a page looks: a message asks, a binary frame answers, the newest question wins."""

import asyncio
import logging

from playground.accounts.identity import PersonalSocket
from playground.metrics import looking
from playground.probe.access import Access
from playground.probe.departing import departing
from playground.probe.looking import ask
from playground.sockets import Message
from trainer.problems import Problem

logger = logging.getLogger(__name__)
FAILED = "This look failed on the server; its log says why."


class ProbeSocket(PersonalSocket):
    """At most one look of a socket is under way. While it is, only the newest further one is remembered."""

    newest: Message | None = None
    looking: asyncio.Task[None] | None = None
    access: Access | None = None

    async def on_look(self, message: Message) -> None:
        """`{"kind": "look", "request": N, "network": …, "weights": …, "probes": […], "layers": …}`"""
        person = await self.person(message)
        if self.access is None or self.access.person != person:
            self.access = Access(person)
        self.newest = message
        self._go_on()

    async def on_pace(self, message: Message) -> None:
        """A page that nobody sees gets no frames; the newest look waits until somebody does."""
        await super().on_pace(message)
        self._go_on()

    def _go_on(self) -> None:
        if self.looking is None or self.looking.done():
            self.looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while self.newest is not None and self.access is not None and not self.pace.hidden:
            message, self.newest = self.newest, None
            try:
                with looking():
                    frame = await asyncio.wrap_future(ask(message, self.access))
                await self._bring(frame, message)
            except Problem as problem:
                await self.tell_problem(problem, message)
            except Exception:
                logger.exception("a look was not answered")
                await self.tell_problem(Problem(FAILED), message)

    async def _bring(self, frame: bytes, message: Message) -> None:
        """Sends a frame. Before the word after a large one, the server waits until it has left its memory."""
        with departing().holding(frame):
            await self.send(bytes_data=frame)
            if departing().is_large(frame):
                await self.tell({"kind": "sent", "request": message["request"]})

    async def disconnect(self, code: int) -> None:
        self.newest = None
        if self.looking:
            self.looking.cancel()
            await asyncio.gather(self.looking, return_exceptions=True)
