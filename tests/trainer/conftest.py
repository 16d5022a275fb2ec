"""A tiny data set for tests of training: pictures of ten kinds of stripes, made in a millisecond."""

import os
from pathlib import Path

import pytest
import torch

from trainer import datasets, traced
from trainer.datasets.base import Dataset, Folders, Images, Say


class Stripes(Dataset):
    """Ten kinds of stripes with noise: learned in a few steps, so that tests can see learning."""

    kind, label, training = "stripes", "Stripes", 203

    size: int | None = 203

    def load(self, folders: Folders, say: Say | None = None) -> Images:
        generator = torch.Generator().manual_seed(5)
        labels = torch.arange(self.used + 50) % 10
        across = torch.arange(28)
        rows = torch.sin(across[None, :] * (labels[:, None] + 1) / 5) > 0
        pictures = rows[:, None, None, :].expand(-1, 1, 28, 28) * 200
        noise = torch.randint(0, 56, pictures.shape, generator=generator)
        images = (pictures + noise).to(torch.uint8)
        labels = labels.to(torch.uint8)
        return Images(images[: self.used], labels[: self.used], images[self.used :], labels[self.used :])


@pytest.fixture(autouse=True)
def stripes(monkeypatch):
    """Makes the stripes a data set like any other for the length of a test."""
    monkeypatch.setitem(datasets.kinds(), "stripes", Stripes)


@pytest.fixture(autouse=True)
def cold(monkeypatch):
    """Short trainings stay eager, whichever test traced before; those that ask for `warm` trace."""
    monkeypatch.setattr(traced, "_warm", False)


@pytest.fixture
def warm(cold):
    """Trainings change over to a traced step as soon as it is proven. One thread: others may be busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    traced.warm()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def mnist(tmp_path: Path) -> Folders:
    """Where MNIST lies on this machine; tests that need it are left out where it does not."""
    data = Path(os.environ.get("PLAYGROUND_DATA", ""))
    if not (data / "mnist").is_dir():
        pytest.skip("PLAYGROUND_DATA names no folder with MNIST")
    return Folders(data=data, cache=tmp_path)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(data=None, cache=tmp_path)
