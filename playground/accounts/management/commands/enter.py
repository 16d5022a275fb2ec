from typing import Any

from django.core.management.base import BaseCommand
from django.urls import reverse

from playground.accounts.models import Link, Person


class Command(BaseCommand):
    help = "Makes a one-time link that signs in this server's operator, and prints its path."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(reverse("enter", args=[Link.objects.issue(Person.objects.operator())]))
