"""The data set `mnist`, which everybody begins with."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from trainer.datasets.idx import NAMES, FourFiles

ORDER = 10
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
DIGESTS = dict(
    zip(
        NAMES,
        (
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
        strict=True,
    )
)


class Mnist(FourFiles):
    """60,000 digits by 500 people, and 10,000 by 500 others to test with. Everybody's first data set."""

    kind: ClassVar[str] = "mnist"
    label: ClassVar[str] = "MNIST"
    training: ClassVar[int] = 60_000
    folder: ClassVar[str] = "mnist"
    mirrors: ClassVar[tuple[str, ...]] = MIRRORS
    digests: ClassVar[dict[str, str]] = DIGESTS
    origin: ClassVar[str] = MIRRORS[0]

    size: int | None = Field(None, ge=10, le=60_000, description="Training images used; empty: all.")
