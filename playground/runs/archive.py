"""Files of a run in Django's storage: weights, and checkpoints of which the last two are kept."""

from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

CHECKPOINTS_KEPT = 2


def keep_weights(run: UUID, blob: bytes) -> None:
    """Stores the weights with which a run ended or rests."""
    default_storage.save(_weights(run), ContentFile(blob))


def weights(run: UUID) -> bytes | None:
    """The weights with which a run ended or rested last, or None before that."""
    return _read(_weights(run)) if default_storage.exists(_weights(run)) else None


def weights_stamp(run: UUID) -> str:
    """Changes whenever other weights are stored; empty before the first."""
    name = _weights(run)
    return str(default_storage.get_modified_time(name)) if default_storage.exists(name) else ""


def keep_checkpoint(run: UUID, step: int, blob: bytes) -> None:
    """Stores a full state and lets go of all but the last two."""
    default_storage.save(f"{_folder(run)}/checkpoint-{step:012d}", ContentFile(blob))
    for name in _checkpoints(run)[:-CHECKPOINTS_KEPT]:
        default_storage.delete(name)


def newest_checkpoint(run: UUID) -> bytes | None:
    """The last full state of a run, or None before its first."""
    names = _checkpoints(run)
    return _read(names[-1]) if names else None


def newest_step(run: UUID) -> int:
    """How far the last full state is; 0 before the first."""
    names = _checkpoints(run)
    return int(names[-1].rpartition("-")[2]) if names else 0


def _checkpoints(run: UUID) -> list[str]:
    try:
        names = default_storage.listdir(_folder(run))[1]
    except FileNotFoundError:
        return []
    return [f"{_folder(run)}/{name}" for name in sorted(names) if name.startswith("checkpoint-")]


def _folder(run: UUID) -> str:
    return f"runs/{run}"


def _weights(run: UUID) -> str:
    return f"{_folder(run)}/weights.safetensors"


def _read(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())
