"""Keyframes in storage: they stay within their bytes, and those of a lost attempt give way."""

from uuid import uuid4

from django.core.files.storage import default_storage

from playground.runs import archive


def test_what_takes_too_much_room_is_thinned_and_the_ends_stay() -> None:
    run, blob = uuid4(), bytes(1_000)
    taken = [archive.keep_keyframe(run, step, blob, room=6_500) for step in (1, 2, 5, 10, 20, 50, 100, 200)]
    steps = archive.keyframe_steps(run)
    assert taken[-1] == 6_000 and taken == sorted(taken)
    assert (len(steps), steps[0], steps[-1]) == (6, 1, 200)
    assert archive.keyframe(run, steps[2]) == blob
    assert archive.keyframe(run, next(step for step in (2, 5, 10, 20) if step not in steps)) is None


def test_what_a_later_attempt_tells_again_counts() -> None:
    run = uuid4()
    archive.keep_keyframe(run, 10, b"of the worker that was lost", room=1_000, attempt=1)
    archive.keep_keyframe(run, 10, b"of its successor, the same step", room=1_000, attempt=2)
    assert archive.keyframe_steps(run) == [10]
    assert archive.keyframe(run, 10) == b"of its successor, the same step"
    assert len(default_storage.listdir(f"runs/{run}")[1]) == 1
