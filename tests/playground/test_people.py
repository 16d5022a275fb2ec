"""Who is who: guests at the first write, tokens, one-time links."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from playground.accounts.models import Link, Person, Token

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


def test_leaving_needs_a_post_and_ends_the_session(client: Client) -> None:
    client.get(output_of("enter"))
    assert client.get("/leave/").status_code == 405
    client.post("/leave/")
    assert "_auth_user_id" not in client.session
