"""Whose look is next, and what is kept ready: without a server, because time and memory are made up here."""

from typing import Any

import pytest

from playground.probe.access import Access
from playground.probe.departing import Departing
from playground.probe.line import TOGETHER, Line, Question
from playground.shelf import Shelf
from trainer.problems import Problem


def question(person: str, subject: str) -> Question:
    return Question({}, Access(None), person, subject)


def order(line: Line, cost: dict[str, float]) -> list[str]:
    """Who is answered in which turn, where a look at a subject costs so many seconds."""
    told = []
    while taken := line.take():
        told.append("+".join(str(one.person) for one in taken))
        line.spent(taken, cost.get(taken[0].subject, 1.0))
    return told


def test_looks_at_the_same_thing_are_taken_together_and_none_twice() -> None:
    line = Line()
    for person, subject in (("a", "ready"), ("b", "own"), ("c", "ready"), ("d", "ready")):
        line.add(question(person, subject))
    assert order(line, {}) == ["a+c+d", "b"]


def test_a_pass_stays_small_enough_for_its_first_look() -> None:
    line = Line()
    for at in range(2 * TOGETHER + 1):
        line.add(question(str(at), "ready"))
    assert [len(line.take()) for _ in range(4)] == [TOGETHER, TOGETHER, 1, 0]


def test_many_pages_of_one_person_do_not_push_others_back() -> None:
    line = Line()
    for page in range(5):
        line.add(question("greedy", f"network {page}"))
    line.add(question("modest", "another"))
    assert order(line, {}).index("modest") == 1


def test_who_looks_at_a_heavy_network_waits_for_it_alone() -> None:
    line, told = Line(), []
    line.add(question("heavy", "large"))
    line.add(question("light", "small"))
    for _ in range(30):  # a page asks again as soon as it is answered
        [taken] = line.take()
        told.append(taken.person)
        line.spent([taken], {"large": 0.1, "small": 0.01}[taken.subject])
        line.add(question(str(taken.person), taken.subject))
    assert told.count("light") >= 9 * told.count("heavy")


def test_who_was_away_saved_nothing_up() -> None:
    line = Line()
    for _ in range(10):
        line.add(question("here", "a"))
        line.spent(line.take(), 1.0)
    line.add(question("late", "b"))
    line.add(question("here", "a"))
    told = []
    for _ in range(6):
        [taken] = line.take()
        told.append(taken.person)
        line.spent([taken], 1.0)
        line.add(question(str(taken.person), taken.subject))
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


def test_large_frames_on_their_way_are_bounded_and_small_ones_always_go() -> None:
    leaving = Departing(limit=250, large=10)
    with leaving.holding(bytes(100)), leaving.holding(bytes(150)):
        with pytest.raises(Problem) as caught, leaving.holding(bytes(11)):
            pass
        assert caught.value.where == ("layers",)
        with leaving.holding(bytes(10)):
            pass
    with leaving.holding(bytes(250)):  # those before have arrived
        pass
