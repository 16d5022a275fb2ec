"""`python -m trainer`: what it prints, what it leaves in the folder, and how it ends."""

import itertools
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from trainer.__main__ import main

JOB = {
    "network": {"layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]},
    "dataset": {"kind": "stripes"},
    "epochs": 3,
    "batch_size": 19,
    "threads": 1,
}


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def trained(tmp_path, capsys):
    """A folder in which a training has ended, and what it printed."""
    (tmp_path / "job.json").write_text(json.dumps(JOB))
    code = main(
        ["train", str(tmp_path / "job.json"), "--out", str(tmp_path / "out"), "--home", str(tmp_path)]
    )
    assert code == 0
    return tmp_path / "out", lines(capsys.readouterr().out)


def test_train_prints_its_transcript_and_leaves_it(trained):
    folder, events = trained
    assert events[0]["kind"] == "started" and events[-1]["kind"] == "finished"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["seconds"] > 0 and 0 <= events[-1]["test_accuracy"] <= 1
    assert lines((folder / "events.jsonl").read_text()) == events
    assert {file.name for file in folder.iterdir()} == {
        *("job.json", "events.jsonl", "weights.safetensors", "last.checkpoint", "keyframes")
    }
    assert (folder / "keyframes/000000001.safetensors").is_file()


def test_the_same_job_leaves_the_same_file(trained, tmp_path):
    folder, _ = trained
    main(["train", str(folder / "job.json"), "--out", str(tmp_path / "again"), "--home", str(tmp_path)])
    assert (tmp_path / "again/weights.safetensors").read_bytes() == (
        folder / "weights.safetensors"
    ).read_bytes()


def test_resume_goes_on_and_counts_on(trained, tmp_path, capsys):
    folder, events = trained
    main(["train", str(folder / "job.json"), "--out", str(folder), "--home", str(tmp_path), "--resume"])
    more = lines(capsys.readouterr().out)
    assert more[0]["kind"] == "resumed" and more[0]["seq"] == len(events) + 1
    assert more[-1]["kind"] == "finished"


def test_going_on_with_another_job_is_refused(trained, tmp_path, capsys):
    folder, _ = trained
    (tmp_path / "job.json").write_text(json.dumps(JOB | {"batch_size": 20}))
    again = ["train", str(tmp_path / "job.json"), "--out", str(folder), "--home", str(tmp_path), "--resume"]
    assert main(again) == 2
    assert "another batch_size" in capsys.readouterr().err


def test_a_new_training_leaves_nothing_of_the_one_before(trained, tmp_path, monkeypatch):
    folder, _ = trained
    monkeypatch.setattr("trainer.carrying.train", lambda *_, **__: iter(()))  # ends before it left anything
    main(["train", str(folder / "job.json"), "--out", str(folder), "--home", str(tmp_path)])
    assert {file.name for file in folder.iterdir()} == {"job.json", "events.jsonl"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_training_pauses_and_goes_on_as_if_it_had_not(tmp_path, capsys, monkeypatch, number):
    job = tmp_path / "job.json"
    job.write_text(json.dumps(JOB | {"epochs": 60}))
    command = ["train", str(job), "--home", str(tmp_path), "--out"]
    main([*command, str(tmp_path / "whole")])
    tells = itertools.count()
    with monkeypatch.context() as patch:
        patch.setattr("trainer.carrying._Progress.show", lambda *_: interrupt(next(tells), number))
        assert main([*command, str(tmp_path / "parted")]) == 0
    assert lines((tmp_path / "parted/events.jsonl").read_text())[-1]["kind"] == "paused"
    assert main([*command, str(tmp_path / "parted"), "--resume"]) == 0
    capsys.readouterr()
    whole, parted = ((tmp_path / name / "weights.safetensors").read_bytes() for name in ("whole", "parted"))
    assert whole == parted


def interrupt(told: int, number: int) -> None:
    """A signal at the third thing told."""
    if told == 3:
        os.kill(os.getpid(), number)


def test_predict_tells_a_digit_for_every_picture_and_what_is_wrong_with_others(trained, tmp_path, capsys):
    folder, _ = trained
    picture = np.zeros((90, 70), np.uint8)
    picture[20:70, 30:40] = 255
    Image.fromarray(picture).save(tmp_path / "one.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert main(["predict", str(folder), *(str(tmp_path / name) for name in ("broken.png", "one.png"))]) == 0
    broken, one = lines(capsys.readouterr().out)
    assert broken["problem"]["where"] == ["image"]
    assert one["image"].endswith("one.png") and len(one["probabilities"]) == 10
    assert one["digit"] == max(range(10), key=one["probabilities"].__getitem__)


def test_export_prints_a_script_that_trains_on_the_images_that_images_writes(tmp_path, capsys):
    (tmp_path / "job.json").write_text(json.dumps(JOB))
    assert main(["images", "stripes", "--out", str(tmp_path / "idx"), "--home", str(tmp_path)]) == 0
    assert len(lines(capsys.readouterr().out)) == len(list((tmp_path / "idx").iterdir())) == 4
    assert main(["export", str(tmp_path / "job.json")]) == 0
    (tmp_path / "network.py").write_text(capsys.readouterr().out)
    done = subprocess.run(
        [sys.executable, "-I", "network.py", "idx"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    told = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert told == ["epoch 1", "epoch 2", "epoch 3", "test"]
    assert main(["export", str(tmp_path / "job.json"), "--as", "notebook"]) == 0
    assert json.loads(capsys.readouterr().out)["nbformat"] == 4


def test_check_tells_shapes_or_the_problem(tmp_path, capsys):
    whole, broken = tmp_path / "whole.json", tmp_path / "broken.json"
    whole.write_text(json.dumps(JOB["network"]))
    broken.write_text(json.dumps({"layers": [{"kind": "linear"}]}))
    assert main(["check", str(whole)]) == 0
    assert lines(capsys.readouterr().out)[0]["stages"][-1]["shape"] == [10]
    assert main(["check", str(broken)]) == 2
    assert lines(capsys.readouterr().out)[0]["problem"]["mend"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[]", "object"),
        (json.dumps(JOB | {"epochs": -1}), "epochs"),
        (json.dumps(JOB | {"network": {"layers": [{"kind": "linear"}]}}), "linear1 reads a row"),
        (json.dumps(JOB | {"device": "cuda"}), "GPU"),
    ],
)
def test_bad_input_ends_with_2_and_a_sentence(tmp_path, capsys, content, words):
    (tmp_path / "job.json").write_text(content)
    assert (
        main(["train", str(tmp_path / "job.json"), "--out", str(tmp_path / "out"), "--home", str(tmp_path)])
        == 2
    )
    told = capsys.readouterr()
    assert words in told.err and "Traceback" not in told.err


def test_a_folder_that_cannot_be_is_a_problem(tmp_path, capsys):
    (tmp_path / "job.json").write_text(json.dumps(JOB))
    out = tmp_path / "job.json" / "out"
    assert main(["train", str(tmp_path / "job.json"), "--out", str(out), "--home", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_it_is_a_command_and_its_output_is_json_alone():
    done = subprocess.run(
        [sys.executable, "-m", "trainer", "catalogue"], capture_output=True, text=True, check=True
    )
    assert {"layers", "templates"} <= set(json.loads(done.stdout))
    missing = subprocess.run(
        [sys.executable, "-m", "trainer", "check", "nowhere.json"], capture_output=True, text=True
    )
    assert missing.returncode == 2 and "nowhere.json cannot be read" in missing.stderr
