"""`python -m benchmarks.holding NETWORK PAIRS`, in a home of its own: what holding a run costs its training.

Seconds of the same job carried into the database with checkpoints and a renewed lease, divided by those
without both; the median of pairs in turn.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")

NEVER = 1e9  # seconds


def seconds(network: str, holding: bool) -> float:
    """Seconds of training of one run."""
    from playground.accounts.models import Person
    from playground.runs.leases import Leases
    from playground.runs.models import Run
    from playground.runs.turns import Turns
    from trainer import pace

    leases, leaving = Leases(), threading.Event()
    pace.CHECKPOINT_EVERY = 2.0 if holding else NEVER
    epochs = 8 if network.startswith("mlp") else 1
    job: dict[str, Any] = {
        "network": network,
        "dataset": {"kind": "mnist"},
        "batch_size": 64,
        "epochs": epochs,
    }
    run = Run.objects.launch(Person.objects.operator(), _whole(job | {"device": "cpu"}), "Cost")
    if holding:
        threading.Thread(target=_renew, args=(leases,), daemon=True).start()
    turns = Turns("cost", leases, leaving)
    while turns.go_on(("cpu",)):
        pass
    return float(Run.objects.get(pk=run.pk).seconds or 0)


def _whole(job: dict[str, Any]) -> dict[str, Any]:
    from trainer.job import Job

    return Job.read(job).describe()


def _renew(leases: Any) -> None:
    while True:
        leases.renew()
        time.sleep(2)


def main(network: str, pairs: int) -> None:
    """Prints the quotient."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    seconds(network, holding=True)  # warms up
    quotients = [seconds(network, True) / seconds(network, False) for _ in range(pairs)]
    print(statistics.median(quotients))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
