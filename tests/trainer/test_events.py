"""The transcript as JSON. The golden one binds Python and the page: tests/js folds the same lines."""

import json
from pathlib import Path

import pytest

from trainer import events, finding

GOLDEN = Path(__file__).parent.parent / "golden" / "transcript.jsonl"
NAN = float("nan")

TOLD = [
    events.Started(
        device="cpu", threads=1, training=170, validation=33, test=50, parameters=7850, epochs=2,
        batch_size=17, batches_per_epoch=10, steps=20, lr=0.01, seed=42,
    ),
    events.Curves(
        first=1, loss=[2.5, 2.25, 2.0], accuracy=[0.125, 0.25, 0.5], epoch=1, lr=0.01,
        images_per_second=1700.0, seconds=0.25, seconds_left=1.5,
    ),
    events.Paused(step=3),
    events.Resumed(step=3, reason="asked"),
    events.Changed(step=3, lr=0.005),
    events.Curves(
        first=4, loss=[1.5, 1.25, 1.0, 0.75], accuracy=[0.5, 0.625, 0.75, 0.75], epoch=1, lr=0.005,
        images_per_second=NAN, seconds=0.5, seconds_left=NAN,
    ),
    events.Resumed(step=5, reason="worker_lost"),
    events.Curves(
        first=6, loss=[1.0, 0.75, 0.5, 0.5, 0.25], accuracy=[0.75, 0.75, 0.875, 0.875, 1.0], epoch=1,
        lr=0.005, images_per_second=1600.0, seconds=0.75, seconds_left=0.75,
    ),
    events.Validated(epoch=1, step=10, loss=0.375, accuracy=0.875, best=True),
    events.Finished(step=10, seconds=1.0, validation_loss=0.375, validation_accuracy=0.875),
    events.Tested(step=10, loss=0.5, accuracy=0.88, correct=44, images=50),
]  # fmt: skip

OTHERS = [
    events.Stopped(step=4, seconds=1.5),
    events.Diverged(step=3, message="At step 3 the loss is no longer a number."),
    events.Failed(message="The disk is full."),
    events.Imported(origin="school.example", run="6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
    finding.Searching(device="cpu", threads=1, first=1e-6, last=10.0, steps=100),
    finding.Tried(first=1, lr=[1e-6, 2e-6], loss=[2.5, float("inf")]),
    finding.Suggested(lr=None, reason="The loss never fell.", smoothed=[2.5, float("nan")]),
]


@pytest.mark.parametrize("event", [*TOLD, *OTHERS], ids=lambda event: event.kind)
def test_an_event_is_json_without_numbers_that_json_does_not_know(event):
    told = json.loads(json.dumps(event.describe(), allow_nan=False))
    assert told["kind"] == event.kind


def test_every_kind_of_event_is_told_here():
    kinds = {cls.kind for cls in events.Event.__subclasses__()}
    assert kinds == {event.kind for event in [*TOLD, *OTHERS]}


def test_the_golden_transcript_is_what_this_program_writes():
    lines = [json.dumps({"seq": at, **event.describe()}) for at, event in enumerate(TOLD, start=1)]
    now = "\n".join(lines) + "\n"
    if not GOLDEN.exists() or GOLDEN.read_text() != now:
        GOLDEN.write_text(now)
        pytest.fail(f"tests/golden/{GOLDEN.name} has changed: read it, check tests/js against it, commit it")
