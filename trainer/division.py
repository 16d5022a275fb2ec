"""How a data set is divided into the images of a training, and prepared for it: all of it by a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from trainer.batches import Part, Split, channels_last
from trainer.datasets.base import Images
from trainer.imbalance import Imbalance
from trainer.isolation import stream
from trainer.preparation import Preparation

WRONG_LABELS, PIXELS = 2_000, 2_001  # streams of a seed: epochs have those below
_COUNTED_AT_ONCE = 5_000

Sampling = Literal["natural", "weighted", "oversampled"]
Normalization = Literal["none", "standardized"]


@dataclass(frozen=True)
class Division:
    """What a job says about its images. `classes`: how many there are; labels count them from 0."""

    validation: int
    seed: int
    classes: int = 10
    stratified: bool = False
    imbalance: Imbalance | None = None
    label_noise: float = 0.0
    sampling: Sampling = "natural"
    shuffle: bool = True
    normalization: Normalization = "none"
    permuted: bool = False

    def about(self, training: int) -> int:
        """How many images an epoch has where `training` are there, as far as can be said without them."""
        if self.imbalance is None or self.sampling == "oversampled":
            return training
        return max(1, training - round((1 - self.imbalance.share) * training / self.classes))

    def at_most(self, training: int) -> int:
        """How many images an epoch may have at most where `training` are there, whatever they are of."""
        return training * (self.classes if self.sampling == "oversampled" else 1)

    def divide(self, images: Images) -> Split:
        """The three parts of a loaded data set. Copies none of its images."""
        labels = images.train_labels
        validation, training = self._kept_apart(labels.cpu())
        training = self._thinned(training, labels.cpu())
        noisy = self._with_wrong_labels(training, labels)
        prepared = self._preparation(images.train_images, training)
        known = channels_last(images.train_images)
        device = labels.device
        return Split(
            training=self._dealt(known, noisy, training, prepared),
            validation=Part(known, labels, validation.to(device), preparation=prepared),
            test=Part(
                channels_last(images.test_images),
                images.test_labels,
                torch.arange(len(images.test_labels), device=device),
                preparation=prepared,
            ),
        )

    def _kept_apart(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Places for validation and for training."""
        count = len(labels)
        order = torch.randperm(count, generator=torch.Generator().manual_seed(self.seed))
        if not self.stratified:
            return order[: self.validation], order[self.validation :]
        # sorted by class, one in every so many: of each class its share, up to one
        by_class = labels[order].argsort(stable=True)
        kept = torch.zeros(count, dtype=torch.bool)
        kept[by_class[torch.arange(self.validation) * count // self.validation]] = True
        return order[kept], order[~kept]

    def _thinned(self, training: Tensor, labels: Tensor) -> Tensor:
        if self.imbalance is None:
            return training
        rare = labels[training] == self.imbalance.which
        left = max(1, round(self.imbalance.share * int(rare.sum())))
        return training[~rare | (rare.cumsum(0) <= left)]

    def _with_wrong_labels(self, training: Tensor, labels: Tensor) -> Tensor:
        """All labels, of which a share of those in `training` are of another class; else the very same."""
        if not self.label_noise:
            return labels
        chance = torch.Generator().manual_seed(stream(self.seed, WRONG_LABELS))
        wrong = training[torch.randperm(len(training), generator=chance)]
        wrong = wrong[: round(self.label_noise * len(training))]
        others = torch.randint(1, self.classes, (len(wrong),), generator=chance)
        noisy = labels.clone()
        noisy[wrong] = ((labels[wrong] + others.to(labels.device)) % self.classes).to(noisy.dtype)
        return noisy

    def _preparation(self, images: Tensor, training: Tensor) -> Preparation:
        mean, std = mean_and_spread(images, training) if self.normalization == "standardized" else (0.0, 1.0)
        return Preparation(mean, std, stream(self.seed, PIXELS) if self.permuted else None)

    def _dealt(self, images: Tensor, labels: Tensor, training: Tensor, prepared: Preparation) -> Part:
        weights = None
        if self.sampling == "weighted":
            of = labels.cpu()[training].long()
            weights = (1 / of.bincount())[of]
        elif self.sampling == "oversampled":
            training = _evened(training, labels.cpu())
        return Part(images, labels, training.to(labels.device), self.shuffle, weights, prepared)


def _evened(training: Tensor, labels: Tensor) -> Tensor:
    """Places with those of rarer classes again and again, until there are as many of each."""
    every = [training[labels[training] == one] for one in labels[training].unique()]
    most = max(map(len, every))
    return torch.cat([some.repeat(-(-most // len(some)))[:most] for some in every])


def mean_and_spread(images: Tensor, chosen: Tensor) -> tuple[float, float]:
    """Mean and standard deviation of the pixels of chosen images (n, …) of bytes, where 255 counts as 1."""
    found = torch.zeros(256, dtype=torch.int64)
    for some in chosen.to(images.device).split(_COUNTED_AT_ONCE):
        found += images[some].flatten().bincount(minlength=256).cpu()
    values, shares = torch.arange(256, dtype=torch.float64) / 255, found / found.sum()
    mean = (values * shares).sum()
    return mean.item(), ((values - mean).square() * shares).sum().sqrt().item() or 1.0
