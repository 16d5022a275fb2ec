from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from playground.runs.claiming import free_runs


class Command(BaseCommand):
    help = "Puts the runs of a worker that died back into the queue; they go on from their last checkpoint."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--worker", required=True, help="the worker's name, like cpu@host")
        parser.add_argument(
            "--claimed-before", type=float, help="only claims from before this time, in seconds since 1970"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        died = options["claimed_before"]
        before = datetime.fromtimestamp(died, UTC) if died else None
        self.stdout.write(f"{free_runs(options['worker'], before)} runs freed")
