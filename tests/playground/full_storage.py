"""A storage that is full, or can't be written, for as long as a file in home says so."""

from django.conf import settings
from django.core.files.base import File

from playground.storage import WholeFileStorage


class SometimesFullStorage(WholeFileStorage):
    """Raises the error whose number stands in `<home>/storage-error`, if that is there."""

    def _save(self, name: str, content: File) -> str:
        told = settings.HOME / "storage-error"
        if told.exists():
            raise OSError(int(told.read_text()), "no")
        return super()._save(name, content)
