"""A saved network."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from playground.accounts.models import Person


class SavedNetworks(models.QuerySet["SavedNetwork"]):
    def of(self, person: Person | AnonymousUser) -> "SavedNetworks":
        """What this person made, deleted ones too."""
        return self.filter(owner=person) if person.is_authenticated else self.none()

    def seen_by(self, person: Person | AnonymousUser) -> "SavedNetworks":
        """What this person may look at: their own and whatever was shared."""
        mine = Q(owner=person) if person.is_authenticated else Q()
        return self.filter(Q(shared=True) | mine if mine else Q(shared=True), deleted=None)


class SavedNetwork(models.Model):
    """A network with a name and an owner. It may hold a problem: people save while they build."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="networks")
    name = models.CharField(max_length=100)
    network = models.JSONField()
    job = models.JSONField(
        default=dict
    )  # what it is for: task, loss and dataset of a job, where they were said
    shared = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now)
    changed = models.DateTimeField(default=timezone.now)
    deleted = models.DateTimeField(null=True)

    objects = SavedNetworks.as_manager()

    class Meta:
        ordering = ["-changed"]
        indexes = [models.Index(fields=["owner", "-changed"])]

    def change(
        self, name: str | None, network: dict[str, Any] | None, job: dict[str, Any] | None = None
    ) -> None:
        """Takes a new name, a new network, what it is for, or several of them."""
        self.name = name or self.name
        self.network = network or self.network
        self.job = self.job if job is None else job
        self.changed = timezone.now()
        self.save(update_fields=["name", "network", "job", "changed"])

    def fork(self, person: Person) -> "SavedNetwork":
        """A copy that belongs to `person`."""
        name = f"{self.name[:92]} (copy)"
        return SavedNetwork.objects.create(owner=person, name=name, network=self.network, job=self.job)

    def share(self) -> None:
        """Lets everyone who has the link look at it."""
        self.shared = True
        self.save(update_fields=["shared"])

    def delete_softly(self) -> None:
        """Takes it away; `restore` brings it back."""
        self.deleted = timezone.now()
        self.save(update_fields=["deleted"])

    def restore(self) -> None:
        """Undoes a deletion."""
        self.deleted = None
        self.save(update_fields=["deleted"])

    def describe(self, person: Person | AnonymousUser) -> dict[str, Any]:
        """The row as the page and scripts see it."""
        return {
            "id": str(self.pk),
            "name": self.name,
            "network": self.network,
            "job": self.job,
            "shared": self.shared,
            "mine": self.owner_id == person.pk,
            "changed": self.changed.isoformat(),
        }
