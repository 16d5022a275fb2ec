"""The queue: fair between people, bounded for each, and foretold."""

from typing import Any

import pytest

from playground.accounts.models import Person
from playground.runs.claiming import claim_next
from playground.runs.foretelling import Span, Task, foretell
from playground.runs.models import Run
from tests.playground.jobs import NETWORK, Browser, job
from trainer.speeds import Speeds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def launch(person: Person, name: str = "", **fields: Any) -> Run:
    return Run.objects.launch(person, {"network": NETWORK, "seed": 1, "device": "auto"}, name, **fields)


def finish(run: Run) -> None:
    run.record([], status="finished", worker="", lease=None)


def order_of_claims() -> str:
    """Names of the runs in the order in which one worker that trains one at a time would take them."""
    names = ""
    while run := claim_next("w"):
        names += run.name
        finish(run)
    return names


@pytest.fixture
def people(db: None) -> list[Person]:
    """Four guests."""
    return [Person.objects.make_guest() for _ in range(4)]


def test_people_take_turns_whoever_came_with_many_at_first(people: list[Person]) -> None:
    for person, names in zip(people, ("aaaa", "bb", "c", ""), strict=True):
        for name in names:
            launch(person, name)
    assert order_of_claims() == "abcabaa"


def test_places_tell_the_order_of_the_claims(people: list[Person]) -> None:
    runs = [launch(person, name) for name in "xyz" for person in people]
    places = {str(run.pk): Browser(run.owner).run(str(run.pk))["place"] for run in runs}
    expected = sorted(runs, key=lambda run: places[str(run.pk)])
    for run in expected:
        claimed = claim_next("w")
        assert claimed and claimed.pk == run.pk
        finish(claimed)


def test_one_run_of_a_person_trains_at_a_time(people: list[Person]) -> None:
    mine, more, other = launch(people[0]), launch(people[0]), launch(people[1])
    assert [run.pk for run in iter(lambda: claim_next("w"), None)] == [mine.pk, other.pk]
    finish(Run.objects.get(pk=mine.pk))
    claimed = claim_next("w")
    assert claimed and claimed.pk == more.pk


def test_a_group_takes_one_turn_and_more_workers_only_when_nobody_else_waits(people: list[Person]) -> None:
    mine = Browser(people[0])
    first = mine.call("post", "/runs", job(group="new")).json()
    members = [first["id"], *(mine.launch(group=first["group"]) for _ in range(2))]
    other = launch(people[1])
    claims = [claim_next("a"), claim_next("b"), claim_next("c", alone=False), claim_next("c")]
    assert [str(run.pk) if run else None for run in claims] == [members[0], str(other.pk), None, members[1]]
    late = launch(people[2])
    claimed = claim_next("d")
    assert claimed and claimed.pk == late.pk


def test_a_group_of_somebody_else_is_none(people: list[Person]) -> None:
    group = Browser(people[0]).call("post", "/runs", job(group="new")).json()["group"]
    for wrong in (group, "mine", 7, [group]):
        answer = Browser(people[1]).call("post", "/runs", job(group=wrong))
        assert (answer.status_code, answer.json()["problem"]["where"]) == (422, ["group"])


def test_a_person_has_so_many_runs_waiting_and_no_more(people: list[Person], settings: Any) -> None:
    settings.RUNS_WAITING = 2
    mine = Browser(people[0])
    runs = [mine.launch() for _ in range(3)]
    refused = mine.call("post", "/runs", job())
    assert (refused.status_code, refused.json()["problem"]["where"]) == (422, ["queue"])
    assert (
        "3 runs" in refused.json()["problem"]["message"] and "2 wait" in refused.json()["problem"]["message"]
    )
    mine.ask(runs[1], "pause")
    mine.launch()
    assert mine.ask(runs[1], "resume").status_code == 422
    assert Browser(people[1]).call("post", "/runs", job()).status_code == 201


def test_a_group_counts_as_one(people: list[Person], settings: Any) -> None:
    settings.RUNS_WAITING, settings.RUNS_IN_GROUP = 1, 4
    mine = Browser(people[0])
    group = mine.call("post", "/runs", job(group="new")).json()["group"]
    for _ in range(3):
        mine.launch(group=group)
    assert mine.call("post", "/runs", job(group=group)).json()["problem"]["where"] == ["group"]
    mine.launch()
    assert mine.call("post", "/runs", job()).json()["problem"]["where"] == ["queue"]


def test_what_a_person_may_keep_is_bounded(people: list[Person], settings: Any) -> None:
    settings.PERSON_BYTES = 5_000_000
    launch(people[0], stored=4_950_000)
    refused = Browser(people[0]).call("post", "/runs", job()).json()["problem"]
    assert refused["where"] == ["queue"] and "5.0 MB" in refused["message"]


