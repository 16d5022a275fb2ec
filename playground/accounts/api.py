"""Guests over HTTP: leaving a shared computer, and coming back by a recovery code."""

from datetime import datetime
from typing import Any

from django.contrib.auth import login, logout
from ninja import Field, Router, Schema, Status

from playground.accounts.identity import BACKEND, Asked, Owner, Reader
from playground.accounts.models import Recovery
from playground.rates import count
from trainer.problems import Problem

router = Router(tags=["people"])


class RecoveryState(Schema):
    """Whether you can come back to what you made."""

    guest: bool = Field(description="Whether you are a guest, known by this browser only.")
    made: datetime | None = Field(description="When your recovery code was made; null if you have none.")


class NewCode(Schema):
    """A recovery code. It is told once."""

    code: str = Field(description="Five words and a number; the code before, if any, opens nothing more.")
    made: datetime


class GivenCode(Schema):
    """A recovery code as somebody typed it: capitals and what stands between the words don't matter."""

    code: str = Field(max_length=200)


@router.get("/recovery", auth=Reader(), response=RecoveryState)
def recovery(request: Asked) -> Any:
    """Says whether you are a guest and have a recovery code; the code itself is not kept."""
    kept = Recovery.objects.filter(person_id=request.auth.pk).first()
    return {"guest": getattr(request.auth, "is_guest", False), "made": kept.made if kept else None}


@router.post("/recovery", auth=Owner(), response={201: NewCode})
def make_recovery(request: Asked) -> Any:
    """Makes your recovery code: write it down. Only guests need one."""
    if not request.auth.is_authenticated:
        raise Problem("There is nothing of yours here yet that a code could bring back.")
    if not request.auth.is_guest:
        raise Problem("Only guests need a recovery code; you have another way to sign in.")
    count("recoveries", request)
    code = Recovery.objects.issue(request.auth)
    return Status(201, {"code": code, "made": request.auth.recovery.made})


@router.post("/recover", auth=Owner(), response=RecoveryState)
def recover(request: Asked, given: GivenCode) -> Any:
    """Signs this browser in as the guest whose code this is."""
    count("recoveries", request)
    person = Recovery.objects.person_of(given.code)
    if person is None:
        raise Problem("Nobody has this code. Perhaps a newer one was made.", ("code",))
    login(request, person, backend=BACKEND)
    return {"guest": person.is_guest, "made": person.recovery.made}


@router.post("/leave", auth=Owner(), response={204: None})
def leave(request: Asked) -> Any:
    """Signs this browser out and forgets its session; what you made stays for who comes back to it."""
    logout(request)
    return Status(204, None)
