"""What sockets read from the database, read once for all that ask in the same moment.

Three hundred sockets on a run are rung at once: one query answers them. Whoever asks gets what was read
after the question, so nothing that was announced before can be missing.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from playground.accounts.models import Person
from playground.runs.describing import Standing, describe
from playground.runs.models import Run
from playground.sockets import in_database
from playground.tails import Batch

Q = TypeVar("Q")
A = TypeVar("A")
Asked = tuple[UUID, Person | AnonymousUser]
PAGE = 500  # events in one message


class Together(Generic[Q, A]):
    """Answers all questions of one turn of the event loop by one call in a database thread."""

    def __init__(self, answer: Callable[[list[Q]], list[A]]) -> None:
        self._answer = answer
        self._gathering: dict[asyncio.AbstractEventLoop, tuple[list[Q], asyncio.Task[list[A]]]] = {}

    async def ask(self, question: Q) -> A:
        """The answer to this question; raises what the call raised."""
        loop = asyncio.get_running_loop()
        if loop not in self._gathering:
            questions: list[Q] = []
            self._gathering[loop] = questions, loop.create_task(self._go(loop, questions))
        questions, answers = self._gathering[loop]
        questions.append(question)
        at = len(questions) - 1
        return (await asyncio.shield(answers))[at]

    async def _go(self, loop: asyncio.AbstractEventLoop, questions: list[Q]) -> list[A]:
        del self._gathering[loop]
        answers: list[A] = await in_database(self._answer, questions)
        return answers


@dataclass(frozen=True)
class After:
    """The question for the events of a run after one that is known."""

    run: UUID
    seq: int


def _pages(questions: list[After]) -> list[Batch | None]:
    read = {question: _page(question) for question in set(questions)}
    return [read[question] for question in questions]


def _page(question: After) -> Batch | None:
    events = Run(pk=question.run).transcript(question.seq, PAGE)
    if not events:
        return None
    return Batch(events[0]["seq"], events[-1]["seq"], tuple(json.dumps(event) for event in events))


def _states(questions: Iterable[Asked]) -> list[dict[str, Any] | None]:
    runs = Run.objects.in_bulk({run for run, _ in questions})
    standing = Standing()
    return [describe(runs[run], person, standing) if run in runs else None for run, person in questions]


pages: Together[After, Batch | None] = Together(_pages)
"""The next page of a transcript; None where there are no more events."""

states: Together[Asked, dict[str, Any] | None] = Together(_states)
"""A run as a person sees it; None for a run that is gone."""
