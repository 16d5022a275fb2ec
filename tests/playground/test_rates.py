"""Rate limits: each person for themselves, everybody behind an address together, with Redis and without."""

from typing import Any

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from playground import rates
from playground.accounts.models import Person
from playground.environment import env_rates
from playground.settings import RATES
from tests.playground.jobs import NETWORK, job
from tests.playground.parts import RedisServer

pytestmark = pytest.mark.django_db
ADDRESSES = iter(range(1, 250))


@pytest.fixture
def limited(settings: Any, redis_server: RedisServer) -> Any:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()  # the database gives people the numbers of those it has forgotten
    settings.RATE_LIMITS = True
    settings.RATES = settings.RATES | {
        "networks": ("3/minute", "7/minute"),
        "guests": ("1/minute", "2/minute"),
    }
    return settings


@pytest.fixture
def school(limited: Any) -> str:
    """An address that no other test has."""
    return f"192.0.2.{next(ADDRESSES)}"


def browser(school: str, person: Person | None = None) -> Client:
    client = Client(REMOTE_ADDR=school)
    client.cookies["csrftoken"] = "a" * 32
    if person:
        client.force_login(person)
    return client


def save(client: Client) -> Any:
    return client.post("/api/networks", {"network": NETWORK}, content_type="application/json")


def statuses(client: Client, count: int) -> list[int]:
    return [save(client).status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("path", "what"),
    [("/api/schedule", "estimates"), ("/api/runs/estimate", "estimates"), ("/api/export", "exports")],
)
def test_what_is_asked_about_a_job_has_a_rate_of_its_own(
    limited: Any, school: str, pupil: Person, path: str, what: str
) -> None:
    limited.RATES = limited.RATES | {what: ("2/minute", "9/minute")}
    client = browser(school, pupil)
    asked = [client.post(path, job(), content_type="application/json").status_code for _ in range(3)]
    assert asked == [200, 200, 429]
    assert save(client).status_code == 201


def test_one_too_many_is_told_when_to_come_back(
    school: str, redis_server: RedisServer, pupil: Person
) -> None:
    mine = browser(school, pupil)
    assert statuses(mine, 3) == [201] * 3
    answer = save(mine)
    assert answer.status_code == 429
    wait = int(answer["Retry-After"])
    assert 1 <= wait <= 60
    assert answer.json()["problem"]["message"].endswith(f"Please try again in {wait} s.")


def test_one_pupil_does_not_use_up_what_the_others_may(school: str) -> None:
    first, second = (browser(school, Person.objects.make_guest()) for _ in range(2))
    assert statuses(first, 5) == [201] * 3 + [429] * 2
    assert statuses(second, 3) == [201] * 3


def test_an_address_is_bounded_whatever_people_it_makes_up(school: str) -> None:
    people = [browser(school, Person.objects.make_guest()) for _ in range(3)]
    assert [status for one in people for status in statuses(one, 3)] == [201] * 7 + [429] * 2


def test_guests_are_made_as_often_as_an_address_may(school: str) -> None:
    assert [save(browser(school)).status_code for _ in range(3)] == [201, 201, 429]
    assert Person.objects.count() == 2


def test_thirty_pupils_of_a_school_begin_together(limited: Any) -> None:
    limited.RATES = RATES
    for _ in range(30):
        one = browser("192.0.2.250")
        assert statuses(one, 5) == [201] * 5


def test_whoever_runs_the_server_is_not_limited(school: str, operator: Person) -> None:
    assert statuses(browser(school, operator), 9) == [201] * 9


def test_without_redis_each_process_counts_for_itself(
    school: str, pupil: Person, redis_server: RedisServer
) -> None:
    redis_server.stop()
    try:
        assert statuses(browser(school, pupil), 5) == [201] * 3 + [429] * 2
    finally:
        redis_server.start()


@pytest.mark.parametrize(
    ("given", "address"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("", ""), ("unix:", "")],
)
def test_an_address_stands_for_one_home(rf: Any, given: str, address: str) -> None:
    assert rates.address_of(rf.get("/", REMOTE_ADDR=given)) == address


@pytest.mark.parametrize("wrong", ["5", "5/minute", "0/minute 5/minute", "many few", "5/fortnight 5/day"])
def test_a_rate_that_is_none_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("RATE_RUNS", wrong)
    with pytest.raises(ImproperlyConfigured, match="two rates like"):
        env_rates("RATE_RUNS", "30/minute 600/minute")
