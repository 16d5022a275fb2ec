"""What a load needs from inside the server's database: people with tokens, and a run that talks.

`python -m benchmarks.inside guests N` prints N tokens. `python -m benchmarks.inside tell RATE SECONDS` makes
a shared run, prints its id, waits for a line on stdin and then records RATE events a second, each carrying
the moment at which it was told (`seconds`, of the system's monotonic clock).
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")


def guests(number: int) -> None:
    """Makes guests and prints a token of each."""
    from playground.accounts.models import Person, Token

    for _ in range(number):
        print(Token.objects.issue(Person.objects.make_guest()))


def tell(rate: float, seconds: float) -> None:
    """A run that nobody trains says one point in each event."""
    from playground.accounts.models import Person
    from playground.runs.models import Run, Status

    job = {"network": {"input": [1, 28, 28], "layers": [{"kind": "flatten"}]}, "seed": 1}
    run = Run.objects.create(
        owner=Person.objects.operator(), job=job, name="Load", status=Status.PAUSED, shared=True
    )
    print(run.pk, flush=True)
    sys.stdin.readline()
    begin = time.monotonic()
    for step in range(1, int(rate * seconds) + 1):
        time.sleep(max(0.0, begin + step / rate - time.monotonic()))
        point = {"kind": "curves", "first": step, "loss": [0.5], "accuracy": [0.5], "epoch": 1, "lr": 0.001}
        run.record([point | {"images_per_second": 1.0, "seconds": time.monotonic(), "seconds_left": 1.0}])


def main(arguments: list[str]) -> None:
    """Runs the command that is named first."""
    import django

    django.setup()
    if arguments[0] == "guests":
        guests(int(arguments[1]))
    else:
        tell(float(arguments[1]), float(arguments[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
