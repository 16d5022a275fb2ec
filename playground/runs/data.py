"""Where data sets lie on this machine."""

from django.conf import settings

from trainer.datasets.base import Folders


def folders() -> Folders:
    """Where data sets are read and kept."""
    return Folders(data=settings.DATA, cache=settings.HOME / "cache")
