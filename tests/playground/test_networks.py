"""Networks over HTTP: checked, kept, forked, shared, deleted and brought back; whose they are."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from playground.accounts.models import Person

pytestmark = pytest.mark.django_db


def network(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"format": 1, "input": [1, 28, 28], "layers": list(layers)}


CONV = {"kind": "conv2d", "out_channels": 3, "kernel_size": 5, "padding": 0}
LINEAR = {"kind": "linear", "out_features": 10}
WHOLE = network(CONV, {"kind": "flatten"}, LINEAR)


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    return getattr(client, method)(f"/api/networks{path}", body, content_type="application/json")


@pytest.fixture
def kept(pupil: Person) -> dict[str, Any]:
    """A network that the pupil has saved."""
    row: dict[str, Any] = send(browser(pupil), "post", "", {"name": "Mine", "network": WHOLE}).json()
    return row


def test_a_check_tells_every_edge_and_names_the_layers(client: Client) -> None:
    told = send(client, "post", "/check", WHOLE).json()
    assert [stage["shape"] for stage in told["stages"]] == [[3, 24, 24], [1728], [10]]
    assert [layer["name"] for layer in told["network"]["layers"]] == ["conv1", "flatten1", "linear1"]
    assert told["parameters"] == 78 + 17_290
    assert told["problem"] is None


def test_a_check_tells_a_problem_with_place_and_mend(client: Client) -> None:
    told = send(client, "post", "/check", network(CONV, LINEAR)).json()
    assert told["problem"]["where"][:2] == ["layers", 1]
    assert [layer["kind"] for layer in told["problem"]["mend"]["network"]["layers"]] == [
        "conv2d",
        "flatten",
        "linear",
    ]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (network({"kind": "conv3d"}), ["layers", 0, "kind"]),
        (network(CONV | {"out_channels": 0}), ["layers", 0, "out_channels"]),
        (network(CONV | {"out_channels": 1e400}), None),
        ({"layers": "all"}, ["layers"]),
        ({"format": 2}, ["format"]),
        ({"input": [1, 28]}, None),
        ([], None),
        (network() | {"x" * 300_000: 1}, []),
    ],
)
def test_what_is_no_network_is_a_problem_with_its_place(
    client: Client, wrong: Any, where: list[Any] | None
) -> None:
    answer = send(client, "post", "/check", wrong)
    assert answer.status_code in (400, 422)
    if where is not None:
        assert answer.json()["problem"]["where"] == where


def test_a_network_is_renamed_and_changed(pupil: Person, kept: dict[str, Any]) -> None:
    mine = browser(pupil)
    send(mine, "put", f"/{kept['id']}", {"name": "Better"})
    send(mine, "put", f"/{kept['id']}", {"network": network(CONV)})
    found = send(mine, "get", f"/{kept['id']}").json()
    assert (found["name"], len(found["network"]["layers"])) == ("Better", 1)


def test_a_deleted_network_comes_back(pupil: Person, kept: dict[str, Any]) -> None:
    mine = browser(pupil)
    assert send(mine, "delete", f"/{kept['id']}").status_code == 204
    assert send(mine, "get", "").json() == []
    assert send(mine, "post", f"/{kept['id']}/restore").status_code == 200
    assert [row["name"] for row in send(mine, "get", "").json()] == ["Mine"]


def test_a_shared_network_is_looked_at_and_forked_by_others(
    pupil: Person, stranger: Person, kept: dict[str, Any]
) -> None:
    send(browser(pupil), "post", f"/{kept['id']}/share")
    other = browser(stranger)
    assert send(other, "get", f"/{kept['id']}").json()["mine"] is False
    copy = send(other, "post", f"/{kept['id']}/fork").json()
    assert (copy["mine"], copy["network"]) == (True, kept["network"])
    assert send(other, "put", f"/{kept['id']}", {"name": "Stolen"}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("put", ""), ("delete", ""), ("post", "/restore"), ("post", "/fork"), ("post", "/share")],
)
def test_what_is_not_yours_is_not_there(
    stranger: Person, kept: dict[str, Any], method: str, path: str
) -> None:
    other = browser(stranger)
    foreign = send(other, method, f"/{kept['id']}{path}", {} if method == "put" else None)
    unknown = send(other, method, f"/{uuid4()}{path}", {} if method == "put" else None)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == unknown.json()


POINTS = {"format": 1, "input": [2], "layers": [LINEAR]}
FOR_POINTS = {"task": {"kind": "classify"}, "dataset": {"kind": "circle", "noise": 0.2}}


def test_a_check_says_what_does_not_fit_what_it_is_for(client: Client) -> None:
    told = send(client, "post", "/check", {**POINTS, **FOR_POINTS}).json()
    assert "needs a row of 2 numbers" in told["problem"]["message"]
    assert told["problem"]["mend"]["label"] == "Set linear1 to 2 numbers"
    told = send(client, "post", "/check", {**WHOLE, "loss": {"kind": "hinge"}}).json()
    assert told["problem"]["where"] == ["loss"]
    assert told["problem"]["mend"]["job"]["loss"]["kind"] == "cross_entropy"
    refused = send(client, "post", "/check", {**WHOLE, "task": {"kind": "guess"}})
    assert refused.status_code == 422 and refused.json()["problem"]["where"] == ["task", "kind"]


def test_a_network_keeps_what_it_is_for(pupil: Person) -> None:
    mine = browser(pupil)
    row = send(mine, "post", "", {"name": "Mine", "network": POINTS, "job": FOR_POINTS}).json()
    assert row["job"]["dataset"] == {"kind": "circle", "size": None, "noise": 0.2}
    copied = send(mine, "post", f"/{row['id']}/fork").json()
    assert copied["job"] == row["job"]
    assert send(mine, "put", f"/{row['id']}", {"name": "Other"}).json()["job"] == row["job"]
    changed = send(mine, "put", f"/{row['id']}", {"job": {"loss": {"kind": "mse"}}}).json()
    assert changed["job"] == {"loss": {"kind": "mse"}}
    refused = send(mine, "put", f"/{row['id']}", {"job": {"epochs": 3}})
    assert refused.status_code == 422


def test_points_are_those_that_a_job_learns_from(client: Client) -> None:
    asked = {"dataset": {"kind": "spiral", "size": 100}, "seed": 3}
    told = client.post("/api/points", asked, content_type="application/json").json()
    assert (len(told["training"]), len(told["validation"]), told["edge"]) == (90, 10, 6.0)
    assert all(len(row) == 3 for row in told["training"])
    refused = client.post("/api/points", {"dataset": {"kind": "mnist"}}, content_type="application/json")
    assert refused.status_code == 422 and "no points" in refused.json()["problem"]["message"]
