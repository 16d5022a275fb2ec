"""`python -m benchmarks.tuning --data DIR [--runs 20] [--workers 2]`: how well a study uses its workers.

A study of the MLP 784-512-64-10 on MNIST in a home of its own: Redis, workers of one thread each, and nothing
else. Utilisation is the seconds of training that the trials tell, divided by workers × seconds from the first
start to the last end: reading data, choosing values and storing count as loss, and so does the wait for the
other worker's last trial. While something was left to begin: to each worker's own last end. A pruned trial
stops within one report where its last validation is that of the rung at which it was given up.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.stack import MNIST, ROOT, machine

SPACE = {
    "optimizer.lr": {"low": 0.0003, "high": 0.03, "log": True},
    "batch_size": {"choices": [64, 128]},
    "network.layers.linear1.out_features": {"low": 256, "high": 512},
}
EPOCHS = 12
PRUNER = {"kind": "halving", "first": 2, "factor": 3}
RUNGS = (2, 6)


def main(data: Path, runs: int, workers: int) -> None:
    """Measures and prints."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="playground-bench-")))
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "playground.settings",
            "PLAYGROUND_HOME": str(home),
            "PLAYGROUND_DATA": str(data),
            "REDIS_URL": f"unix://{home / 'redis.sock'}",
        }
        _start(stack, _redis(home))
        _prepare()
        for number in range(workers):
            _start(stack, [*_WORKER, "-n", f"cpu-{number}@%h"])
        _wait_for_workers(workers)
        print(machine())
        _report(_studied(runs, workers), workers)


_WORKER = [sys.executable, "-m", "celery", "-A", "playground", "worker", "--pool=solo", "-Q", "cpu"]


def _redis(home: Path) -> list[str]:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise SystemExit("this benchmark needs redis-server or valkey-server")
    where = ["--port", "0", "--unixsocket", str(home / "redis.sock"), "--dir", str(home)]
    return [program, *where, "--save", "", "--appendonly", "no"]


def _start(stack: ExitStack, command: list[str]) -> None:
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)


def _prepare() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _wait_for_workers(number: int) -> None:
    from playground import live

    while sum(not sign["busy"] for sign in live.workers().values()) < number:
        time.sleep(0.2)
    time.sleep(5)  # they warm up, which is no study's fault


def _studied(runs: int, workers: int) -> Any:
    """A study after its end."""
    from playground.accounts.models import Person
    from playground.runs.studies.advancing import advance
    from playground.runs.studies.models import Study
    from playground.runs.studies.reading import read_study

    job = {"network": "mlp-512-64", "dataset": MNIST, "epochs": EPOCHS, "test": "on_request", "device": "cpu"}
    budget = {"runs": runs, "parallel": workers, "finalists": 0, "pruner": PRUNER, "seed": 1}
    planned = read_study({"job": job, "space": SPACE, **budget})
    owner, plan = Person.objects.operator(), planned.plan.describe()
    study = Study.objects.create(owner=owner, name="Tuning", plan=plan)
    advance(study)
    while study.status == Study.Status.RUNNING:
        time.sleep(0.2)
        study.refresh_from_db()
    return study


def _report(study: Any, workers: int) -> None:
    trials = list(study.trials.select_related("run"))
    begin, end = min(trial.run.started for trial in trials), max(trial.run.ended for trial in trials)
    wall, trained = (end - begin).total_seconds(), sum(trial.seconds for trial in trials)
    left = sum(_span(lane) for lane in _lanes(trials, workers))
    pruned = [trial for trial in trials if trial.state == "pruned"]
    late = [trial for trial in pruned if trial.reports[-1][0] not in RUNGS]
    best = max(trial.reports[-1][2] for trial in trials if trial.state == "done")
    print(f"{len(trials)} trials in {wall:.1f} s; {trained:.1f} s of training on {workers} workers")
    print(
        f"utilisation {trained / wall / workers:.1%}; {trained / left:.1%} while something was left to begin"
    )
    print(f"{len(pruned)} given up, {len(late)} of them later than at the report that decided")
    print(f"best validation accuracy {best:.2%}")


def _lanes(trials: list[Any], workers: int) -> list[list[Any]]:
    """The trials of each worker: each was begun by the one that had been free for longest."""
    lanes: list[list[Any]] = [[] for _ in range(workers)]
    for trial in sorted(trials, key=lambda trial: trial.run.started):
        free = min(lanes, key=lambda lane: lane[-1].run.ended.timestamp() if lane else 0.0)
        free.append(trial)
    return lanes


def _span(lane: list[Any]) -> float:
    """Seconds from a worker's first start to its last end."""
    return float((lane[-1].run.ended - lane[0].run.started).total_seconds()) if lane else 0.0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    main(options.data, options.runs, options.workers)
