"""A run as one file: read back whole; from a stranger, refused with a problem, whatever is in it."""

import hashlib
import io
import json
import pickle
import struct
import zipfile

import pytest
import torch
from safetensors.torch import save

from tests.trainer.trainings import a_job, said
from trainer.assembly import Limits, assemble
from trainer.events import Event
from trainer.parcel import open_parcel, write
from trainer.parcel.container import CHECKPOINT, JOB, MANIFEST, TRANSCRIPT, WEIGHTS
from trainer.problems import Problem
from trainer.training import Checkpoint, Snapshot
from trainer.weights import initial, pack


@pytest.fixture(scope="module")
def kept():
    """What was trained once, for all tests here."""
    return {}


@pytest.fixture
def contents(kept, folders):
    """The files of a run that was trained for two epochs."""
    if not kept:
        kept.update(trained(folders))
    return kept


def trained(folders):
    job = a_job(network="sixteen", epochs=2)
    told = said(job, folders)
    lines = [event.describe() for event in told if isinstance(event, Event)]
    weights = [thing.blob for thing in told if isinstance(thing, Snapshot) and thing.last]
    rows = [json.dumps({"seq": at, **line}) for at, line in enumerate(lines, 1)]
    return {
        JOB: json.dumps(job.describe()).encode(),
        TRANSCRIPT: "\n".join(rows).encode(),
        WEIGHTS: weights[-1],
        CHECKPOINT: [thing.blob for thing in told if isinstance(thing, Checkpoint)][-1],
    }


def packed(contents, **more):
    file = io.BytesIO()
    write(file, contents, **{"name": "Mine", "origin": "school.example", "run": "17", **more})
    return file.getvalue()


def opened(blob):
    return open_parcel(blob, Limits(), lambda job: None, 100_000)


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, content), as a stranger makes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def told_of(contents):
    """A manifest that agrees with the files."""
    entries = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    told = {"format": 1, "kind": "run", "name": "Mine", "origin": "here", "run": "17", "files": entries}
    return json.dumps(told).encode()


def forged(contents, **changed):
    """A parcel whose manifest agrees with files that were changed."""
    files = {**contents, **{name: content for name, content in changed.items() if content is not None}}
    return packed({name: content for name, content in files.items() if changed.get(name, b"") is not None})


def test_a_run_comes_back_as_it_was(contents):
    parcel = opened(packed({name: contents[name] for name in (JOB, TRANSCRIPT, WEIGHTS)}))
    assert (parcel.name, parcel.origin, parcel.run, parcel.status) == (
        "Mine",
        "school.example",
        "17",
        "finished",
    )
    lines = [json.loads(line) for line in contents[TRANSCRIPT].splitlines()]
    assert [{"seq": at, **event} for at, event in enumerate(parcel.events, 1)] == lines
    assert parcel.weights == contents[WEIGHTS] and parcel.checkpoint is None
    assert parcel.job.describe() == json.loads(contents[JOB])
    assert parcel.step == max(line["step"] for line in lines if line["kind"] == "finished")


def test_keyframes_come_along(contents):
    parcel = opened(packed({**contents, "keyframe-5.safetensors": contents[WEIGHTS]}))
    assert parcel.keyframes == {5: contents[WEIGHTS]}
    assert parcel.bytes == 2 * len(contents[WEIGHTS])


KEYFRAMES = {
    "another network's": lambda contents: {"keyframe-5.safetensors": of_another()},
    "of no step": lambda contents: {"keyframe-.safetensors": contents[WEIGHTS]},
    "of a step below zero": lambda contents: {"keyframe--1.safetensors": contents[WEIGHTS]},
    "in a folder": lambda contents: {"a/keyframe-5.safetensors": contents[WEIGHTS]},
    "too many": lambda contents: {f"keyframe-{at}.safetensors": contents[WEIGHTS] for at in range(9)},
    "far too many": lambda contents: {f"keyframe-{at}.safetensors": b"" for at in range(200)},
    "of a step that is not there": lambda contents: {f"keyframe-{10**9}.safetensors": contents[WEIGHTS]},
}


@pytest.mark.parametrize("what", KEYFRAMES)
def test_keyframes_that_are_none_are_refused(what, contents):
    with pytest.raises(Problem):
        opened(packed({**contents, **KEYFRAMES[what](contents)}))


def paused(contents):
    """The same run where it rests at its last checkpoint."""
    rows = [json.loads(line) for line in contents[TRANSCRIPT].splitlines()]
    kept = [row for row in rows if row["kind"] != "finished"]
    step = max(row.get("first", 0) + len(row.get("loss", [])) - 1 for row in kept if row["kind"] == "curves")
    kept.append({"kind": "paused", "step": step, "reason": None})
    lines = [json.dumps({**row, "seq": at}) for at, row in enumerate(kept, 1)]
    return {**contents, TRANSCRIPT: "\n".join(lines).encode()}


