"""How long a run will take here, told by those that this server has really finished."""

from statistics import median

from playground.runs.models import Run, Runs

ALIKE = 5  # the last finished runs of the same network and batch size
OTHERS = 20  # of any network, where there are none alike
FACTORS = (0.1, 10.0)  # what is beyond these says more about that run than about this one


def correction(likeness: str) -> float:
    """By what an estimate from the job alone is to be multiplied."""
    finished = Run.objects.filter(forecast__gt=0, seconds__gt=0).order_by("-ended")
    alike = _factors(finished.filter(likeness=likeness)[:ALIKE])
    return median(alike or _factors(finished[:OTHERS]) or [1.0])


def _factors(runs: Runs) -> list[float]:
    least, most = FACTORS
    told = runs.values_list("seconds", "forecast")
    return [min(most, max(least, seconds / forecast)) for seconds, forecast in told if seconds and forecast]
