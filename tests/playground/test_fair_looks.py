"""Whose look is next, and what is kept ready: without a server, because time and memory are made up here."""

from typing import Any

import pytest

from playground.probe.access import Access
from playground.probe.shelf import Shelf
from playground.probe.turns import TOGETHER, Question, Turns


def question(person: str, subject: str) -> Question:
    return Question({}, Access(None), person, subject)


def order(turns: Turns, cost: dict[str, float]) -> list[str]:
    """Who is answered in which turn, where a look at a subject costs so many seconds."""
    told = []
    while taken := turns.take():
        told.append("+".join(str(one.person) for one in taken))
        turns.spent(taken, cost.get(taken[0].subject, 1.0))
    return told


def test_looks_at_the_same_thing_are_taken_together_and_none_twice() -> None:
    turns = Turns()
    for person, subject in (("a", "ready"), ("b", "own"), ("c", "ready"), ("d", "ready")):
        turns.add(question(person, subject))
    assert order(turns, {}) == ["a+c+d", "b"]


def test_a_pass_stays_small_enough_for_its_first_look() -> None:
    turns = Turns()
    for at in range(2 * TOGETHER + 1):
        turns.add(question(str(at), "ready"))
    assert [len(turns.take()) for _ in range(4)] == [TOGETHER, TOGETHER, 1, 0]


def test_many_pages_of_one_person_do_not_push_others_back() -> None:
    turns = Turns()
    for page in range(5):
        turns.add(question("greedy", f"network {page}"))
    turns.add(question("modest", "another"))
    assert order(turns, {}).index("modest") == 1


def test_who_looks_at_a_heavy_network_waits_for_it_alone() -> None:
    turns, told = Turns(), []
    turns.add(question("heavy", "large"))
    turns.add(question("light", "small"))
    for _ in range(30):  # a page asks again as soon as it is answered
        [taken] = turns.take()
        told.append(taken.person)
        turns.spent([taken], {"large": 0.1, "small": 0.01}[taken.subject])
        turns.add(question(str(taken.person), taken.subject))
    assert told.count("light") >= 9 * told.count("heavy")


def test_who_was_away_saved_nothing_up() -> None:
    turns = Turns()
    for _ in range(10):
        turns.add(question("here", "a"))
        turns.spent(turns.take(), 1.0)
    turns.add(question("late", "b"))
    turns.add(question("here", "a"))
    told = []
    for _ in range(6):
        [taken] = turns.take()
        told.append(taken.person)
        turns.spent([taken], 1.0)
        turns.add(question(str(taken.person), taken.subject))
    assert 2 <= told.count("late") <= 4


@pytest.fixture
def shelf() -> Shelf[bytes]:
    return Shelf(limit=100, size=len)


def test_a_shelf_keeps_what_was_used_last_within_its_bytes(shelf: Shelf[bytes]) -> None:
    made: list[Any] = []

    def get(key: str, version: int, size: int = 40) -> None:
        shelf.get(key, version, lambda: made.append((key, version)) or bytes(size))

    for key in ("a", "b", "a", "c", "a", "b"):  # c takes the place of b, which was used longer ago than a
        get(key, 1)
    assert made == [("a", 1), ("b", 1), ("c", 1), ("b", 1)]
    for version in range(50):
        get("run", version)
    assert shelf.bytes <= 100
    get("run", 49)
    assert made.count(("run", 49)) == 1


def test_what_is_larger_than_the_shelf_is_not_kept(shelf: Shelf[bytes]) -> None:
    assert len(shelf.get("huge", 1, lambda: bytes(1_000))) == 1_000
    assert shelf.bytes == 0
