from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from playground.operation.copying import CannotCopy, backup
from playground.operation.examining import size


class Command(BaseCommand):
    help = "Writes database, files of runs and secret into one file, also while the server runs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = backup(options["file"])
        except (CannotCopy, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['file']}: {size(written)}. It holds secrets: keep it safe.")
