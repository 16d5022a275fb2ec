"""Networks over HTTP."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from ninja import Body, Field, Router, Schema, Status

from playground.accounts.identity import Asked, Maker, Owner, Reader
from playground.networks.models import SavedNetwork
from playground.networks.reading import check_network, read_aim, read_network
from playground.rates import count

router = Router(tags=["networks"])


class NetworkRow(Schema):
    """A saved network."""

    id: UUID
    name: str
    network: dict[str, Any] = Field(description="Format 1: input shape and layers, every layer named.")
    job: dict[str, Any] = Field(description="What it is for, where that was said: task, loss, dataset.")
    shared: bool = Field(description="Whether everyone who has the link may look at it.")
    mine: bool
    changed: str


class NewNetwork(Schema):
    """A network to keep."""

    name: str = Field("Untitled", min_length=1, max_length=100)
    network: dict[str, Any]
    job: dict[str, Any] = Field({}, description="What it is for: task, loss and dataset, as a job says them.")


class ChangedNetwork(Schema):
    """What is new about a network; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=100)
    network: dict[str, Any] | None = None
    job: dict[str, Any] | None = None


class Checked(Schema):
    """What there is to say about a network. `stages` end above the first problem."""

    network: dict[str, Any]
    stages: list[dict[str, Any]] = Field(
        description="name, shape, parameters, flops, fits (kinds that fit below)"
    )
    fits: list[str] = Field(description="Kinds of layers that fit directly below the input.")
    parameters: int
    flops: int = Field(description="Operations for one picture; a multiplication and an addition are two.")
    problem: dict[str, Any] | None


@router.post("/check", auth=Reader(), response=Checked)
def check(request: Asked, network: Body[dict[str, Any]]) -> Any:
    """Says shape and size at every edge of a network, and its first problem with a mend.

    Beside the network's fields it takes `task`, `loss` and `dataset` of the job that it is for, as a job says
    them. A mend may change those, too: then it has a `job`.
    """
    aim: dict[str, Any] = {
        field: network.pop(field) for field in ("task", "loss", "dataset") if field in network
    }
    return check_network(network, aim)


@router.get("", auth=Reader(), response=list[NetworkRow])
def index(request: Asked) -> Any:
    """Your networks, the newest change first."""
    mine = SavedNetwork.objects.of(request.auth).filter(deleted=None)
    return [row.describe(request.auth) for row in mine[:200]]


@router.post("", auth=Maker(), response={201: NetworkRow})
def create(request: Asked, new: NewNetwork) -> Any:
    """Keeps a network. It may have a problem, but must be readable."""
    count("networks", request)
    network = read_network(new.network)
    job = read_aim(new.job)
    row = SavedNetwork.objects.create(owner=request.auth, name=new.name, network=network, job=job)
    return Status(201, row.describe(request.auth))


@router.get("/{uuid:network}", auth=Reader(), response=NetworkRow)
def show(request: Asked, network: UUID) -> Any:
    """A network of yours, or one that was shared."""
    return _seen(request, network).describe(request.auth)


@router.put("/{uuid:network}", auth=Owner(), response=NetworkRow)
def change(request: Asked, network: UUID, changed: ChangedNetwork) -> Any:
    """Changes a network of yours, its name, or both."""
    row = _mine(request, network)
    other = None if changed.network is None else read_network(changed.network)
    row.change(changed.name, other, None if changed.job is None else read_aim(changed.job))
    return row.describe(request.auth)


@router.delete("/{uuid:network}", auth=Owner(), response={204: None})
def delete(request: Asked, network: UUID) -> Any:
    """Takes a network of yours away; `restore` undoes it."""
    _mine(request, network).delete_softly()
    return Status(204, None)


@router.post("/{uuid:network}/restore", auth=Owner(), response=NetworkRow)
def restore(request: Asked, network: UUID) -> Any:
    """Brings a deleted network of yours back."""
    row = get_object_or_404(SavedNetwork.objects.of(request.auth), pk=network)
    row.restore()
    return row.describe(request.auth)


@router.post("/{uuid:network}/fork", auth=Maker(), response={201: NetworkRow})
def fork(request: Asked, network: UUID) -> Any:
    """Makes a copy, yours to change, of any network that you may look at."""
    count("networks", request)
    copy = _seen(request, network).fork(request.auth)
    return Status(201, copy.describe(request.auth))


@router.post("/{uuid:network}/share", auth=Owner(), response=NetworkRow)
def share(request: Asked, network: UUID) -> Any:
    """Lets everyone who has the link look at a network of yours."""
    row = _mine(request, network)
    row.share()
    return row.describe(request.auth)


def _mine(request: Asked, network: UUID) -> SavedNetwork:
    mine = SavedNetwork.objects.of(request.auth).filter(deleted=None)
    return get_object_or_404(mine, pk=network)


def _seen(request: Asked, network: UUID) -> SavedNetwork:
    return get_object_or_404(SavedNetwork.objects.seen_by(request.auth), pk=network)
