"""Data sets made to take MNIST's place: as many pictures, of the same size, in the same four files.

Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms"
(2017, arXiv:1708.07747). Clanuwat et al., "Deep learning for classical Japanese literature" (2018,
arXiv:1812.01718), KMNIST: its pictures are licensed under CC BY-SA 4.0.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from trainer.datasets.idx import NAMES, FourFiles


def _by_name(*digests: str) -> dict[str, str]:
    return dict(zip(NAMES, digests, strict=True))


class FashionMnist(FourFiles):
    """Ten kinds of clothes: shirts, shoes, bags. As easy to load as MNIST, and harder to get right."""

    kind: ClassVar[str] = "fashion_mnist"
    label: ClassVar[str] = "Fashion-MNIST"
    training: ClassVar[int] = 60_000
    classes: ClassVar[tuple[str, ...]] = (
        *("T-shirt", "Trousers", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    )
    folder: ClassVar[str] = "fashion-mnist"
    packed: ClassVar[bool] = True
    mirrors: ClassVar[tuple[str, ...]] = (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    )
    digests: ClassVar[dict[str, str]] = _by_name(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    )
    origin: ClassVar[str] = mirrors[0]

    size: int | None = Field(None, ge=10, le=60_000, description="Training images used; empty: all.")


class Kmnist(FourFiles):
    """Ten characters of old Japanese handwriting, each written in many ways: harder than digits."""

    kind: ClassVar[str] = "kmnist"
    label: ClassVar[str] = "KMNIST (hiragana)"
    training: ClassVar[int] = 60_000
    classes: ClassVar[tuple[str, ...]] = ("お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を")
    folder: ClassVar[str] = "kmnist"
    packed: ClassVar[bool] = True
    mirrors: ClassVar[tuple[str, ...]] = (
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    )
    digests: ClassVar[dict[str, str]] = _by_name(
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    )
    origin: ClassVar[str] = mirrors[0]

    size: int | None = Field(None, ge=10, le=60_000, description="Training images used; empty: all.")
