"""Headers and cookies of the page: with TLS in front, and on a classroom's plain http."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from tests.homes import ROOT

ASK = """
import json, django
from django.conf import settings
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from playground.accounts.models import Link, Person
told = {}
for name, secure in (("http", False), ("https", True)):
    answer = Client(headers={"Host": "localhost"}).get("/", secure=secure)
    told[name] = {"status": answer.status_code, "headers": dict(answer.headers)}
client = Client(headers={"Host": "localhost"})
answer = client.get(f"/enter/{Link.objects.issue(Person.objects.operator())}/", secure=settings.TLS)
told["cookies"] = {name: dict(morsel) for name, morsel in client.cookies.items()}
print(json.dumps(told))
"""


def told(home: Any, tls: str) -> Any:
    """How a web process with these settings answers."""
    own = {"PLAYGROUND_HOME": str(home), "TLS": tls, "DEBUG": "0", "PROBE_WARM": "0"}
    own |= {"DATABASE_URL": f"sqlite:///{home}/db.sqlite3", "DJANGO_SETTINGS_MODULE": "playground.settings"}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_with_tls_everything_asks_for_it(tmp_path: Any) -> None:
    answers = told(tmp_path, "1")
    assert answers["http"]["status"] == 301
    assert answers["http"]["headers"]["Location"].startswith("https://")
    assert (
        int(answers["https"]["headers"]["Strict-Transport-Security"].split("=")[1].split(";")[0])
        >= 31_536_000
    )
    assert answers["https"]["headers"]["Cross-Origin-Opener-Policy"] == "same-origin"
    session = answers["cookies"]["sessionid"]
    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")


def test_without_tls_a_classroom_can_sign_in(tmp_path: Any) -> None:
    answers = told(tmp_path, "0")
    assert answers["http"]["headers"]["Location"] == "/lab/"
    assert "Strict-Transport-Security" not in answers["http"]["headers"]
    session = answers["cookies"]["sessionid"]
    assert (bool(session["secure"]), session["httponly"], session["samesite"]) == (False, True, "Lax")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/lab/", "/healthz", "/api/docs", "/api/catalogue", "/nowhere"])
def test_no_answer_lets_foreign_or_inline_scripts_run(client: Client, path: str) -> None:
    answer = client.get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
