"""The socket on which a study is followed: how it stands, and the trials that changed."""

import asyncio
import logging
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from playground import live
from playground.accounts.identity import PersonalSocket
from playground.accounts.models import Person
from playground.runs.studies.describing import progress, trials_after
from playground.runs.studies.models import Study
from playground.sockets import Message, in_database
from playground.tails import Listener, listening
from trainer.problems import Problem

logger = logging.getLogger(__name__)
PACE = 0.25  # seconds from one message to the next: trials of a study report often
HIDDEN_SECONDS = 2.0


class StudySocket(PersonalSocket):
    """Tells what changed after a seq, then what changes: one path for coming early, late or again."""

    task: asyncio.Task[None] | None = None
    listener: Listener | None = None

    async def on_follow(self, message: Message) -> None:
        """`{"kind": "follow", "after": SEQ}`: all trials that changed after SEQ, and then what changes."""
        after = message.get("after", 0)
        if not isinstance(after, int) or not 0 <= after < 2**31:
            raise Problem("`after` is the seq of the last message that you have, 0 for none.", ("after",))
        person = await self.person(message)
        study: UUID = self.scope["url_route"]["kwargs"]["study"]
        if not await in_database(Study.objects.seen_by(person).filter(pk=study).exists):
            raise Problem("There is no such study, or it is not yours to see.")
        await self._end()
        self.task = asyncio.create_task(self._follow(study, person, after))

    async def on_pace(self, message: Message) -> None:
        await super().on_pace(message)
        if self.listener:
            self.listener.ring()

    async def _follow(self, study: UUID, person: Person | AnonymousUser, after: int) -> None:
        try:
            self.listener = Listener()
            async with listening(self.listener, live.stream(study)):
                told = await self._tell(study, person, after, always=True)
                while True:
                    await self.listener.rung()
                    await asyncio.sleep(PACE)
                    await self.pace.rest(HIDDEN_SECONDS)
                    self.listener.news()
                    told = await self._tell(study, person, told)
        except Exception:
            logger.exception("following study %s broke off; the page comes back by itself", study)
            await self.close(code=4500)

    async def _tell(
        self, study: UUID, person: Person | AnonymousUser, after: int, always: bool = False
    ) -> int:
        """What changed after `after`; the seq up to which all is told now."""
        state, trials = await in_database(_changes, study, person, after)
        if always or state["seq"] > after:
            await self.tell({"kind": "study", "study": state, "trials": trials})
        return int(state["seq"])

    async def _end(self) -> None:
        if self.task:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task

    async def disconnect(self, code: int) -> None:
        await self._end()


def _changes(
    study: UUID, person: Person | AnonymousUser, after: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The state first: a trial that changes in between is told twice, never missed."""
    row = Study.objects.get(pk=study)
    return progress(row, person), trials_after(row, after)
