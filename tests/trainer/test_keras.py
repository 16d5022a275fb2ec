"""Networks as Keras code: run by Keras itself, with the same weights, they answer the same."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from tests.trainer.test_layers import CASES, assembled
from tests.trainer.test_tape import whole
from trainer.assembly import assemble
from trainer.export import keras_script
from trainer.export.keras import keras_weights
from trainer.layers import kinds
from trainer.preparation import AS_THEY_ARE, Preparation
from trainer.problems import Problem
from trainer.templates import templates

needs_keras = pytest.mark.skipif(find_spec("keras") is None, reason="needs Keras")
CANNOT = {"embedding"}  # kinds of which Keras can say nothing, whatever their fields

# Runs scripts in a process of its own: Keras takes its backend from the environment, and keeps it.
RUNNER = """
import os, sys, numpy
for folder in sys.argv[1:]:
    os.chdir(folder)
    space = {}
    exec(open("network.py").read(), space)
    answers = space["network"](numpy.load("x.npy"))
    numpy.save("y.npy", answers.detach().numpy())
"""


def laid_out(folder, assembly, seed, preparation=AS_THEY_ARE):
    """A folder with the script, weights and pictures of a network; what PyTorch answers."""
    whole(assembly, seed)
    tensors = assembly.module.state_dict()
    folder.mkdir()
    (folder / "network.py").write_text(
        keras_script(assembly.network, weights="weights.npz", preparation=preparation).text
    )
    (folder / "weights.npz").write_bytes(keras_weights(assembly.network, tensors))
    x = torch.rand(3, *assembly.network.input, generator=torch.Generator().manual_seed(seed))
    np.save(folder / "x.npy", x.permute(0, 2, 3, 1).numpy())
    with torch.no_grad():
        y = assembly.module.eval()(preparation(x))
    return (y.permute(0, 2, 3, 1) if y.dim() == 4 else y).numpy()


def same(expected):
    """Fails unless Keras, in all these folders, gives what PyTorch gives, to 1e-5."""
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    command = [sys.executable, "-W", "ignore", "-c", RUNNER, *map(str, expected)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    for folder, y in expected.items():
        np.testing.assert_allclose(np.load(folder / "y.npy"), y, atol=1e-5, rtol=1e-5, err_msg=folder.name)


@needs_keras
@pytest.mark.long
def test_every_template_answers_the_same_in_keras(tmp_path):
    networks = {tmp_path / name: found.network for name, found in templates().items()}
    expected = {folder: laid_out(folder, assemble(network), 5) for folder, network in networks.items()}
    prepared, skips = tmp_path / "prepared", assemble(templates()["twenty-skips"].network)
    expected[prepared] = laid_out(prepared, skips, 5, Preparation(mean=0.13, std=0.31))
    same(expected)


@needs_keras
@pytest.mark.long
def test_every_layer_answers_the_same_in_keras_or_is_refused_in_a_sentence(tmp_path):
    expected, kinds_said = {}, set()
    for at, (kind, make, shape) in enumerate(CASES):
        folder = tmp_path / f"{at}-{kind}"
        try:
            expected[folder] = laid_out(folder, assembled(make(kinds()[kind]), shape), at)
            kinds_said.add(kind)
        except Problem as problem:
            assert problem.message.startswith("Keras cannot say")
            assert problem.where[:2] == ("network", "layers")
    assert set(kinds()) - kinds_said == CANNOT
    same(expected)


@pytest.mark.parametrize("name", templates())
def test_a_template_is_readable_keras(name):
    script = keras_script(templates()[name].network)
    compile(script.text, "network.py", "exec")
    assert max(map(len, script.text.splitlines())) <= 120
    assert {layer.name for layer in templates()[name].network.layers} == set(script.layers)


def test_it_reads_as_a_person_writes_it():
    text = keras_script(templates()["small-cnn"].network).text
    assert 'x = layers.Conv2D(8, 3, padding="same", name="conv1")(x)' in text
    assert text.endswith('x = layers.Dense(10, name="linear1")(x)\nnetwork = keras.Model(inputs, x)\n')
    text = keras_script(templates()["twenty-skips"].network).text
    assert 'skip1 = x = layers.Add(name="skip1")([bend1, bend0])' in text