def test_a_paused_run_brings_the_state_from_which_it_goes_on(contents):
    parcel = opened(packed(paused(contents)))
    assert parcel.status == "paused" and parcel.checkpoint == contents[CHECKPOINT]


def event(**fields):
    return json.dumps({"seq": 1, **fields}).encode()


STARTED = {"kind": "started", "device": "cpu", "threads": 1, "training": 1, "validation": 1, "test": 1}
STARTED |= {
    "parameters": 1,
    "epochs": 1,
    "batch_size": 1,
    "batches_per_epoch": 1,
    "steps": 1,
    "lr": 1,
    "seed": 1,
}
CURVES = {"kind": "curves", "epoch": 1, "lr": 1.0, "images_per_second": 1, "seconds": 1, "seconds_left": 1}
TRANSCRIPTS = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[1]",
    "no kind": event(),
    "a foreign kind": event(kind="__import__", code="os.system('true')"),
    "a search": event(kind="suggested", lr=1, reason="", smoothed=[]),
    "a foreign field": event(kind="failed", message="x", html="<script>"),
    "a wrong type": event(kind="failed", message=["x"]),
    "a long text": event(kind="failed", message="x" * 2_001),
    "a wrong number": json.dumps({"seq": 2, "kind": "failed", "message": "x"}).encode(),
    "no end": event(**STARTED),
    "a step that is not there": event(
        kind="finished", step=10**9, seconds=1, validation_loss=0, validation_accuracy=0
    ),
    "a step below zero": event(kind="diverged", step=-1, message="x"),
    "a number beyond all": event(**{**STARTED, "parameters": 10**300}),
    "points from nowhere": event(**CURVES, first=-5, loss=[1.0], accuracy=[1.0]),
    "points without a partner": event(**CURVES, first=1, loss=[1.0, 2.0], accuracy=[1.0]),
    "points without end": event(**CURVES, first=1, loss=[1.0] * 9_999, accuracy=[1.0] * 9_999),
    "not a number": b'{"seq": 1, "kind": "failed", "message": NaN}',
    "a null character": b'{"seq": 1, "kind": "failed", "message": "\\u0000"}',
    "deep nesting": b'{"seq": 1, "kind": ' + b"[" * 100_000,
    "too many events": b"{}\n" * 100_001,
}


@pytest.mark.parametrize("what", TRANSCRIPTS)
def test_a_transcript_that_no_run_told_is_refused(what, contents):
    with pytest.raises(Problem):
        opened(forged(contents, **{TRANSCRIPT: TRANSCRIPTS[what]}))


