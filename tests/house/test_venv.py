"""Setting up .venv takes away nothing that is somebody else's."""

from pathlib import Path

import pytest

from setup import venv


@pytest.mark.long
def test_a_link_in_the_place_of_the_environment_is_replaced_and_what_it_leads_to_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tmp_path / "theirs"
    others.mkdir()
    (others / "work").write_text("of weeks")
    place = tmp_path / ".venv"
    place.symlink_to(others)
    monkeypatch.setattr(venv, "VENV", place)
    venv.create()
    assert (others / "work").read_text() == "of weeks"
    assert not place.is_symlink()
    assert (place / "bin" / "python").exists()
