"""Coming in by a one-time link."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from playground.accounts.identity import BACKEND
from playground.accounts.models import Link


@require_GET
@never_cache
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """Signs in by a one-time link and goes to the Lab."""
    person = Link.objects.use(secret)
    if person is None:
        words = "This link was used already or is too old. `python manage.py enter` prints a new one.\n"
        return HttpResponse(words, status=410, content_type="text/plain; charset=utf-8")
    login(request, person, backend=BACKEND)
    return redirect("lab")
