"""How the parts are: for a supervisor, a load balancer, a curious person. Makes no guest and no session."""

from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from playground import live

Parts = dict[str, dict[str, Any]]


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while web and database answer; the body tells of every part."""
    parts = examine()
    return _answer(parts, parts["database"]["ok"])


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 only while every part answers and a worker is there."""
    parts = examine()
    return _answer(parts, all(part["ok"] for part in parts.values()))


def examine() -> Parts:
    """Each part: whether it is well, and what is known of it."""
    redis = live.answers()
    workers = live.workers() if redis else {}
    return {
        "web": {"ok": True},
        "database": _database(),
        "redis": {"ok": redis}
        | ({} if redis else {"message": "Redis does not answer; live views are delayed."}),
        "workers": {"ok": bool(workers), "alive": workers},
    }


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return {"ok": False, "message": f"The database does not answer: {error}"}
    return {"ok": True}


def _answer(parts: Parts, is_well: bool) -> JsonResponse:
    return JsonResponse({"ok": is_well, "parts": parts}, status=200 if is_well else 503)
