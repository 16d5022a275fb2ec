"""The data set `strokes`: made here, the same everywhere, and good enough to learn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from trainer.datasets.base import Folders
from trainer.datasets.strokes import Strokes
from trainer.datasets.strokes.generator import make_digits
from trainer.datasets.strokes.skeletons import families
from trainer.problems import Problem


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return Folders(None, tmp_path_factory.mktemp("cache"))


def test_every_family_of_skeletons_writes_its_digit_through_its_points() -> None:
    assert len(families()) == 54 and sum(len(family.variants) for family in families()) == 250
    for family in families():
        assert np.allclose(family.curve.sum(1), 1, atol=1e-5), "a moved skeleton moves its curve as a whole"
        assert family.curve.shape == (96, family.variants.shape[1])
    assert {family.digit: None for family in families()}.keys() == set(range(10))


def test_the_same_seed_makes_the_same_pictures_and_another_seed_others() -> None:
    first, labels = make_digits(70, np.random.default_rng(3))
    again, same = make_digits(70, np.random.default_rng(3))
    other, _ = make_digits(70, np.random.default_rng(4))
    assert np.array_equal(first, again) and np.array_equal(labels, same)
    assert (first != other).any((1, 2)).all()
    assert np.bincount(labels).tolist() == [7] * 10


def test_the_pictures_are_made_as_mnist_was() -> None:
    pictures, _ = make_digits(500, np.random.default_rng(11))
    ink = pictures / 255
    axis = np.arange(28)
    middle = np.stack([(ink.sum(2) * axis).sum(1), (ink.sum(1) * axis).sum(1)]) / ink.sum((1, 2))
    assert pictures.shape == (500, 28, 28) and pictures.dtype == np.uint8
    assert np.abs(middle - 14).max() <= 0.51
    extents = [max(np.ptp(np.nonzero(one > 0.3)[0]), np.ptp(np.nonzero(one > 0.3)[1])) + 1 for one in ink]
    assert 19 <= np.median(extents) <= 20 and max(extents) <= 20
    assert 0.12 < ink.mean() < 0.16 and 0.17 < (ink > 0).mean() < 0.21


def test_a_small_set_is_the_beginning_of_the_whole_and_is_kept(folders: Folders) -> None:
    told: list[str] = []
    small = Strokes(size=23).load(folders, told.append)
    assert small.train_images.shape == (23, 1, 28, 28) and small.train_images.dtype == torch.uint8
    assert small.test_images.shape == (10_000, 1, 28, 28) and len(told) == 3
    larger = Strokes(size=5_001).load(folders)
    assert larger.train_images[:23].equal(small.train_images)
    again = Strokes(size=23).load(folders, told.append)
    assert again.train_images.equal(small.train_images) and len(told) == 3
    assert not [
        file for file in folders.cache.rglob("*") if file.is_file() and "strokes-1" not in str(file.parent)
    ]


def test_training_and_test_images_do_not_overlap(folders: Folders) -> None:
    images = Strokes(size=5_000).load(folders)
    training = {picture.numpy().tobytes() for picture in images.train_images}
    assert len(training) == 5_000
    assert not training & {picture.numpy().tobytes() for picture in images.test_images}


def test_a_sample_is_drawn_by_its_seed(folders: Folders) -> None:
    images = Strokes(size=100).load(folders)
    pictures, labels = images.sample(6, seed=9)
    assert pictures.shape == (6, 1, 28, 28) and labels.shape == (6,)
    assert images.sample(6, seed=9)[0].equal(pictures) and not images.sample(6, seed=10)[0].equal(pictures)


def test_a_cache_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Problem, match="cannot be written"):
        Strokes(size=10).load(Folders(None, tmp_path / "file"))
