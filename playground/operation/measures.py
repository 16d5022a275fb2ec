"""What Prometheus is told: counts of this process, and of the whole server what database and Redis know."""

import shutil
from collections.abc import Iterable

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Sum
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from playground import live
from playground.operation.models import Sweep
from playground.runs.models import Run, Status
from playground.vitals import memory

CONTENT_TYPE = CONTENT_TYPE_LATEST


class WholeServer(Collector):
    """Asked anew at every collection."""

    def collect(self) -> Iterable[Metric]:
        """Yields what can be known now; a database that is away leaves its own numbers out."""
        redis = live.answers()
        yield GaugeMetricFamily("playground_redis_up", "Whether Redis answers.", float(redis))
        yield GaugeMetricFamily("playground_web_memory_bytes", "Memory of this web process.", memory())
        yield from self._workers()
        try:
            yield from self._of_database()
            up = 1.0
        except DatabaseError:
            up = 0.0
        yield GaugeMetricFamily("playground_database_up", "Whether the database answers.", up)
        total, _, free = shutil.disk_usage(settings.HOME)
        yield GaugeMetricFamily("playground_disk_free_bytes", "Room where home lies.", free)
        yield GaugeMetricFamily("playground_disk_bytes", "Size of the disk where home lies.", total)

    def _workers(self) -> Iterable[Metric]:
        busy = GaugeMetricFamily("playground_worker_busy", "1 while it trains.", labels=["worker"])
        held = GaugeMetricFamily("playground_worker_memory_bytes", "Its memory.", labels=["worker"])
        gpu = GaugeMetricFamily("playground_worker_gpu_memory_bytes", "Used on its GPU.", labels=["worker"])
        heat = GaugeMetricFamily("playground_worker_temperature_celsius", "Its heat.", labels=["worker"])
        for name, sign in sorted(live.workers().items()):
            busy.add_metric([name], float(bool(sign.get("busy"))))
            for family, key in ((held, "memory"), (gpu, "gpu_memory"), (heat, "temperature")):
                if sign.get(key):
                    family.add_metric([name], float(sign[key]))
        return [busy, held, gpu, heat]

    def _of_database(self) -> Iterable[Metric]:
        runs = GaugeMetricFamily("playground_runs", "Runs that are kept, by status.", labels=["status"])
        counted = dict(Run.objects.values_list("status").annotate(count=Count("pk")).order_by())
        for status in Status.values:
            runs.add_metric([status], counted.get(status, 0))
        told = Run.objects.aggregate(events=Sum("seq"))["events"] or 0
        last = Sweep.objects.exclude(ended=None).first()
        families: list[Metric] = [
            runs,
            GaugeMetricFamily("playground_queue", "Runs that wait.", counted.get(Status.QUEUED, 0)),
            GaugeMetricFamily("playground_events_kept", "Events in the transcripts that are kept.", told),
        ]
        if last and last.ended:
            kept = last.kept.get("bytes", 0)
            families.append(GaugeMetricFamily("playground_files_bytes", "Files at the last sweep.", kept))
            at = last.ended.timestamp()
            families.append(GaugeMetricFamily("playground_swept_timestamp_seconds", "The last sweep.", at))
        return families


def exposition() -> bytes:
    """All of it in Prometheus' text format."""
    server = CollectorRegistry()
    server.register(WholeServer())
    return generate_latest(REGISTRY) + generate_latest(server)
