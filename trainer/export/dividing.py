"""How the images of a job are divided and prepared, as lines of a script."""

from __future__ import annotations

from collections.abc import Iterator

from trainer.division import PIXELS, WRONG_LABELS, Division
from trainer.export.lines import seeded
from trainer.problems import Problem

PREPARED = "prepared"  # the function that a script defines where pictures are prepared


def divided(division: Division, pixels: int) -> Iterator[str]:
    """Lines that make `validation` and `training` of `images` and `labels`; `pixels` has each picture."""
    yield f"order = torch.randperm(len(labels), generator=torch.Generator().manual_seed({division.seed}))"
    kept = division.validation
    if division.stratified:
        yield "by_class, kept = labels[order].argsort(stable=True), torch.zeros(len(order), dtype=torch.bool)"
        yield f"kept[by_class[torch.arange({kept}) * len(order) // {kept}]] = True"
        yield "validation, training = order[kept], order[~kept]"
    else:
        yield f"validation, training = order[:{kept}], order[{kept}:]"
    if division.imbalance:
        yield f"rare = labels[training] == {division.imbalance.which}"
        left = f"max(1, round({division.imbalance.share} * int(rare.sum())))"
        yield f"training = training[~rare | (rare.cumsum(0) <= {left})]"
    if division.label_noise:
        yield from _wrong_labels(division)
    yield from _prepared(division, pixels)
    if division.sampling == "weighted":
        yield "weights = (1 / labels[training].bincount())[labels[training]]"
    elif division.sampling == "oversampled":
        yield "every = [training[labels[training] == one] for one in labels[training].unique()]"
        most = "most := max(map(len, every))"
        yield f"training = torch.cat([some.repeat(-(-({most}) // len(some)))[:most] for some in every])"


def _wrong_labels(division: Division) -> Iterator[str]:
    yield f"chance = torch.Generator().manual_seed({seeded(division.seed, f' + {WRONG_LABELS}')})"
    wrong = f"[: round({division.label_noise} * len(training))]"
    yield f"wrong = training[torch.randperm(len(training), generator=chance)]{wrong}"
    others = f"torch.randint(1, {division.classes}, (len(wrong),), generator=chance)"
    yield f"labels[wrong] = (labels[wrong] + {others}) % {division.classes}"


def _prepared(division: Division, pixels: int) -> Iterator[str]:
    expression = "x"
    if division.permuted:
        seed = seeded(division.seed, f" + {PIXELS}")
        yield f"pixels = torch.randperm({pixels}, generator=torch.Generator().manual_seed({seed}))"
        expression = "x.flatten(2)[:, :, pixels].view(x.shape)"
    if division.normalization == "standardized":
        yield "mean, std = images[training].mean(), images[training].std()"
        expression = f"({expression} - mean) / std"
    if expression != "x":
        yield f"{PREPARED} = lambda x: {expression}  # as the network receives pictures"


def in_order(division: Division, images: int, batch_size: int, per_epoch: int) -> str:
    """The expression for the places in `training` of an epoch, in the order of `chance`."""
    if division.sampling == "weighted":
        order = "torch.multinomial(weights, len(training), replacement=True, generator=chance)"
    elif division.shuffle:
        order = "torch.randperm(len(training), generator=chance)"
    else:
        order = "torch.arange(len(training))"
    if not counted(division):
        least = (
            ""
            if batch_size == 1
            else f"[: max({batch_size}, (len(training) + {batch_size - 2}) // {batch_size} * {batch_size})]"
        )
        return order + least
    # a last image that would be a batch of its own is left out: it has no spread
    used = min(images, per_epoch * batch_size)
    return order if used == images else f"{order}[:{used}]"


def counted(division: Division) -> bool:
    """Whether the number of images of an epoch follows from the job alone."""
    return division.imbalance is None and division.sampling != "oversampled"


def refuse_a_schedule_without_steps(division: Division, label: str) -> None:
    """A Problem where a schedule must know its steps, which only the images tell."""
    if not counted(division):
        message = (
            f"A script cannot say the schedule “{label}” where a class is rare or repeated: how many steps "
            "there are, only the images tell."
        )
        raise Problem(message, ("schedule",))
