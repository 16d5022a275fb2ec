"""What exists, as the page and scripts get it: the trainer's catalogue and this server's limits."""

from functools import cache
from typing import Any

from django.conf import settings


@cache
def catalogue() -> dict[str, Any]:
    """The catalogue of the trainer, and `limits` of networks that are trained here."""
    import trainer.catalogue  # here, because it loads PyTorch, and the web must answer before that

    limits = {**settings.RUN_LIMITS, "epochs": settings.EPOCHS_LIMIT, "upload_bytes": settings.UPLOAD_BYTES}
    return {**trainer.catalogue.catalogue(), "limits": limits}
