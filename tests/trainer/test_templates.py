"""The networks that come with the program."""

import json
from pathlib import Path

import pytest
import torch

from trainer.admission import admit
from trainer.assembly import assemble
from trainer.checking import check
from trainer.job import Job
from trainer.templates import template, templates
from trainer.weights import initial

RECIPES = Path(__file__).parents[2] / "benchmarks" / "recipes"
PARAMETERS = {
    "softmax-regression": 7_850,
    "mlp-512-64": 435_402,
    "sixteen": 13_002,
    "small-cnn": 9_098,
    "cnn-32-32-128": 211_690,
    "lenet": 431_080,
    "lstm-rows": 80_896 + 1_290,
    "gru-rows": 80_896 * 3 // 4 + 1_290,
    "twenty-plain": 784 * 32 + 32 + 19 * (32 * 32 + 32) + 330,
}


@pytest.mark.parametrize("name", templates())
def test_every_template_is_whole(name):
    job = Job.read({"dataset": {"kind": "mnist"}, "network": name, **template(name).job})
    assert check(job.network, aim=job.aim())["problem"] is None


def test_what_a_template_says_of_a_job_holds_for_all_that_is_not_given():
    job = Job.read({"network": "spiral", "epochs": 3})
    assert (job.dataset.kind, job.task.kind, job.epochs) == ("spiral", "two_classes", 3)
    assert Job.read({"network": "small-cnn", "dataset": {"kind": "mnist"}}).task.kind == "classify"


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_a_template_has_the_size_that_its_name_is_known_for(name, parameters):
    assert check(template(name).network)["parameters"] == parameters


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.json")), ids=lambda path: path.stem)
def test_a_recipe_is_a_job_for_the_template_of_its_name(recipe):
    job = Job.read(json.loads(recipe.read_text()))
    assert job.network == template(recipe.stem).network and admit(job)


def test_gradients_vanish_in_twenty_plain_layers_and_not_where_they_can_get_past():
    felt = {name: first_gradient(name) for name in ("twenty-plain", "twenty-skips")}
    assert felt["twenty-plain"] < 1e-9 < 1e-4 < felt["twenty-skips"]


def first_gradient(name: str) -> float:
    assembly = initial(assemble(template(name).network), seed=1)
    pictures = torch.rand(32, 1, 28, 28, generator=torch.Generator().manual_seed(2))
    torch.nn.functional.cross_entropy(assembly.logits(pictures), torch.arange(32) % 10).backward()
    return assembly.module.get_submodule("first").weight.grad.norm().item()
