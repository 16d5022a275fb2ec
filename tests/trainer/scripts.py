"""Running exported scripts beside the trainings that they were made of."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from torch import Tensor

from tests.trainer.trainings import events, last_weights, points, said
from trainer import weights
from trainer.assembly import Assembly, assemble
from trainer.datasets.base import Folders
from trainer.datasets.idx import write_idx
from trainer.events import Validated
from trainer.export import Script, pytorch_script
from trainer.job import Job


def performed(text: str, folder: Path, **more: object) -> tuple[dict[str, Any], list[str]]:
    """What a script defines, and what it prints, run alone: of this program it sees nothing but `more`."""
    space: dict[str, Any] = {"__name__": "__main__", **more}
    printed = io.StringIO()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(), mock.patch.object(sys, "argv", ["script.py", str(folder)]):
        with redirect_stdout(printed):
            exec(compile(text, "script.py", "exec"), space)
    torch.set_num_threads(threads)
    return space, printed.getvalue().splitlines()


def renamed(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights as a script calls them."""
    return {name.replace(".attention.", ".self_attn."): tensor for name, tensor in tensors.items()}


class Both:
    """A job trained here and by its script."""

    def __init__(self, job: Job, folders: Folders) -> None:
        self.script: Script = pytorch_script(job)
        files = folders.cache / "idx"
        if job.dataset.code() is None:
            write_idx(job.dataset.load(folders), files)
        noting = self.script.text.replace("    network.zero_grad()", "    noted(loss); network.zero_grad()")
        self.losses: list[float] = []
        self.space, self.printed = performed(
            noting, files, noted=lambda loss: self.losses.append(loss.item())
        )
        self.told = said(job, folders)
        self.weights, _ = weights.unpack(last_weights(self.told))
        self.assembly: Assembly = weights.load(assemble(job.network), self.weights)

    def learned_the_same(self, within: float = 1e-4) -> None:
        """Fails unless both have the same curve, and the same weights at the end."""
        self.told_the_same(within)
        theirs = self.space["network"].state_dict()
        ours = renamed(self.weights)
        assert set(theirs) == set(ours)
        for name, tensor in ours.items():
            torch.testing.assert_close(theirs[name], tensor, rtol=1e-3, atol=within, msg=name)

    def told_the_same(self, within: float = 1e-4) -> None:
        """Fails unless the losses of all batches, and of all validations, are the same."""
        ours = [loss for loss, _ in points(self.told).values()]
        assert self.losses == pytest.approx(ours, abs=within, rel=1e-3)
        told = [event for event in events(self.told) if isinstance(event, Validated)]
        lines = [line for line in self.printed if line.startswith("epoch")]
        assert len(lines) == len(told)
        for line, validated in zip(lines, told, strict=True):
            loss = float(line.split("loss ")[1].split(",")[0])
            assert loss == pytest.approx(validated.loss, abs=within + 5e-5, rel=1e-3)
            if validated.measure is not None:
                error = float(line.split("error ")[1].split(" ")[0])
                assert error == pytest.approx(validated.measure, abs=100 * within, rel=1e-2)

    def told_exactly(self) -> None:
        """Fails unless the losses of all batches have the same bits."""
        assert self.losses == [loss for loss, _ in points(self.told).values()]

    def answers_the_same(self) -> None:
        """Fails unless the script's network gives the same with the weights of the run."""
        network = self.space["network"].eval()
        network.load_state_dict(renamed(self.weights))
        x = torch.rand(7, *self.assembly.network.input, generator=torch.Generator().manual_seed(9))
        self.assembly.module.eval()
        with torch.no_grad():
            torch.testing.assert_close(network(x), self.assembly.module(x), rtol=0, atol=1e-5)
