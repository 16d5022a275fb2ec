"""The examples of docs/adding.md do what the page promises: one file, and everything follows."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from setup.venv import ROOT

EXAMPLE = re.compile(r"^`(trainer/\S+\.py)`[^\n]*:\n\n```python\n(.*?)```", re.M | re.S)
KINDS = {"layers": "noise", "optimizers": "sign_sgd", "datasets": "segments"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the trainer with the examples of the page written into it."""
    root = tmp_path_factory.mktemp("adding")
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "trainer", root / "trainer", ignore=unwanted)
    shutil.copytree(ROOT / "tests" / "trainer", root / "tests" / "trainer", ignore=unwanted)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    examples = EXAMPLE.findall((ROOT / "docs" / "adding.md").read_text())
    assert len(examples) == 3
    for path, code in examples:
        with (root / path).open("a") as file:
            file.write(f"\n\n{code}")
    return root


def python(copy: Path, *arguments: str) -> str:
    """What Python prints in the copy; it must succeed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_catalogue_lists_what_was_added(copy):
    catalogue = json.loads(python(copy, "-m", "trainer", "catalogue"))
    for place, kind in KINDS.items():
        assert kind in [entry["kind"] for entry in catalogue[place]]


def test_what_was_added_passes_the_contract_tests(copy):
    files = [f"tests/trainer/test_{place}.py" for place in (*KINDS, "export")]
    told = python(copy, "-m", "pytest", "-q", "-p", "no:django", *files, "-k", " or ".join(KINDS.values()))
    assert re.search(r"\d\d passed", told), told


def test_a_network_learns_with_all_three(copy):
    layers = [{"kind": "flatten"}, {"kind": "noise", "std": 0.2}, {"kind": "linear", "out_features": 10}]
    job = {
        "network": {"format": 1, "input": [1, 28, 28], "layers": layers},
        "dataset": {"kind": "segments", "size": 2_000},
        "optimizer": {"kind": "sign_sgd", "lr": 0.001},
        "epochs": 3,
        "device": "cpu",
    }
    (copy / "job.json").write_text(json.dumps(job))
    last = json.loads(python(copy, "-m", "trainer", "train", "job.json", "--out", "out").splitlines()[-1])
    assert last["kind"] == "finished" and last["test_accuracy"] > 0.9
