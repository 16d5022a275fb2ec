"""Who is who: guests at the first write, tokens, one-time links, recovery codes."""

import math
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from playground.accounts import codes
from playground.accounts.models import Link, Person, Recovery, Token

pytestmark = pytest.mark.django_db
NETWORK = {
    "format": 1,
    "input": [1, 28, 28],
    "layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}],
}


def output_of(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_looking_and_health_checks_make_no_guest(client: Client) -> None:
    for path in ("/healthz", "/readyz", "/api/networks", "/api/runs", "/api/docs", "/api/openapi.json"):
        client.get(path)
    client.post("/api/networks/check", NETWORK, content_type="application/json")
    assert not Person.objects.exists()
    assert "sessionid" not in client.cookies


def test_the_first_write_makes_a_guest_who_stays_the_same() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = "a" * 32
    for name in ("first", "second"):
        headers = {"X-CSRFToken": browser.cookies["csrftoken"].value}  # it changes when one becomes somebody
        answer = browser.post(
            "/api/networks", {"name": name, "network": NETWORK}, "application/json", headers=headers
        )
        assert answer.status_code == 201, answer.content
    assert Person.objects.get().is_guest
    assert [row["name"] for row in browser.get("/api/networks").json()] == ["second", "first"]


def test_a_forged_write_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = "a" * 32
    answer = browser.post(
        "/api/networks", {"network": NETWORK}, "application/json", headers={"X-CSRFToken": "b" * 32}
    )
    assert answer.status_code == 403
    assert not Person.objects.exists()


def test_a_script_without_a_token_is_asked_for_one() -> None:
    answer = Client(enforce_csrf_checks=True).post("/api/networks", {"network": NETWORK}, "application/json")
    assert answer.status_code == 401


def test_a_token_makes_a_script_the_operator() -> None:
    token = output_of("token").splitlines()[-1]
    script = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}"})
    answer = script.post("/api/networks", {"name": "mine", "network": NETWORK}, "application/json")
    assert answer.status_code == 201
    assert Person.objects.get().is_staff
    assert token not in {kept.digest for kept in Token.objects.all()}


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "bearer x y"])
def test_an_unknown_token_is_refused_even_for_looking(client: Client, header: str) -> None:
    assert client.get("/api/runs", headers={"Authorization": header}).status_code == 401


def test_a_link_signs_in_once(client: Client) -> None:
    path = output_of("enter")
    assert client.get(path).url == "/lab/"
    assert client.session["_auth_user_id"] == str(Person.objects.get().pk)
    assert Client().get(path).status_code == 410


def test_a_link_does_not_live_for_ever(client: Client) -> None:
    path = output_of("enter")
    Link.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert client.get(path).status_code == 410


def test_leaving_ends_the_session_and_the_code_brings_the_guest_back(pupil: Person) -> None:
    browser = signed_in(pupil)
    send(browser, "/api/networks", {"name": "Mine", "network": NETWORK})
    assert browser.get("/api/recovery").json() == {"guest": True, "made": None}
    code = send(browser, "/api/recovery").json()["code"]
    assert send(browser, "/api/leave").status_code == 204
    assert browser.get("/api/networks").json() == []
    other = with_the_page()
    assert send(other, "/api/recover", {"code": code.upper().replace("-", " ")}).status_code == 200
    assert [row["name"] for row in other.get("/api/networks").json()] == ["Mine"]
    assert other.get("/api/recovery").json()["made"]


def test_a_new_code_closes_the_old_one_and_none_is_kept_in_clear(pupil: Person) -> None:
    browser = signed_in(pupil)
    old, new = (send(browser, "/api/recovery").json()["code"] for _ in range(2))
    assert send(with_the_page(), "/api/recover", {"code": old}).status_code == 422
    assert send(with_the_page(), "/api/recover", {"code": new}).status_code == 200
    kept = Recovery.objects.get()
    assert not set(new.split("-")) & set(kept.digest.split("-"))
    assert len(kept.digest) == 64


def test_a_code_holds_at_least_sixty_bits() -> None:
    numbers = codes.LAST_NUMBER - codes.FIRST_NUMBER + 1
    assert codes.WORDS * math.log2(len(set(codes.words()))) + math.log2(numbers) >= 60
    made = {codes.new() for _ in range(200)}
    assert len(made) == 200
    assert {codes.read(code) for code in made} == made
    assert {codes.read(" ".join(word[:4] for word in code.split("-"))) for code in made} == made


@pytest.mark.parametrize(
    "wrong",
    ["", "-", "ocean-tiger-maple-river-47", "ocean tiger maple river lamp", "ocean tiger maple river lamp 7",
     "ocean tiger maple river lamp 472", "ocean tiger maple river zzzz 47", "o t m r l 47", "é" * 200],
)  # fmt: skip
def test_what_can_be_no_code_is_a_problem_that_says_so(wrong: str) -> None:
    answer = send(with_the_page(), "/api/recover", {"code": wrong})
    assert answer.status_code == 422
    assert answer.json()["problem"]["where"] == ["code"]


def test_leaving_takes_nobody_else_along(pupil: Person) -> None:
    here, there = signed_in(pupil), signed_in(pupil)
    send(here, "/api/networks", {"name": "Mine", "network": NETWORK})
    send(here, "/api/leave")
    assert len(there.get("/api/networks").json()) == 1


def with_the_page() -> Client:
    client = Client()
    client.cookies["csrftoken"] = "a" * 32
    return client


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def send(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, body, content_type="application/json")
