"""Tapes: what PyTorch does with a picture, played by the page's JavaScript, is the same for every layer."""

import base64
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.trainer.test_layers import CASES, assembled
from trainer.assembly import Assembly, assemble
from trainer.export.bundle import exported
from trainer.export.tape import record
from trainer.layers import kinds
from trainer.problems import Problem
from trainer.weights import initial

PLAYED = exported("js/core/operations")
PLAYER = Path(__file__).parents[1] / "js" / "play_tape.js"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")


def whole(assembly, seed):
    """An assembly with weights and buffers that hide no mistake: none is 0 or 1 by chance."""
    chance = torch.Generator().manual_seed(seed)
    module = initial(assembly, seed).module.eval()
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point() and (tensor.dim() < 2 or name.endswith("running_var")):
            tensor.add_(torch.rand(tensor.shape, generator=chance))
    return assembly


ONE_OF_EACH = list({kind: case for case in CASES for kind in case[:1]}.values())


@needs_node
@pytest.mark.parametrize(
    "cases", [ONE_OF_EACH, pytest.param(CASES, marks=pytest.mark.long)], ids=["one", "all"]
)
def test_every_layer_gives_the_same_without_pytorch(cases):
    asked, expected = [], []
    for at, (kind, make, shape) in enumerate(cases):
        assembly = whole(assembled(make(kinds()[kind]), shape), at)
        x = torch.rand(1, *assembly.network.input, generator=torch.Generator().manual_seed(at)) * 2 - 0.5
        tape, tensors = record(assemble(assembly.network), PLAYED), assembly.module.state_dict()
        numbers = base64.b64encode(tape.numbers(tensors)).decode()
        asked.append({"tape": tape.describe(tensors), "weights": numbers, "picture": x.flatten().tolist()})
        with torch.no_grad():
            expected.append([made[0] for _, made in assembly.walk(x)])
    told = subprocess.run(
        ["node", PLAYER], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    for (kind, _, shape), answers, layers in zip(cases, json.loads(told.stdout), expected, strict=True):
        for answer, tensor in zip(answers, layers, strict=True):
            given = torch.tensor(answer["values"], dtype=torch.float32).view(answer["shape"])
            torch.testing.assert_close(
                given, tensor, rtol=1e-5, atol=1e-5, msg=lambda m, k=kind, s=shape: f"{k} {s}: {m}"
            )


class Sorted(nn.Module):
    """Does what the page has no operation for."""

    def forward(self, x):
        return x.sort(dim=-1).values


class Spoiled(nn.Module):
    """Changes numbers in place that it reads again."""

    def forward(self, x):
        x = x * 1
        x.view(-1).mul_(2)
        return x + 1


class Own(nn.Module):
    """Brings numbers that are no weights."""

    def forward(self, x):
        return x + torch.ones(3, device=x.device).sum()


@pytest.mark.parametrize(("module", "why"), [(Sorted, "“sort”"), (Spoiled, "in place"), (Own, "“ones”")])
def test_what_cannot_be_played_is_refused_at_its_place(module, why):
    assembly = assembled(kinds()["relu"](name="odd"), (3, 4, 4))
    stages = [*assembly.stages[:-1], replace(assembly.stages[-1], module=module())]
    with pytest.raises(Problem, match="odd") as caught:
        record(Assembly(assembly.network, stages), PLAYED)
    assert why in caught.value.message
    assert caught.value.where == ("network", "layers", len(stages) - 1)
