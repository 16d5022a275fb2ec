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
