"""What ./test runs, and what it says of the rest."""

import os
import sys
from pathlib import Path

import pytest

from setup import prepare, testing, tools, torch_build, venv
from setup.testing import Result


def test_marks_that_cannot_run_are_left_out():
    assert testing.without(["long", "browser"]) == "not long and not browser"
    assert testing.without([]) == ""


def test_what_was_not_run_is_named_with_its_reason_and_mend(capsys):
    passed = [Result("node", True, 1.2), Result("pytest", True, 99.6)]
    left_out = {
        "browser": ["tests/browser/test_lab.py::test_a", "tests/browser/test_lab.py::test_b"],
        "gpu": [],
    }
    assert testing.summary(passed, left_out, quick=True) == 0
    told = capsys.readouterr().out
    assert "Not run (2 tests): Chromium is missing" in told and "sudo apt-get install chromium" in told
    assert "test_lab.py::test_b" in told and "GPU" not in told and "--all" in told


def test_one_failure_is_a_failure(capsys):
    assert testing.summary([Result("node", True, 1), Result("pytest", False, 1)], {}, quick=False) == 1
    assert "FAILED" in capsys.readouterr().out


def test_the_tests_of_a_mark_are_found_by_name(monkeypatch):
    monkeypatch.setattr(testing, "PYTHON", Path(sys.executable))
    names = testing.names_of("redis", ["long"], ["tests/house/test_playing.py"], dict(os.environ))
    assert any(name.endswith("::test_started_twice_it_says_so") for name in names)


@pytest.mark.parametrize(
    ("says", "found"), [("v24.19.0", (24, 19, 0)), ("v18.3.0", (18, 3, 0)), ("oops", ())]
)
def test_the_version_of_node_is_read(tmp_path, says, found):
    program = tmp_path / "node"
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)
    assert tools.node_version(program) == found


def test_a_node_that_does_not_start_is_passed_over(tmp_path):
    assert tools.node_version(tmp_path / "missing") == ()


def test_the_stamp_of_the_environment_follows_what_is_pinned(tmp_path, monkeypatch):
    monkeypatch.setattr(venv, "ROOT", tmp_path)
    (tmp_path / "requirements.txt").write_text("torch==2.13.0\nnumpy==2.4.6\n")
    (tmp_path / "requirements-dev.txt").write_text("pytest==9.2.0\n")
    run, dev = venv.digest("requirements.txt"), venv.digest("requirements-dev.txt")
    (tmp_path / "requirements.txt").write_text("torch==2.13.0\nnumpy==2.4.7\n")
    assert venv.digest("requirements.txt") != run and venv.digest("requirements-dev.txt") != dev
    assert venv.pin("torch") == "torch==2.13.0"


def test_without_a_gpu_a_local_file_or_the_cpu_index_is_taken(monkeypatch, capsys):
    monkeypatch.setattr(torch_build.sys, "platform", "linux")
    monkeypatch.setattr(torch_build, "has_gpu", lambda: False)
    monkeypatch.setattr(torch_build, "found_locally", lambda *_: False)
    monkeypatch.setattr(torch_build, "answers", lambda _: True)
    assert torch_build.arguments(Path("python"), "torch==2.13.0") == [
        "--extra-index-url",
        torch_build.CPU_INDEX,
    ]
    monkeypatch.setattr(torch_build, "answers", lambda _: False)
    assert torch_build.arguments(Path("python"), "torch==2.13.0") == []
    assert "gigabytes" in capsys.readouterr().out
    monkeypatch.setattr(torch_build, "found_locally", lambda *_: True)
    assert torch_build.arguments(Path("python"), "torch==2.13.0") == [] and capsys.readouterr().out == ""


def test_static_files_that_one_home_gathered_serve_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "GATHERED", tmp_path / "gathered")
    first, second = tmp_path / "first", tmp_path / "second"
    assert prepare.chores(first, "") == ["migrate", "collectstatic"]
    (first / "static").mkdir(parents=True)
    (first / "static" / "lab.css").write_text("body {}")
    prepare.remember(first)
    assert prepare.chores(first, "") == []
    assert prepare.chores(first, "postgres://elsewhere") == ["migrate"]
    assert prepare.chores(second, "") == ["migrate"]
    assert (second / "static" / "lab.css").read_text() == "body {}"
