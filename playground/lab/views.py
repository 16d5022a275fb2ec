"""The Lab page."""

from typing import Any
from uuid import UUID

from csp.constants import SELF
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, URLResolver, get_resolver
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from playground.lab.catalogue import catalogue
from playground.networks.models import SavedNetwork
from playground.runs.models import Run
from playground.runs.studies.describing import describe_for_page
from playground.runs.studies.models import Study

FORETELLING = ("runs/estimate", "schedule", "export", "studies")


@require_safe
@ensure_csrf_cookie
def lab(request: HttpRequest) -> HttpResponse:
    """The one page; `?run=ID`, `?network=ID` or `?template=NAME` choose with what it opens."""
    context = {"catalogue": catalogue(), "opening": _opening(request)}
    return _with_sockets(request, render(request, "lab/lab.html", context))


@require_safe
@ensure_csrf_cookie
def study(request: HttpRequest, study: UUID) -> HttpResponse:
    """A study: every trial as it trains, and the one to use."""
    found = get_object_or_404(Study.objects.seen_by(request.user), pk=study)
    page = render(request, "study/study.html", {"study": describe_for_page(found, request.user)})
    return _with_sockets(request, page)


def _with_sockets(request: HttpRequest, page: HttpResponse) -> HttpResponse:
    socket = f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    # Older Safari does not count sockets as 'self'. django-csp reads this attribute.
    setattr(page, "_csp_update", {"connect-src": [SELF, socket]})  # noqa: B010  no type knows it
    return page


def _opening(request: HttpRequest) -> dict[str, Any]:
    from playground.lab import opening  # here, because it loads PyTorch, and the web must answer before that

    if "run" in request.GET:
        trainings = Run.objects.seen_by(request.user).trainings()
        run = get_object_or_404(trainings, pk=_uuid(request.GET["run"]))
        chosen = opening.of_run(run, request.user)
    elif "network" in request.GET:
        saved = get_object_or_404(
            SavedNetwork.objects.seen_by(request.user), pk=_uuid(request.GET["network"])
        )
        chosen = opening.of_saved(saved, request.user)
    elif "template" in request.GET:
        chosen = opening.of_template(request.GET["template"])
    else:
        chosen = opening.of_ready()
    return {**opening.with_ready_facts(chosen), "doors": _doors()}


def _doors() -> list[str]:
    """Doors of the API that tell of a job before it is run, as far as this server has them."""
    urls = get_resolver()
    return [door for door in FORETELLING if _is_served(urls, f"/api/{door}")]


def _is_served(urls: URLResolver, path: str) -> bool:
    try:
        urls.resolve(path)
    except Resolver404:
        return False
    return True


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404(f"{text!r} is no id") from error