class Bomb:
    """Would run a command where it is unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('executed')",))


def of_another():
    return pack(initial(assemble(a_job(network="softmax-regression").network), 1).module, step=3)


def misshapen(contents):
    tensors = {"linear1.weight": torch.zeros(3)}
    return save(tensors, {"playground": json.dumps({"format": "1", "step": "3"})})


WEIGHTS_OF_STRANGERS = {
    "none at all": lambda contents: b"",
    "a pickle": lambda contents: pickle.dumps(Bomb()),
    "PyTorch's pickle": lambda contents: pytorchs_own(),
    "half of them": lambda contents: contents[WEIGHTS][: len(contents[WEIGHTS]) // 2],
    "another network's": lambda contents: of_another(),
    "wrong shapes": misshapen,
    "a header beyond all": lambda contents: struct.pack("<Q", 2**60) + b"{}",
    "without a step": lambda contents: pack(initial(assemble(a_job(network="sixteen").network), 1).module),
    "much more": lambda contents: contents[WEIGHTS] + bytes(500_000),
}


def pytorchs_own():
    file = io.BytesIO()
    torch.save({"linear1.weight": Bomb()}, file)
    return file.getvalue()


@pytest.mark.parametrize("what", WEIGHTS_OF_STRANGERS)
def test_weights_that_are_not_of_this_network_are_refused(what, contents):
    with pytest.raises(Problem):
        opened(forged(contents, **{WEIGHTS: WEIGHTS_OF_STRANGERS[what](contents)}))


@pytest.mark.parametrize("what", [name for name in WEIGHTS_OF_STRANGERS if name != "without a step"])
def test_a_full_state_that_is_not_of_this_run_is_refused(what, contents):
    blob = WEIGHTS_OF_STRANGERS[what](contents) if what != "half of them" else contents[CHECKPOINT][:9_999]
    with pytest.raises(Problem):
        opened(forged(paused(contents), **{CHECKPOINT: blob}))


WIDE = {"kind": "linear", "out_features": 65_536}
JOBS = {
    "nothing": b"",
    "a list": b"[]",
    "a foreign field": lambda job: {**job, "code": "import os"},
    "a foreign layer": lambda job: {**job, "network": {"layers": [{"kind": "exec"}]}},
    "a network beyond all": lambda job: {**job, "network": {"layers": [{"kind": "flatten"}, *[WIDE] * 3]}},
    "a later format": lambda job: {**job, "format": 2},
}  # fmt: skip


@pytest.mark.parametrize("what", JOBS)
def test_a_job_that_is_none_is_refused(what, contents):
    wrong = JOBS[what]
    blob = wrong if isinstance(wrong, bytes) else json.dumps(wrong(json.loads(contents[JOB]))).encode()
    with pytest.raises(Problem):
        opened(forged(contents, **{JOB: blob}))


def linked(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def lying(contents):
    """A parcel whose list says that a file is short, where much more unfolds."""
    blob = bytearray(packed(without(contents, CHECKPOINT)))
    at = blob.rfind(b"PK\x01\x02")
    blob[at + 24 : at + 28] = struct.pack("<I", 5)
    return bytes(blob)


def beside(contents, *more, manifest=None):
    """A parcel with further files, or with another manifest."""
    told = told_of(contents) if manifest is None else manifest
    return zipped([(MANIFEST, told), *more, *contents.items()])


def without(contents, name):
    return {other: content for other, content in contents.items() if other != name}


def later(contents):
    return told_of(contents).replace(b'"format": 1', b'"format": 2')


CONTAINERS = {
    "nothing": lambda contents: b"",
    "no zip": lambda contents: b"PK" * 1_000,
    "a pickle": lambda contents: pickle.dumps(Bomb()),
    "no manifest": lambda contents: zipped(contents.items()),
    "another manifest": lambda contents: beside(contents, manifest=b'{"format": 1}'),
    "a manifest of a later format": lambda contents: beside(contents, manifest=later(contents)),
    "a file that the manifest does not list": lambda contents: beside(
        contents, manifest=told_of({JOB: contents[JOB]})
    ),
    "a missing file": lambda contents: beside({JOB: contents[JOB]}, manifest=told_of(contents)),
    "wrong digests": lambda contents: beside(contents, manifest=told_of({**contents, JOB: b"{}"})),
    "a foreign file": lambda contents: beside(contents, ("run.py", b"import os")),
    "an absolute path": lambda contents: beside(contents, ("/etc/passwd", b"x")),
    "a path upwards": lambda contents: beside(contents, ("../../manage.py", b"x")),
    "a name that ends early": lambda contents: beside(contents, ("job.json#.py", b"x")).replace(
        b"job.json#.py", b"job.json\0.py"
    ),
    "a folder": lambda contents: beside(contents, ("job.json/", b"")),
    "a link": lambda contents: beside(
        without(contents, JOB), (linked(JOB), b"/etc/passwd"), manifest=told_of(contents)
    ),
    "an odd way of packing": lambda contents: zipped(
        [(MANIFEST, told_of(contents)), *contents.items()], zipfile.ZIP_LZMA
    ),
    "a bomb": lambda contents: beside(
        {**contents, JOB: bytes(200_000_000)}, manifest=told_of({**contents, JOB: bytes(200_000_000)})
    ),
    "a bomb for a manifest": lambda contents: zipped([(MANIFEST, bytes(100_000_000))]),
    "a list that lies": lying,
    "thousands of files": lambda contents: zipped([(f"{at}", b"") for at in range(5_000)]),
    "a part of it": lambda contents: packed(contents)[:-1],
}


@pytest.mark.parametrize("what", CONTAINERS)
def test_a_container_that_is_no_parcel_is_refused(what, contents):
    with pytest.raises(Problem) as caught:
        opened(CONTAINERS[what](contents))
    assert len(caught.value.message) < 500


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [MANIFEST, JOB])
def test_a_name_that_stands_there_twice_is_refused(name, contents):
    with pytest.raises(Problem, match="twice"):
        opened(zipped([(MANIFEST, told_of(contents)), (JOB, contents[JOB]), (name, b"{}")]))


def test_every_part_of_a_parcel_is_refused(contents):
    blob = packed(contents)
    for share in range(40):
        with pytest.raises(Problem):
            opened(blob[: len(blob) * share // 40])


def test_a_parcel_with_any_byte_changed_is_refused_or_means_the_same(contents):
    blob, whole = packed(contents), opened(packed(contents))
    chance = torch.Generator().manual_seed(1)
    for _ in range(200):
        damaged = bytearray(blob)
        damaged[int(torch.randint(len(blob), (), generator=chance))] ^= 1 << int(
            torch.randint(8, (), generator=chance)
        )
        try:
            parcel = opened(bytes(damaged))
        except Problem:
            continue
        assert (parcel.events, parcel.weights, parcel.job) == (whole.events, whole.weights, whole.job)
