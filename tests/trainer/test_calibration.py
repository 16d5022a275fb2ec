"""How many threads a machine does best with: measured once, kept, and measured again when it changes."""

import json

import pytest
import torch

from trainer.calibration import calibrate, processors


def test_it_is_one_or_all_and_leaves_torch_as_it_was(tmp_path):
    before = torch.get_num_threads()
    state = torch.get_rng_state()
    assert calibrate(tmp_path) in (1, processors())
    assert torch.get_num_threads() == before and torch.equal(torch.get_rng_state(), state)


def test_what_was_kept_is_not_measured_again(tmp_path):
    (tmp_path / "calibration.json").write_text(json.dumps({"cores": processors(), "threads": 23}))
    assert calibrate(tmp_path) == 23


@pytest.mark.parametrize("kept", ["", "[]", '{"threads": 23}', '{"cores": 9999, "threads": 23}'])
def test_what_was_kept_elsewhere_or_is_broken_is_measured_anew(tmp_path, kept):
    (tmp_path / "calibration.json").write_text(kept)
    assert calibrate(tmp_path) in (1, processors())


def test_once_measured_it_stays_so_that_a_job_repeats_bit_by_bit(tmp_path):
    first = calibrate(tmp_path)
    assert json.loads((tmp_path / "calibration.json").read_text()) == {
        "cores": processors(),
        "threads": first,
    }
    assert calibrate(tmp_path) == first