@pytest.mark.parametrize(
    ("limit", "value", "where", "said"),
    [
        ("EPOCH_FLOPS_LIMIT", 1_000_000, ["network"], "trillion"),
        ("MINUTES_LIMIT", 1, ["epochs"], "at most 1 min"),
        ("EPOCHS_LIMIT", 2, ["epochs"], "at most 2 epochs"),
    ],
)
def test_a_job_beyond_a_limit_is_refused_with_numbers(
    pupil: Person, settings: Any, monkeypatch: Any, limit: str, value: int, where: list[str], said: str
) -> None:
    monkeypatch.setattr("trainer.speeds.known_speeds", lambda home: Speeds((10.0, 0, 0, 0, 0, 0)))
    if limit != "MINUTES_LIMIT":
        settings.MINUTES_LIMIT = 1_000
    setattr(settings, limit, value)
    refused = Browser(pupil).call("post", "/runs", job()).json()["problem"]
    assert refused["where"] == where and said in refused["message"]
    assert not Run.objects.exists()


def test_staff_move_a_run_up_and_stop_it(people: list[Person], operator: Person) -> None:
    runs = [launch(person) for person in people]
    last, staff = str(runs[-1].pk), Browser(operator)
    assert Browser(people[3]).ask(last, "ahead").status_code == 422
    assert staff.ask(last, "ahead").json()["place"] == 1
    assert staff.ask(str(runs[2].pk), "ahead").json()["place"] == 1
    assert [run.pk for run in iter(lambda: claim_next("w"), None)][:2] == [runs[2].pk, runs[3].pk]
    assert staff.ask(last, "ahead").json()["problem"]["where"] == ["kind"]
    assert staff.ask(str(runs[0].pk), "stop").status_code == 202
    assert staff.ask(str(runs[0].pk), "pause").status_code == 404


def test_spans_share_the_workers_and_start_when_there_is_room() -> None:
    running = {"a": Task(1, 10), "b": Task(2, 10)}
    waiting = {"c": Task(1, 5), "d": Task(3, 100)}
    told = foretell(running, waiting, workers=1, held=2, at_once=1)
    assert told["a"] == Span(0, 20) and told["b"] == Span(0, 20)
    assert told["c"].start == 20 and told["d"].end == pytest.approx(125)
    alone = foretell({}, {"x": Task(1, 7)}, workers=3, held=32, at_once=1)
    assert alone == {"x": Span(0, 7)}


def test_an_estimate_is_told_with_place_and_wait_and_learns_from_finished_runs(
    people: list[Person], monkeypatch: Any
) -> None:
    monkeypatch.setattr("trainer.speeds.known_speeds", lambda home: Speeds((0.5, 0, 0, 0, 0, 0)))
    mine = Browser(people[0])
    told = mine.call("post", "/runs/estimate", job(epochs=4)).json()
    assert 58 < told["seconds"] < 62  # 4 epochs of 29 steps, and a look at 4 · 200 images
    assert (told["place"], told["wait_seconds"], told["said"]) == (1, 0, "about 60 s on this server")
    assert not Run.objects.exists()
    run = Run.objects.get(pk=mine.launch(epochs=4))
    run.record([], status="finished", seconds=20.0)
    learned = mine.call("post", "/runs/estimate", job(epochs=8)).json()
    assert learned["seconds"] == pytest.approx(40, rel=0.05)
    for person in people[1:3]:
        Browser(person).launch(epochs=4)
    told = mine.call("post", "/runs/estimate", job(epochs=4)).json()
    assert told["said"] == "about 20 s on this server, you are 3rd, about 60 s"
    wrong = mine.call("post", "/runs/estimate", job(epochs=0))
    assert (wrong.status_code, wrong.json()["problem"]["where"]) == (422, ["epochs"])


def test_a_queued_run_says_when_it_will_start(people: list[Person], settings: Any) -> None:
    first, second = launch(people[0], estimate=30.0), launch(people[0], estimate=30.0)
    mine = Browser(people[0])
    assert mine.run(str(first.pk))["wait_seconds"] == 0
    assert (mine.run(str(second.pk))["wait_seconds"], mine.run(str(second.pk))["estimate_seconds"]) == (
        30,
        30,
    )
    claim_next("w")
    assert mine.run(str(first.pk))["wait_seconds"] is None


def test_who_is_in_charge_sees_what_everybody_trains_and_in_which_order(
    people: list[Person], operator: Person
) -> None:
    first = launch(people[0], "trains", steps=90)
    assert claim_next("w") == first
    pauses = launch(people[1], "pauses")
    pauses.ask("pause")
    launch(people[2], "waits")
    late = launch(people[2], "is moved up")
    finish(launch(people[3], "has ended"))
    launch(people[3], "is gone").delete_softly()
    staff = Browser(operator)
    assert staff.ask(str(late.pk), "ahead").status_code == 202
    rows = staff.call("get", "/runs/under-way").json()
    assert [(row["name"], row["status"], row["place"]) for row in rows] == [
        ("trains", "running", None),
        ("is moved up", "queued", 1),
        ("waits", "queued", 2),
        ("pauses", "paused", None),
    ]
    assert rows[0]["person"] == people[0].username and rows[0]["steps"] == 90
    assert rows[1]["wait_seconds"] is not None
    assert "job" not in rows[0]
    assert Browser(people[0]).call("get", "/runs/under-way").status_code == 403
