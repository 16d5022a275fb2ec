"""Files of a run in Django's storage: weights, keyframes, and checkpoints of which the last two are kept.

Each claim of a run (an attempt) has names of its own, so that a worker which lost the run and does not
know it yet can never replace what its successor wrote: the highest attempt counts.
"""

import json
from collections.abc import Collection, Iterable
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from trainer.keyframes import thinned

CHECKPOINTS_KEPT = 2
KEYFRAME = "keyframe"


def keep_weights(run: UUID, blob: bytes, attempt: int = 0) -> None:
    """Stores the weights with which a run ended or rests."""
    default_storage.save(f"{_folder(run)}/weights-{attempt:06d}.safetensors", ContentFile(blob))
    for name in _weights(run)[:-1]:
        default_storage.delete(name)


def weights(run: UUID) -> bytes | None:
    """The weights with which a run ended or rested last, or None before that."""
    names = _weights(run)
    return _read(names[-1]) if names else None


def weights_stamp(run: UUID, checkpoints: bool = False) -> str:
    """Changes whenever other weights are stored, also in checkpoints if wished; empty before the first."""
    names = _weights(run)[-1:] + (_checkpoints(run)[-1:] if checkpoints else [])
    return " ".join(f"{name} {default_storage.get_modified_time(name)}" for name in names)


def keep_checkpoint(run: UUID, step: int, blob: bytes, attempt: int = 0) -> None:
    """Stores a full state and lets go of all but the last two."""
    default_storage.save(f"{_folder(run)}/checkpoint-{attempt:06d}-{step:012d}", ContentFile(blob))
    for name in _checkpoints(run)[:-CHECKPOINTS_KEPT]:
        default_storage.delete(name)


def newest_checkpoint(run: UUID) -> tuple[int, bytes] | None:
    """Step and bytes of the last full state of a run that can be read, or None before its first."""
    for name in reversed(_checkpoints(run)):
        blob = _read(name)
        if _is_whole(blob):
            return _order(name)[-1], blob
    return None


def keep_keyframe(run: UUID, step: int, blob: bytes, room: int, attempt: int = 0) -> int:
    """Stores the weights after a step, and lets go of so many others that all take at most `room` bytes.

    Tells how many bytes they take. The first and the last one stay even where there is too little room.
    """
    default_storage.save(
        f"{_folder(run)}/{KEYFRAME}-{attempt:06d}-{step:012d}.safetensors", ContentFile(blob)
    )
    names = _kept(run, KEYFRAME)
    gone = keyframes_beyond(names, room // len(blob))
    for name in gone:
        default_storage.delete(name)
    return (len(names) - len(gone)) * len(blob)


def keyframes_beyond(names: Collection[str], count: int) -> list[str]:
    """Of the names of a run's keyframes those that go where `count` shall stay.

    What an earlier attempt told of a step that a later one told again always goes.
    """
    of_step = _by_step(names)
    kept = {of_step[step] for step in thinned(sorted(of_step), count)}
    return [name for name in names if name not in kept]


def keyframe_steps(run: UUID) -> list[int]:
    """The steps whose weights are kept, growing."""
    return sorted(_by_step(_kept(run, KEYFRAME)))


def keyframe(run: UUID, step: int) -> bytes | None:
    """The weights after a step, or None where they are not kept."""
    name = _by_step(_kept(run, KEYFRAME)).get(step)
    return _read(name) if name else None


def keep_only_weights(run: UUID) -> int:
    """Lets go of all else that is kept of a run which has ended; bytes of its weights."""
    for name in [*_checkpoints(run), *_kept(run, "keyframe")]:
        default_storage.delete(name)
    return sum(default_storage.size(name) for name in _weights(run))


def require_room(size: int) -> None:
    """Raises what the storage raises while so many bytes can't be kept."""
    name = f"runs/room-{uuid4()}"
    default_storage.save(name, ContentFile(bytes(size)))
    default_storage.delete(name)


def _checkpoints(run: UUID) -> list[str]:
    return _kept(run, "checkpoint")


def _by_step(names: Iterable[str]) -> dict[int, str]:
    """Step → name of its keyframe: what a later attempt told again counts."""
    return {_order(name)[1]: name for name in sorted(names, key=_order)}


def _weights(run: UUID) -> list[str]:
    return _kept(run, "weights")


def _kept(run: UUID, what: str) -> list[str]:
    """Names of these files, the newest last."""
    try:
        names = default_storage.listdir(_folder(run))[1]
    except FileNotFoundError:
        return []
    return sorted((f"{_folder(run)}/{name}" for name in names if name.startswith(what)), key=_order)


def _order(name: str) -> tuple[int, int]:
    """What files of one sort are sorted by; those of the first release name no attempt."""
    numbers = [int(part) for part in name.rpartition("/")[2].split(".")[0].split("-")[1:]]
    attempt_and_step = [0, 0, *numbers][-2:]  # weights have one number
    return attempt_and_step[0], attempt_and_step[1]


def _is_whole(blob: bytes) -> bool:
    """Whether safetensors were written to their end: a machine that lost its power may leave less."""
    length = int.from_bytes(blob[:8], "little")
    try:
        header = json.loads(blob[8 : 8 + length])
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError):
        return False
    return len(blob) == 8 + length + max(ends, default=0)


def _folder(run: UUID) -> str:
    return f"runs/{run}"


def _read(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())
