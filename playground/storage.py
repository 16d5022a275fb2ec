"""Where files lie: checkpoints and weights written whole or not at all, static files with hashed names."""

import builtins
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


@dataclass(frozen=True)
class Kept:
    """A file in the storage: bytes, and when it was written last."""

    name: str
    size: int
    changed: datetime


class WholeFileStorage(FileSystemStorage):
    """Django's file storage whose `save` replaces a file in one step: no reader ever sees a part of it."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File) -> str:
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
            os.replace(beside, path)
        except BaseException:
            os.unlink(beside)
            raise
        return name

    def below(self, folder: str) -> Iterator[Kept]:
        """Every file below a folder, also those that a process which died left half written."""
        for place, _, files in os.walk(self.path(folder)):
            for file in files:
                path = Path(place, file)
                try:
                    found = path.stat()
                except FileNotFoundError:  # a run replaces its checkpoints while this looks
                    continue
                name = path.relative_to(self.location).as_posix()
                yield Kept(name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


class HashedStaticStorage(CompressedManifestStaticFilesStorage):
    """Static files whose names carry their hash, also inside the imports of JavaScript modules."""

    support_js_module_import_aggregation = True


class PlotlyFinder(BaseFinder):
    """Finds plotly.js in the installed `plotly` package: served locally, kept in no repository."""

    name = "plotly/plotly.min.js"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        package = find_spec("plotly")
        if package is None or package.origin is None:
            raise ImproperlyConfigured("The Python package plotly is not installed.")
        self.storage = FileSystemStorage(location=Path(package.origin).parent / "package_data")
        self.storage.prefix = "plotly"  # type: ignore[attr-defined]

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        """Where it lies, as Django's finders tell it: one path, or all of them in a list."""
        found = [self.storage.path("plotly.min.js")] if path == self.name else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        yield "plotly.min.js", self.storage

    def check(self, **_: Any) -> builtins.list[CheckMessage]:
        return []
