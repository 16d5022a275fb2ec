"""The server's health for people, supervisors and Prometheus. Makes no guest and no session."""

import ipaddress
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from playground import live
from playground.accounts.models import Person, Token
from playground.operation import examining
from playground.operation.models import Sweep

ORDER = [examining.DOWN, examining.CARE, examining.WELL]
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """Every part in plain words; whoever runs it also sees whose runs are under way and who keeps what."""
    parts = examining.parts()
    state = min((part.state for part in parts), key=ORDER.index)
    in_charge = _is_staff(request)
    people = _kept_by_person() if in_charge else []
    if in_charge:
        get_token(request)  # the buttons prove themselves with it
    context = {"parts": parts, "state": state, "people": people, "in_charge": in_charge}
    return render(request, "operation/health.html", context, status=200 if parts_answer(parts) else 503)


def parts_answer(parts: list[examining.Part]) -> bool:
    """Whether web and database do, without which no page can."""
    return all(part.state != examining.DOWN for part in parts if part.name == "Database")


def _kept_by_person() -> list[tuple[str, str]]:
    last = Sweep.objects.exclude(ended=None).first()
    sizes: dict[str, int] = last.kept.get("people", {}) if last else {}
    names = dict(Person.objects.filter(pk__in=[key for key in sizes if key]).values_list("pk", "username"))
    known = [(names.get(int(key)) if key else None, kept) for key, kept in sizes.items()]
    return [(name or "nobody any more", examining.size(kept)) for name, kept in known]


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while web and database answer; the body tells of every part."""
    parts = _examined()
    return _answer(parts, parts["database"]["ok"])


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 only while every part answers and a worker is there."""
    parts = _examined()
    return _answer(parts, all(part["ok"] for part in parts.values()))


def _examined() -> dict[str, dict[str, Any]]:
    redis = live.answers()
    workers = live.workers() if redis else {}
    trouble = examining.database_trouble()
    silent = {} if redis else {"message": "Redis does not answer; live views are delayed."}
    return {
        "web": {"ok": True},
        "database": {"ok": not trouble} | ({"message": trouble} if trouble else {}),
        "redis": {"ok": redis} | silent,
        "workers": {"ok": bool(workers), "alive": workers},
    }


def _answer(parts: dict[str, dict[str, Any]], is_well: bool) -> JsonResponse:
    return JsonResponse({"ok": is_well, "parts": parts}, status=200 if is_well else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """What Prometheus collects: for programs of this machine, and for who brings the operator's token."""
    from playground.operation import measures

    if not (_is_from_here(request) or _is_staff(request)):
        words = "Ask from this machine, or with the operator's token: `Authorization: Bearer TOKEN`.\n"
        return HttpResponseForbidden(words, content_type="text/plain; charset=utf-8")
    return HttpResponse(measures.exposition(), content_type=measures.CONTENT_TYPE)


def _is_staff(request: HttpRequest) -> bool:
    try:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            person = Token.objects.person_of(secret.strip())
            return person is not None and person.is_staff
        return bool(request.user.is_authenticated and request.user.is_staff)
    except DatabaseError:  # then the page says that the database is away, and not who asks
        return False


def _is_from_here(request: HttpRequest) -> bool:
    """Whether a program of this machine asks, and no proxy of this machine for somebody else."""
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a socket file has no address
        return False
