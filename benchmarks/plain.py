"""The loops that everybody writes, to measure ours against: in memory, and with a DataLoader.

`python -m benchmarks.plain --data DIR` runs them in turn with `trainer.train` for the MLPs 784-128-64-10
and 784-512-64-10 and the CNN 32-32-128, and prints the medians of the ratios. The product imports
nothing of this.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from trainer.datasets.base import Folders, Images
from trainer.events import Curves
from trainer.job import Job
from trainer.training import train

MLP_128 = [
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 128},
    {"kind": "relu"},
    {"kind": "linear", "out_features": 64},
    {"kind": "relu"},
    {"kind": "linear", "out_features": 10},
]
NETWORKS: dict[str, Any] = {"mlp-128": {"layers": MLP_128}, "mlp-512": "mlp-512-64", "cnn": "cnn-32-32-128"}
WARM = 20  # batches before the clock starts


def network(name: str) -> nn.Sequential:
    """The network as anybody would write it in PyTorch."""
    if name in ("mlp-128", "mlp-512"):
        wide = int(name.removeprefix("mlp-"))
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, wide), nn.ReLU(), nn.Linear(wide, 64), nn.ReLU(), nn.Linear(64, 10)
        )
    blocks = [nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    blocks += [nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(1568, 128), nn.ReLU(), nn.Linear(128, 10))


def plain(name: str, batch_size: int, images: Images, device: str, seconds: float) -> float:
    """Samples a second of the plain loop: tensors in memory, randperm, autograd, default Adam."""
    x = images.train_images.float().div(255).to(device)
    y = images.train_labels.long().to(device)
    model = network(name).to(device)
    optimizer = torch.optim.Adam(model.parameters())
    clock = _Clock(batch_size, seconds)
    while True:
        order = torch.randperm(len(y))
        for at in range(0, len(y) - batch_size + 1, batch_size):
            chosen = order[at : at + batch_size]
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[chosen]), y[chosen]).backward()
            optimizer.step()
            if clock.over():
                return clock.rate


MEAN, STD = (0.1307,), (0.3081,)  # of MNIST's pixels, as that example has them


class _Pictures(Dataset[tuple[Tensor, int]]):
    def __init__(self, images: Images) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images.train_labels)

    def __getitem__(self, at: int) -> tuple[Tensor, int]:
        """One picture with the steps of PyTorch's own MNIST example: PIL image, ToTensor, Normalize."""
        picture = Image.fromarray(self.images.train_images[at, 0].numpy())
        pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True)).view(28, 28, 1)
        pixels = pixels.permute(2, 0, 1).contiguous().to(torch.get_default_dtype()).div(255)
        mean, std = torch.as_tensor(MEAN).view(-1, 1, 1), torch.as_tensor(STD).view(-1, 1, 1)
        if (std == 0).any():
            raise ValueError("a spread of nothing cannot be divided by")
        return pixels.clone().sub_(mean).div_(std), int(self.images.train_labels[at])


def textbook(name: str, batch_size: int, images: Images, device: str, seconds: float) -> float:
    """Samples a second of the textbook loop: Dataset, DataLoader, `.item()` for the running loss.

    torchvision, which it is usually written with, has no CPU build to install beside PyTorch's here, so
    its steps for a picture stand above.
    """
    model = network(name).to(device)
    optimizer = torch.optim.Adam(model.parameters())
    clock = _Clock(batch_size, seconds)
    running = 0.0
    while True:
        for x, y in DataLoader(_Pictures(images), batch_size=batch_size, shuffle=True):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x.to(device)), y.to(device))
            loss.backward()
            optimizer.step()
            running += loss.item()
            if clock.over():
                return clock.rate


class _Clock:
    """Counts batches after the warm-up until the time is over."""

    def __init__(self, batch_size: int, seconds: float) -> None:
        self.batch_size, self.seconds, self.batches, self.begin = batch_size, seconds, -WARM, 0.0
        self.rate = float("nan")

    def over(self) -> bool:
        self.batches += 1
        if self.batches == 0:
            self.begin = time.perf_counter()
        spent = time.perf_counter() - self.begin
        if self.batches < 1 or spent < self.seconds:
            return False
        self.rate = self.batches * self.batch_size / spent
        return True


def ours(
    name: str,
    batch_size: int,
    folders: Folders,
    threads: int,
    device: str,
    seconds: float,
    augmentation: Sequence[dict[str, Any]] = (),
) -> float:
    """Samples a second of `train`, every event taken, by the wall clock of who takes them."""
    job = Job.read(
        {
            "network": NETWORKS[name],
            "dataset": {"kind": "mnist"},
            "augmentation": list(augmentation),
            "batch_size": batch_size,
            "epochs": 1_000,
            "threads": threads,
            "device": device,
        }
    )
    begin, first = 0.0, 0
    for said in train(job, folders=folders):
        if not isinstance(said, Curves):
            continue
        step = said.first + len(said.loss) - 1
        if not begin:
            begin, first = time.perf_counter(), step
        elif time.perf_counter() - begin >= seconds:
            return (step - first) * batch_size / (time.perf_counter() - begin)
    raise RuntimeError("the training ended before it was measured")


def main() -> None:
    """Runs all loops in turn and prints their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as cache:
        folders = Folders(data=options.data, cache=Path(cache))
        images = Job.read({"network": "small-cnn", "dataset": {"kind": "mnist"}}).dataset.load(folders)
        for name in NETWORKS:
            for batch_size in (64, 128):
                rows = [_row(name, batch_size, images, folders, options) for _ in range(options.pairs)]
                _print(f"{name} {batch_size}", rows)


def _row(
    name: str, batch_size: int, images: Images, folders: Folders, options: argparse.Namespace
) -> list[float]:
    """Samples a second of the plain loop, of ours and of the textbook's, one after another."""
    return [
        plain(name, batch_size, images, options.device, options.seconds),
        ours(name, batch_size, folders, options.threads, options.device, options.seconds),
        textbook(name, batch_size, images, options.device, options.seconds / 2),
    ]


def _print(title: str, rows: list[list[float]]) -> None:
    base = [row[0] for row in rows]
    spread = (max(base) - min(base)) / statistics.median(base)
    against_plain = statistics.median(row[1] / row[0] for row in rows)
    against_textbook = statistics.median(row[1] / row[2] for row in rows)
    rate = statistics.median(row[1] for row in rows)
    print(
        f"{title:8}  ours {rate:9,.0f}/s  {against_plain:5.2f} × plain (which varied by {spread:4.0%})  "
        f"{against_textbook:5.1f} × textbook",
        flush=True,
    )


if __name__ == "__main__":
    main()
