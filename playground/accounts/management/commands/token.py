from typing import Any

from django.core.management.base import BaseCommand

from playground.accounts.models import Person, Token


class Command(BaseCommand):
    help = "Makes a token with which scripts act as this server's operator; it stands alone on the last line."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.write("Send it as `Authorization: Bearer TOKEN`. It is shown only once.")
        self.stdout.write(Token.objects.issue(Person.objects.operator()))
