"""A person, and the secrets that stand for one: a script's token, a one-time link, a recovery code."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils import timezone

from playground.accounts import codes


def digest(secret: str) -> str:
    """What is kept of a secret: enough to recognise it, too little to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class People(UserManager["Person"]):
    def make_guest(self) -> "Person":
        """A new person without name and password, known by a session only."""
        guest = self.model(username=f"guest-{secrets.token_hex(8)}", is_guest=True)
        guest.set_unusable_password()
        guest.save()
        return guest

    def operator(self) -> "Person":
        """The person who runs this server: staff, made when first asked for."""
        person, _ = self.get_or_create(username="operator", defaults={"is_staff": True})
        if not person.password:
            person.set_unusable_password()
            person.save(update_fields=["password"])
        return person


class Person(AbstractUser):
    """Someone who owns networks and runs."""

    is_guest = models.BooleanField(default=False)

    objects = People()  # type: ignore[misc]


class Tokens(models.Manager["Token"]):
    def issue(self, person: Person) -> str:
        """A new token for this person's scripts. The text is told once and kept only as a digest."""
        secret = secrets.token_urlsafe(32)
        self.create(person=person, digest=digest(secret))
        return secret

    def person_of(self, secret: str) -> Person | None:
        """Whom this token stands for, or None."""
        found = self.select_related("person").filter(digest=digest(secret), person__is_active=True).first()
        return found.person if found else None


class Token(models.Model):
    """Lets a script act as a person: `Authorization: Bearer …`."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField(default=timezone.now)

    objects = Tokens()


class Links(models.Manager["Link"]):
    def issue(self, person: Person) -> str:
        """The secret of a new link that signs this person in once."""
        secret = secrets.token_urlsafe(32)
        expires = timezone.now() + timedelta(seconds=settings.ENTER_SECONDS)
        self.create(person=person, digest=digest(secret), expires=expires)
        return secret

    def use(self, secret: str) -> Person | None:
        """Whom this link signs in; it is used up by that. None where it never was, is used or too old."""
        fresh = self.filter(
            digest=digest(secret), used=None, expires__gt=timezone.now(), person__is_active=True
        )
        link = fresh.select_related("person").first()
        # The update decides between two browsers that open the link at the same moment.
        if link is None or not fresh.update(used=timezone.now()):
            return None
        return link.person


class Link(models.Model):
    """A one-time sign-in link."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)

    objects = Links()


class Recoveries(models.Manager["Recovery"]):
    def issue(self, person: Person) -> str:
        """A new recovery code of this guest. It is told once; the one before, if any, opens nothing more."""
        code = codes.new()
        self.update_or_create(person=person, defaults={"digest": codes.digest(code), "made": timezone.now()})
        return code

    def person_of(self, code: str) -> Person | None:
        """Whom this code brings back, or None. Raises a Problem for what can be no code."""
        digested = codes.digest(codes.read(code))
        found = self.select_related("person").filter(digest=digested, person__is_active=True).first()
        return found.person if found else None


class Recovery(models.Model):
    """Brings a guest back, on another device or after leaving; it can be used again and again."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="recovery")
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField(default=timezone.now)

    objects = Recoveries()
