"""Whose turn it is: round-robin between people, then first come. Decided here, and nowhere else.

A class will stand between a person and first come, as soon as there are classes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Waiting:
    """A queued run, as far as its turn depends on it."""

    pk: UUID
    owner: int
    group: UUID | None
    queued: datetime
    ahead: bool  # it was under way before
    called: datetime | None  # to the front, by someone in charge
    device: str  # that its job wishes for
    attempt: int  # claims so far

    @property
    def is_new(self) -> bool:
        """Whether it never had a turn."""
        return self.attempt == 0


@dataclass(frozen=True)
class Queue:
    """All that waits, and what is known of those who wait.

    `busy` counts what a person has running, a group as one; `groups` are those with a member running;
    `served` says when a person had a turn last, in seconds.
    """

    waiting: list[Waiting]
    busy: Counter[int]
    groups: set[UUID]
    served: dict[int, float]

    def in_order(self) -> list[Waiting]:
        """The next one first."""
        return sorted(self.waiting, key=self._ranks().__getitem__)

    def _ranks(self) -> dict[Waiting, tuple[Any, ...]]:
        """What each is sorted by: called ones, then those under way before, then round by round."""
        own: dict[int, list[Waiting]] = {}
        for one in sorted(self.waiting, key=_first_come):
            own.setdefault(one.owner, []).append(one)
        return {
            one: (*_privilege(one), self.busy[owner] + at, self.served.get(owner, 0.0), one.queued, one.pk)
            for owner, ones in own.items()
            for at, one in enumerate(ones)
        }

    def next(self, devices: Iterable[str], at_once: int, alone: bool) -> Waiting | None:
        """What a worker for these devices takes, if people may have `at_once` running.

        Where `alone` says that the worker has nothing else, it also takes a further member of a group,
        provided that nobody else waits.
        """
        mine = [one for one in self.in_order() if one.device in devices]
        free = (one for one in mine if one.called or self._is_free(one, at_once))
        further = (one for one in mine if alone and one.group in self.groups and self._is_first(one))
        return next(free, None) or next(further, None)

    def _is_first(self, one: Waiting) -> bool:
        """Whether its owner has nothing else that came before: a group does not pass that."""
        own = [other for other in self.waiting if other.owner == one.owner]
        return min(own, key=_first_come).group == one.group

    def _is_free(self, one: Waiting, at_once: int) -> bool:
        return self.busy[one.owner] < at_once and one.group not in self.groups


def _privilege(one: Waiting) -> tuple[Any, ...]:
    return (-one.called.timestamp() if one.called else 0.0, not one.ahead)


def _first_come(one: Waiting) -> tuple[Any, ...]:
    return (*_privilege(one), one.queued, one.pk)


def busy_people(running: Iterable[tuple[int, UUID | None]]) -> Counter[int]:
    """How much each person has running, from (owner, group) of what runs: a group counts once."""
    return Counter(owner for owner, _ in takers(running))


def takers(running: Iterable[tuple[int, UUID | None]]) -> Iterator[tuple[int, UUID | None]]:
    """Who takes turns, from (owner, group) of runs: a group once, every other run by itself."""
    groups = set()
    for owner, group in running:
        if group is None:
            yield owner, None
        elif group not in groups:
            groups.add(group)
            yield owner, group
