"""A job as code over HTTP: whatever the page holds, and what is wrong with it."""

import json
from typing import Any

import pytest
from django.test import Client

from playground.accounts.models import Person
from playground.runs.models import Run
from tests.playground.jobs import NETWORK, job

pytestmark = pytest.mark.django_db


def asked(client: Client, body: dict[str, Any], wish: str = "") -> Any:
    return client.post(f"/api/export{wish}", body, content_type="application/json")


def test_a_script_tells_its_lines_and_where_each_layer_is(client: Client) -> None:
    told = asked(client, job(network="small-cnn", batch_size=33)).json()
    lines = told["text"].splitlines()
    assert told["file"] == "network.py" and 30 < told["lines"] <= 50
    assert lines[told["layers"]["pool2"]] == "network.pool2 = nn.MaxPool2d(2)"
    assert any(".split(33)" in line for line in lines)
    compile(told["text"], told["file"], "exec")


def test_a_notebook_is_one(client: Client) -> None:
    told = asked(client, job(), "?as=notebook").json()
    assert told["file"] == "network.ipynb" and json.loads(told["text"])["nbformat"] == 4


def test_nothing_is_kept_of_who_only_asks(client: Client) -> None:
    asked(client, job())
    assert not Person.objects.exists() and not Run.objects.exists()


@pytest.mark.parametrize(
    ("body", "wish", "where"),
    [
        (job(network={"layers": []}), "", ["network", "layers"]),
        (job(batch_size=0), "", ["batch_size"]),
        (job(optimizer={"kind": "sgd", "lr": -1}), "", ["optimizer", "lr"]),
        (job(network={**NETWORK, "layers": [{"kind": "linear", "name": "a" * 41}]}), "", None),
        (job(), "?as=exe", None),
        ({"network": {"layers": [{"kind": "relu"}] * 100_000}, "dataset": {"kind": "strokes"}}, "", []),
    ],
)
def test_what_cannot_be_written_is_a_problem(
    client: Client, body: dict[str, Any], wish: str, where: list[Any] | None
) -> None:
    answer = asked(client, body, wish)
    assert answer.status_code == 422
    assert where is None or answer.json()["problem"]["where"] == where
