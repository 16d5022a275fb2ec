"""Short trainings that tests share, and what can be read from what they say."""

from trainer.events import Curves, Event
from trainer.job import Job
from trainer.templates import template
from trainer.training import Snapshot, train

WITH_EVERYTHING = {
    "layers": [
        {"kind": "conv2d", "out_channels": 3, "kernel_size": 5, "stride": 2},
        {"kind": "batch_norm"},
        {"kind": "leaky_relu"},
        {"kind": "max_pool2d"},
        {"kind": "flatten"},
        {"kind": "dropout", "p": 0.3},
        {"kind": "linear", "out_features": 10},
    ]
}


def a_job(**fields: object) -> Job:
    base = {
        "network": WITH_EVERYTHING,
        "dataset": {"kind": "stripes"},
        "batch_size": 17,
        "epochs": 2,
        "validation": 33,
        "optimizer": {"kind": "adam", "lr": 0.01},
        "threads": 1,
    }
    return Job.read(base | fields)


def a_job_of(name: str, **fields: object) -> Job:
    """A job of a template, for what that is for."""
    return a_job(network=name, **{**template(name).job, **fields})


class Clock:
    """Time that passes only where a test says so: a bit at every question."""

    def __init__(self, tick: float) -> None:
        self.now = 0.0
        self.tick = tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


def said(job, folders, **how):
    """Everything that a training says, with a checkpoint every few batches."""
    return list(train(job, folders=folders, clock=Clock(0.06), **how))


def events(things):
    return [thing for thing in things if isinstance(thing, Event)]


def points(things):
    """The curve as a page would fold it: step -> (loss, accuracy)."""
    curve = {}
    for event in events(things):
        if isinstance(event, Curves):
            told = zip(event.loss, event.measure or event.accuracy, strict=True)
            curve |= {event.first + at: point for at, point in enumerate(told)}
    return curve


def last_weights(things):
    [blob] = [thing.blob for thing in things if isinstance(thing, Snapshot) and thing.last]
    return blob
