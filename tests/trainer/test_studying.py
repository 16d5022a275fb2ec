"""`python -m trainer study`: trials one after the other into a folder, pruned, repeated, and gone on with."""

import json

import pytest

from trainer import studying
from trainer.__main__ import main

STUDY = {
    "job": {
        "network": {"layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]},
        "dataset": {"kind": "stripes"},
        "epochs": 6,
        "batch_size": 19,
        "threads": 1,
        "test": "on_request",
    },
    "space": {"optimizer.lr": {"low": 1e-5, "high": 0.1, "log": True}},
    "runs": 6,
    "finalists": 1,
    "repeats": 2,
    "pruner": {"kind": "halving", "first": 1, "factor": 2},
}


def run(folder, capsys, *more, **fields):
    file = folder / "study.json"
    file.write_text(json.dumps(STUDY | fields))
    code = main(["study", str(file), "--out", str(folder / "out"), "--home", str(folder), *more])
    told = capsys.readouterr()
    return code, [json.loads(line) for line in told.out.splitlines()], told.err


def test_a_study_prints_its_trials_and_leaves_each_in_a_folder(tmp_path, capsys):
    code, told, _ = run(tmp_path, capsys)
    trials, result = told[:-1], told[-1]
    assert (
        code == 0 and result["kind"] == "result" and [trial["number"] for trial in trials] == list(range(8))
    )
    explored, repeats = trials[:6], trials[6:]
    assert {trial["repeats"] for trial in repeats} == {result["best"]} and [
        one["seed"] for one in repeats
    ] == [43, 44]
    assert result["value"] == max(trial["value"] or 0 for trial in explored)
    pruned = [trial for trial in explored if trial["state"] == "pruned"]
    assert pruned and all(trial["epochs"] < 6 for trial in pruned)
    for trial in trials:
        folder = tmp_path / "out" / f"trial-{trial['number']:04d}"
        job = json.loads((folder / "job.json").read_text())
        assert job["optimizer"]["lr"] == trial["values"]["optimizer.lr"] and job["seed"] == trial["seed"]
        events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
        validated = [event for event in events if event["kind"] == "validated"]
        assert len(validated) == trial["epochs"]  # given up within one report
        if trial["state"] == "pruned":
            assert (events[-1]["kind"], events[-1]["reason"]) == ("stopped", "pruned")


def test_the_same_study_comes_to_the_same(tmp_path, capsys):
    def without_seconds(told):
        return [{name: value for name, value in line.items() if name != "seconds"} for line in told]

    _, first, _ = run(tmp_path, capsys)
    _, again, _ = run(tmp_path, capsys)
    assert without_seconds(first) == without_seconds(again)


def test_a_study_that_was_interrupted_goes_on_and_another_is_not_taken_for_it(tmp_path, capsys, monkeypatch):
    _, whole, _ = run(tmp_path, capsys, pruner=None)
    asked = studying.next_trial
    left = iter([True, True, False])
    with monkeypatch.context() as interrupting:
        interrupting.setattr(studying, "next_trial", lambda *how: asked(*how) if next(left) else None)
        _, some, _ = run(tmp_path, capsys, pruner=None)
    _, rest, error = run(tmp_path, capsys, "--resume", pruner=None)
    assert not error
    assert len(some) == 3 and [line["number"] for line in rest[:-1]] == [2, 3, 4, 5, 6, 7]
    assert rest[-1]["value"] == whole[-1]["value"] and rest[-1]["values"] == whole[-1]["values"]
    code, _, error = run(tmp_path, capsys, "--resume", runs=7, pruner=None)
    assert code == 2 and "another study" in error


def test_a_trial_whose_values_do_not_go_together_is_told_as_refused(tmp_path, capsys):
    sizes = {"validation": {"choices": [33, 203]}}  # of 203 images
    fields = {
        "job": STUDY["job"] | {"epochs": 1},
        "space": sizes,
        "sampler": {"kind": "grid"},
        "finalists": 0,
    }
    code, told, _ = run(tmp_path, capsys, **fields)
    assert code == 0 and sorted(line["state"] for line in told[:-1]) == ["done", "refused"]
    assert next(line["reason"] for line in told if line.get("state") == "refused")


@pytest.mark.parametrize("name", ["study.json", "missing.json"])
def test_what_cannot_be_read_is_a_problem(tmp_path, capsys, name):
    (tmp_path / "study.json").write_text("{")
    assert main(["study", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err
