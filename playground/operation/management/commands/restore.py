import tarfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from playground.operation.copying import CannotCopy, restore


class Command(BaseCommand):
    help = "Brings a backup back into an empty home (SQLite) or an empty database (PostgreSQL)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = restore(options["file"])
        except (CannotCopy, OSError, tarfile.TarError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored, with {count} files of runs. The server can be started.")
