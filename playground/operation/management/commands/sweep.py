from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from playground.operation.models import Sweep
from playground.operation.sweeping import sweep


class Command(BaseCommand):
    help = "Removes what nobody will ask for again: idle guests, deleted runs, old full states, lost files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="also where this hour's sweep is done")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            Sweep.objects.filter(hour=timezone.now().replace(minute=0, second=0, microsecond=0)).delete()
        done = sweep()
        if done is None:
            self.stdout.write("This hour's sweep is done already; --again sweeps once more.")
            return
        told = ", ".join(f"{count} {what}" for what, count in done.removed.items())
        self.stdout.write(f"removed: {told}; kept: {done.kept['bytes']:,} bytes in files")
