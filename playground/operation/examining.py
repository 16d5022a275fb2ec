"""How the parts are, in words for whoever runs the server: state, what is known, what to do."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count
from django.utils import timezone

from playground import live
from playground.operation.models import Sweep
from playground.runs.models import Run, Status
from playground.vitals import vitals

BEGAN = time.time()
WELL, CARE, DOWN = "well", "needs care", "down"
LITTLE_DISK = 0.1  # of it is free
HOT = 90.0  # °C; most processors slow down soon after
LONG_WAIT = 600  # seconds that a run waits although a worker is idle


@dataclass(frozen=True)
class Part:
    """One part of the server. `does` is empty where there is nothing to do."""

    name: str
    state: str
    says: str
    does: str = ""


def parts() -> list[Part]:
    """Every part. What can't be asked now is told as such; nothing here raises."""
    signs = live.workers()
    found = [web(), database(), redis(), *workers(signs)]
    for examine in (lambda: queue(signs), files, disk, data_sets, tidiness):
        found.append(_tried(examine))
    return found


def _tried(examine: Callable[[], Part]) -> Part:
    try:
        return examine()
    except (DatabaseError, OSError) as error:
        name = getattr(examine, "__name__", "queue").strip("<>").replace("_", " ").replace("lambda", "queue")
        return Part(name.capitalize(), DOWN, f"It can't be asked: {error}", "See the parts above first.")


def web() -> Part:
    """This process."""
    told = vitals()
    since = _duration(time.time() - BEGAN)
    return Part(
        "Web", WELL, f"Answers on {told['host']} since {since}, with {size(told['memory'])} of memory."
    )


def database() -> Part:
    """Whether it answers, and how quickly."""
    begin = time.perf_counter()
    trouble = database_trouble()
    if trouble:
        return Part("Database", DOWN, trouble, "Start it again, or mend DATABASE_URL; runs wait meanwhile.")
    spent = 1_000 * (time.perf_counter() - begin)
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor)
    return Part("Database", WELL, f"{kind} answers in {spent:.1f} ms.")


def database_trouble() -> str:
    """What keeps the database from answering; empty where it does."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"The database does not answer: {error}"
    return ""


def redis() -> Part:
    """Whether it answers, and what it holds."""
    told = live.wire().ask(lambda client: client.info())
    if not isinstance(told, dict):
        does = "Start it again, or mend REDIS_URL. Trainings go on meanwhile, live views are late."
        return Part("Redis", DOWN, "It does not answer.", does)
    says = f"Version {told['redis_version']} answers and holds {size(told['used_memory'])}."
    return Part("Redis", WELL, says)


def workers(signs: dict[str, dict[str, Any]]) -> list[Part]:
    """Each worker that showed life lately."""
    if not signs:
        does = "Start one: ./play does, or celery -A playground worker. Runs wait for it."
        return [Part("Workers", DOWN, "None shows life.", does)]
    return [_worker(name, sign) for name, sign in sorted(signs.items())]


def _worker(name: str, sign: dict[str, Any]) -> Part:
    says = [f"{'Trains' if sign.get('busy') else 'Is free'} on {_device(sign)}"]
    says.append(f"{size(sign.get('memory', 0))} of memory")
    if sign.get("gpu_memory_total"):
        says.append(f"{size(sign['gpu_memory'])} of {size(sign['gpu_memory_total'])} on the GPU")
    heat = sign.get("temperature")
    if heat:
        says.append(f"{heat:.0f} °C")
    hot = bool(heat and heat >= HOT)
    does = "It is hot and will slow down: clean its fans, or let it rest." if hot else ""
    return Part(f"Worker {name}", CARE if hot else WELL, ", ".join(says) + ".", does)


def _device(sign: dict[str, Any]) -> str:
    return str(sign.get("gpu") or f"the {sign.get('device', 'processor')}")


def queue(signs: dict[str, dict[str, Any]]) -> Part:
    """How many runs wait, and since when."""
    counted = dict(Run.objects.values_list("status").annotate(count=Count("pk")).order_by())
    waiting, running = counted.get(Status.QUEUED, 0), counted.get(Status.RUNNING, 0)
    says = f"{_count(running, 'run')} under way, {_count(waiting, 'run')} waiting"
    oldest = (
        Run.objects.filter(status=Status.QUEUED).order_by("queued").values_list("queued", flat=True).first()
    )
    waited = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    if not oldest:
        return Part("Queue", WELL, says + ".")
    idle = [name for name, sign in signs.items() if not sign.get("busy")]
    stuck = waited > LONG_WAIT and bool(idle)
    does = f"{idle[0]} is free and does not take it: see its log." if stuck else ""
    return Part("Queue", CARE if stuck else WELL, f"{says}, the longest for {_duration(waited)}.", does)


def files() -> Part:
    """Where checkpoints and weights lie, and how much that was at the last sweep."""
    options = settings.STORAGES["default"].get("OPTIONS", {})
    bucket = options.get("bucket_name")
    place = f"in the bucket {bucket}" if bucket else f"in {settings.MEDIA_ROOT}"
    last = Sweep.objects.exclude(ended=None).first()
    kept = f"; {size(last.kept.get('bytes', 0))} at the last sweep" if last else ""
    return Part("Files", WELL, f"Checkpoints and weights lie {place}{kept}.")


def disk() -> Part:
    """Room on the disk of this machine."""
    total, _, free = shutil.disk_usage(settings.HOME)
    says = f"{size(free)} of {size(total)} are free where {settings.HOME} lies."
    if free > LITTLE_DISK * total:
        return Part("Disk", WELL, says)
    does = "Make room; runs pause when it is full. “manage.py sweep --again” removes what nobody needs."
    return Part("Disk", CARE, says, does)


def data_sets() -> Part:
    """Which data sets are here."""
    from trainer.datasets.base import Folders, kinds  # loads PyTorch

    folders = Folders(data=settings.DATA, cache=settings.HOME / "cache")
    there = {kind: dataset().at_hand(folders) for kind, dataset in sorted(kinds().items())}
    missing = [kind for kind, here in there.items() if not here]
    says = f"At hand: {', '.join(kind for kind, here in there.items() if here) or 'none'}."
    if not missing:
        return Part("Data sets", WELL, says)
    does = f"{', '.join(missing)}: fetched when first used, or put where PLAYGROUND_DATA points."
    return Part("Data sets", CARE, says, does)


def tidiness() -> Part:
    """When the last sweep was."""
    last = Sweep.objects.exclude(ended=None).first()
    if last is None or last.ended is None:
        does = "A worker sweeps every hour; “manage.py sweep” does it now."
        return Part("Tidiness", WELL, "Nothing was swept yet.", does)
    ago = (timezone.now() - last.ended).total_seconds()
    removed = ", ".join(f"{count} {what}" for what, count in last.removed.items() if count) or "nothing"
    says = f"Swept {_duration(ago)} ago; removed: {removed}."
    late = ago > 3 * 3_600
    does = "No worker has swept for hours: is one running?" if late else ""
    return Part("Tidiness", CARE if late else WELL, says, does)


def size(count: int) -> str:
    """Bytes for people: 512 bytes, 3.4 MB."""
    amount, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < 1_000:
            break
        amount, unit = amount / 1_000, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            return _count(int(seconds // length), unit)
    return _count(int(seconds), "second")
