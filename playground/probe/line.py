"""Whose look is next: people by the time they used, and with each look all that can share its work.

Looks at the same network with the same weights wait together: one forward pass answers them all, so thirty
pupils with the same network cost little more than one. Between different networks the person who used the
looking threads least comes first: a heavy network makes its owner wait, not the others.
"""

import threading
from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from playground.probe.access import Access

TOGETHER = 16  # looks in one pass: more would make the first of them wait for the last


@dataclass(eq=False)
class Question:
    """A look that waits for its turn."""

    message: dict[str, Any]
    access: Access
    person: Hashable
    subject: str  # what it looks at: the same text means the same network and weights
    frame: Future[bytes] = field(default_factory=Future)


class Line:
    """The looks that wait. Used by the event loop and by the looking threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Question] = []  # in the order of their coming
        self._used: dict[Hashable, float] = {}  # seconds, of people who wait or used more than the others
        self._clock = 0.0  # what the person who came first last had used

    def add(self, question: Question) -> None:
        """Lets a look wait. Who did not look for a while saves no time up."""
        with self._lock:
            used = self._used.get(question.person, 0.0)
            self._used[question.person] = max(used, self._clock)
            self._waiting.append(question)

    def take(self) -> list[Question]:
        """The next look and those that share its work; none where nothing waits."""
        with self._lock:
            if not self._waiting:
                return []
            first = min(self._waiting, key=lambda question: self._used[question.person])
            self._clock = self._used[first.person]
            same = (one for one in self._waiting if one.subject == first.subject and one is not first)
            taken = [first, *same][:TOGETHER]
            self._waiting = [one for one in self._waiting if one not in taken]
            return taken

    def spent(self, questions: list[Question], seconds: float) -> None:
        """Notes the time that these looks took together."""
        with self._lock:
            for question in questions:
                used = self._used.get(question.person, self._clock)
                self._used[question.person] = used + seconds / len(questions)
            waiting = {question.person for question in self._waiting}
            self._used = {who: at for who, at in self._used.items() if at > self._clock or who in waiting}
