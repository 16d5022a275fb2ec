import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from playground import live


class Command(BaseCommand):
    help = "Ends well where a worker of this machine shows life; for the health check of a container."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=socket.gethostname())

    def handle(self, *args: Any, **options: Any) -> None:
        alive = [name for name in live.workers() if name.endswith(f"@{options['host']}")]
        if not alive:
            raise CommandError(f"no worker of {options['host']} shows life")
        self.stdout.write(", ".join(alive))
