"""The Lab page: with what it opens, and what it lets a browser do."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from playground.accounts.models import Person
from playground.networks.models import SavedNetwork
from playground.runs.models import Run
from tests.playground.jobs import NETWORK
from tests.playground.parts import ROOT, RedisServer

pytestmark = pytest.mark.django_db
NOBODYS = "00000000-0000-4000-8000-000000000000"


def opening(page: Any) -> dict[str, Any]:
    found = re.search(
        rb'<script id="opening" type="application/json">(.*?)</script>', page.content, re.DOTALL
    )
    assert found, page.content[:300]
    told: dict[str, Any] = json.loads(found[1])
    return told


@pytest.fixture
def saved(pupil: Person) -> SavedNetwork:
    return SavedNetwork.objects.create(owner=pupil, name="Mine", network=NETWORK)


@pytest.fixture
def run(pupil: Person) -> Run:
    return Run.objects.create(owner=pupil, name="Mine", job={"network": NETWORK, "seed": 1})


def test_the_page_opens_with_the_ready_network_and_makes_nobody(client: Client) -> None:
    page = client.get("/", follow=True)
    told = opening(page)
    assert (told["weights"], told["run"], told["readonly"]) == ({"kind": "ready"}, None, False)
    assert set(told["ready"]) >= {"trained_on", "accuracy", "command"}
    assert "csrftoken" in client.cookies
    assert "sessionid" not in client.cookies


def test_the_catalogue_travels_with_the_page_and_by_itself(client: Client) -> None:
    told = client.get("/api/catalogue").json()
    assert {"layers", "optimizers", "losses", "datasets", "templates", "job", "limits"} <= set(told)
    assert b'<script id="catalogue" type="application/json">' in client.get("/lab/").content


def test_a_template_opens_untrained(client: Client) -> None:
    told = opening(client.get("/lab/?template=mlp-512-64"))
    assert (told["weights"]["kind"], len(told["network"]["layers"])) == ("initial", 6)


def test_what_was_shared_opens_readonly_for_others(
    saved: SavedNetwork, run: Run, stranger: Person, client: Client
) -> None:
    for thing, query in ((saved, "network"), (run, "run")):
        client.force_login(thing.owner)
        assert opening(client.get(f"/lab/?{query}={thing.pk}"))["readonly"] is False
        client.force_login(stranger)
        assert client.get(f"/lab/?{query}={thing.pk}").status_code == 404
        thing.share()
        assert opening(client.get(f"/lab/?{query}={thing.pk}"))["readonly"] is True


@pytest.mark.parametrize(
    "query", ["template=none", "run=x", f"run={NOBODYS}", f"network={NOBODYS}", "network="]
)
def test_what_is_not_there_is_not_found(client: Client, query: str) -> None:
    lost = client.get(f"/lab/?{query}")
    assert lost.status_code == 404
    assert b"There is nothing here" in lost.content and b'href="/lab/"' in lost.content


def test_scripts_come_from_this_server_only(client: Client) -> None:
    policy = client.get("/lab/")["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["script-src"] == "'self'"
    assert directives["connect-src"] == "'self' ws://testserver"
    assert "unsafe" not in policy


def test_health_is_told_part_by_part(client: Client, redis_server: RedisServer) -> None:
    told = client.get("/healthz")
    assert (told.status_code, told.json()["parts"]["redis"]["ok"]) == (200, True)
    assert client.get("/readyz").status_code == (200 if told.json()["parts"]["workers"]["ok"] else 503)


def test_without_redis_the_page_is_healthy_but_not_ready(client: Client, redis_server: RedisServer) -> None:
    redis_server.stop()
    try:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
    finally:
        redis_server.start()


def test_the_api_describes_every_operation() -> None:
    described = Client().get("/api/openapi.json").json()
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert len(operations) >= 20
    assert all(operation.get("description") for operation in operations)


def test_the_web_answers_before_pytorch_is_loaded() -> None:
    begin = "import sys, playground.asgi, playground.urls; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", begin], cwd=ROOT, check=True)
