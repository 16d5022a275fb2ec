"""Who is asking: a bearer token, a session, or a guest made at the first write."""

from abc import abstractmethod
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from playground.accounts.models import Person, Token
from playground.rates import count
from playground.sockets import Message, Socket, in_database
from trainer.problems import Problem

BACKEND = "django.contrib.auth.backends.ModelBackend"


class Asked(HttpRequest):
    """A request of the API whose person is known: `auth` is who asks."""

    auth: Any


class Identity(AuthBase):
    """Finds the person behind a request of the API. Subclasses say what an unknown one may do."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_name = "token"

    def __call__(self, request: HttpRequest) -> Any:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._holder(secret.strip())
        return self.by_session(request)

    def _holder(self, secret: str) -> Person:
        person = Token.objects.person_of(secret)
        if person is None:
            raise HttpError(401, "This token is not known here. `python manage.py token` prints a new one.")
        return person

    @abstractmethod
    def by_session(self, request: HttpRequest) -> Any:
        """Who asks without a token, if they may; raises what the API answers where they may not."""


class Reader(Identity):
    """For looking: anyone, known or not."""

    def by_session(self, request: HttpRequest) -> Person | AnonymousUser:
        return request.user


class Owner(Identity):
    """For changing what one already has: a session proves itself against forgery; nobody else is let in."""

    def by_session(self, request: HttpRequest) -> Person | AnonymousUser:
        if not request.user.is_authenticated and settings.CSRF_COOKIE_NAME not in request.COOKIES:
            raise HttpError(
                401, "Say who you are: send `Authorization: Bearer TOKEN`, or open the page first."
            )
        if check_csrf(request):
            raise HttpError(403, "The request did not come from this server's page. Reload it and try again.")
        return request.user


class Maker(Owner):
    """For making something: who is new here becomes a guest."""

    def by_session(self, request: HttpRequest) -> Person | AnonymousUser:
        person = super().by_session(request)
        if not person.is_authenticated:
            count("guests", request)
            person = Person.objects.make_guest()
            login(request, person, backend=BACKEND)
        return person


class PersonalSocket(Socket):
    """A socket that knows who is behind it: by a token in a message, from then on, else by the session."""

    token: str | None = None
    holder: Person | None = None

    async def person(self, message: Message) -> Person | AnonymousUser:
        """Who sent this message."""
        token = message.get("token")
        if token is not None and token != self.token:
            self.holder = await in_database(Token.objects.person_of, str(token))
            if self.holder is None:
                raise Problem("This token is not known here.", ("token",))
            self.token = token
        return self.holder or self.scope["user"]
