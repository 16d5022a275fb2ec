"""What a job will take is known before it starts, and the machine's speed is measured once."""

import json
from pathlib import Path

import pytest
import torch

from trainer.admission import admit
from trainer.datasets.base import Folders
from trainer.estimate import needs, needs_of_search, seconds, seconds_of_search
from trainer.job import Job
from trainer.sharing import shared_split
from trainer.speeds import Speeds, known_speeds, sizes, speeds


def job(**fields: object) -> Job:
    return Job.read({"network": "small-cnn", "dataset": {"kind": "strokes", "size": 2_000}} | fields)


def test_needs_grow_with_what_causes_them() -> None:
    one, more = (needs(told, admit(told)) for told in (job(epochs=3), job(epochs=6, batch_size=128)))
    assert (one.steps, more.steps) == (3 * 29, 6 * 15)
    assert one.flops == more.flops and one.memory < more.memory
    assert one.likeness != more.likeness
    assert needs(job(seed=7, epochs=1), admit(job())).likeness == one.likeness


def test_seconds_are_those_of_steps_and_looks() -> None:
    told = job(epochs=10, test="on_request")
    only_steps = Speeds((0.1, 0, 0, 0, 0, 0))
    assert seconds(told, admit(told), only_steps) == pytest.approx(29 + 10 * 200 / 64 * 0.035)


def test_a_search_for_a_rate_is_a_hundred_steps_of_any_job_and_keeps_nothing() -> None:
    told = job(epochs=1_000)
    needed, trained = needs_of_search(told, admit(told)), needs(told, admit(told))
    assert (needed.steps, needed.stored, needed.memory) == (100, 0, trained.memory)
    assert seconds_of_search(told, admit(told), Speeds((0.1, 0, 0, 0, 0, 0))) == pytest.approx(10)


def test_speeds_are_measured_once_and_foretell_a_step(tmp_path: Path) -> None:
    assert known_speeds(tmp_path) is None
    measured = speeds(tmp_path)
    assert known_speeds(tmp_path) == measured == speeds(tmp_path)
    small, large = (measured.step(admit(job()), batch) for batch in (16, 512))
    assert 0 < small < large < 10
    kept = json.loads((tmp_path / "speeds.json").read_text())
    (tmp_path / "speeds.json").write_text(json.dumps(kept | {"cores": 999}))
    assert known_speeds(tmp_path) is None


def test_sizes_tell_weights_used_once_from_those_used_again() -> None:
    _, layers, once, again, _, parameters = sizes(admit(job(network="mlp-512-64")), 10)
    assert again == 0 and layers > 3 and once == pytest.approx(20 * parameters, rel=0.01)
    assert sizes(admit(job()), 10)[3] > 0


def test_trainings_on_the_same_images_share_them(tmp_path: Path) -> None:
    told, folders = job(), Folders(data=None, cache=tmp_path)
    jobs = (told.model_copy(update={"seed": seed}) for seed in (1, 1, 2))
    one, same, other = (shared_split(job, folders, torch.device("cpu")) for job in jobs)
    assert torch.equal(one.training.chosen, same.training.chosen)
    assert not torch.equal(one.training.chosen, other.training.chosen)
    memory = {
        part.images.data_ptr() for split in (one, same, other) for part in (split.training, split.validation)
    }
    assert len(memory) == 1
