"""A network and its training as one PyTorch script: it needs nothing of this program.

Same seeds, same first weights, same batches in the same order: on a CPU its curve is that of the
playground, with SGD, Adam and AdamW bit by bit. Other optimizers, penalties and bounds add numbers in
another order there, where all parameters lie in one row: the last digits drift apart, slowly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trainer.admission import admit
from trainer.assembly import Assembly, Limits
from trainer.export.building import Building
from trainer.export.learning import Learning
from trainer.export.lines import Line, Part, lines_of_code
from trainer.job import Job
from trainer.problems import Problem
from trainer.writing import literal

MOST_LINES = 50  # of code; where there would be more, what is repeated becomes loops


@dataclass(frozen=True)
class Script:
    """A script: its text, and for each layer that has a line of its own, which one (from 0) makes it."""

    text: str
    layers: dict[str, int]

    @property
    def lines(self) -> int:
        """Lines of code, without blank ones and comments."""
        return lines_of_code(self.text.splitlines())


def pytorch_script(job: Job, *, weights: str = "", limits: Limits | None = None) -> Script:
    """The script of a job; `weights` is a file of weights that it begins with.

    Raises the Problem of a job that could not be trained, or in which nothing learns.
    """
    sections = [_head(job), *parts(job, "sys.argv[1]", weights, limits)]
    lines = [line for part in sections for line in (*part.lines, Line(""))]
    where = {line.layer: at for at, line in enumerate(lines) if line.layer}
    return Script("\n".join(line.text for line in lines).rstrip("\n") + "\n", where)


def _head(job: Job) -> Part:
    if job.dataset.code():
        return Part.of("", ["# To train this network: python SCRIPT.py"])
    told = ["To train this network: python SCRIPT.py FOLDER", *files(job)]
    return Part.of("", (f"# {line}" for line in told))


def files(job: Job) -> list[str]:
    """Which images it needs, and where from."""
    if job.dataset.code():
        return ["It makes its points itself."]
    whence = f"from {job.dataset.origin}"
    if not job.dataset.origin:
        whence = f"which the playground writes: python -m trainer images {job.dataset.kind} --out FOLDER"
    return ["FOLDER holds train-images-idx3-ubyte.gz and its three companions,", whence]


def parts(job: Job, folder: str, weights: str = "", limits: Limits | None = None) -> list[Part]:
    """A script in its parts; `folder` is the expression for where the images are."""
    assembly = admit(job, limits)
    _refuse_if_nothing_learns(assembly)
    whole = _parts(job, assembly, folder, weights, fold=False)
    if lines_of_code(line.text for part in whole for line in part.lines) <= MOST_LINES:
        return whole
    folded = _parts(job, assembly, folder, weights, fold=True)
    _refuse_more_than_a_script_has(job, lines_of_code(line.text for part in folded for line in part.lines))
    return folded


def _refuse_more_than_a_script_has(job: Job, lines: int) -> None:
    """Augmentation is written where there is room for it; a long network alone may take more."""
    if job.augmentation and lines > MOST_LINES:
        told = ", ".join(one.label.lower() for one in job.augmentation)
        message = (
            f"With its augmentation ({told}) this script would have {lines} lines; a script has at most "
            f"{MOST_LINES}. Leave some of it out, or take a shorter network."
        )
        raise Problem(message, ("augmentation",))


def _refuse_if_nothing_learns(assembly: Assembly) -> None:
    if not any(stage.parameters and not stage.layer.frozen_in(1) for stage in assembly.stages):
        raise Problem(
            "Nothing in this network learns, at least at first: PyTorch has nothing to train.",
            ("network", "layers"),
        )


def _parts(job: Job, assembly: Assembly, folder: str, weights: str, fold: bool) -> list[Part]:
    building = Building(assembly)
    sides = frozenset(parameter.dim() for parameter in assembly.module.parameters())
    answers = building.logits if job.loss.takes_logits else "network"
    learning = Learning(job, [stage.layer for stage in assembly.stages], sides, answers)
    images, *training = learning.parts(folder)
    made: list[str | Line] = [
        f"torch.manual_seed({job.seed_of('weights')})",
        *building.lines(fold),
        *_loading(weights, building.keys()),
    ]
    return [
        Part.of("What it needs", _begin(learning, folder, weights)),
        *_definitions([*building.above, *learning.above], building.wiring(fold)),
        images,
        Part.of("The network", made),
        *training,
    ]


def _begin(learning: Learning, folder: str, weights: str) -> Iterator[str]:
    reads = "import gzip" in learning.imports
    own = {*learning.imports, *(["import sys"] if reads and "sys." in folder else [])}
    yield from sorted(own)
    yield ""
    if weights:
        yield "from safetensors.torch import load_file"
    yield "import torch"
    yield "from torch import nn"


def _definitions(needed: Iterable[str], wiring: list[Line]) -> Iterator[Part]:
    for text in dict.fromkeys(needed):
        yield Part.of("", text.strip("\n").splitlines())
    if wiring:
        yield Part.of("", wiring)


def _loading(weights: str, keys: list[tuple[str, str]]) -> list[str]:
    """How trained weights get into `network`: done where a file is given, else told in comments."""
    lines = [f"trained = load_file({literal(weights or 'weights.safetensors')})"]
    for own, theirs in keys:
        renamed = f"name.replace({literal(own)}, {literal(theirs)})"
        lines.append(f"trained = {{{renamed}: w for name, w in trained.items()}}")
    lines.append("network.load_state_dict(trained)")
    if weights:
        return lines
    told = ["To begin with trained weights:", "from safetensors.torch import load_file", *lines]
    return [f"# {line}" for line in told]
