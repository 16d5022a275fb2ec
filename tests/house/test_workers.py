"""How many workers ./play starts, and for which device."""

from pathlib import Path

import pytest

from setup.parts import Playground
from setup.play import Options


@pytest.mark.parametrize("option", ["--workers", "--gpu-workers"])
@pytest.mark.parametrize("number", ["0", "-3", "1000"])
def test_a_number_of_workers_that_makes_no_sense_is_refused(
    option: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        Options.read([option, number], {})
    assert f"{option} must be 1 to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "expected"), [(0, ["cpu", "cpu2", "cuda", "cuda2", "cuda3"]), (1, ["cpu", "cpu2"])]
)
def test_a_gpu_has_as_many_workers_as_were_asked_for_if_pytorch_can_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, expected: list[str]
) -> None:
    options = Options.read(["--home", str(tmp_path), "--workers", "2", "--gpu-workers", "3"], {})
    playground = Playground(**vars(options), environment={})
    started: list[str] = []
    monkeypatch.setattr(playground, "add", lambda part: started.append(part.name))
    playground.add_workers("cpu")
    playground.add_cuda_workers(status, "")
    assert started == [f"worker ({name})" for name in expected]
