"""Networks as ONNX: another program answers as PyTorch does."""

import numpy as np
import pytest
import torch

from tests.trainer.test_layers import CASES, assembled
from trainer.assembly import assemble
from trainer.export import onnx
from trainer.layers import kinds
from trainer.preparation import AS_THEY_ARE, Preparation
from trainer.problems import Problem
from trainer.templates import templates
from trainer.weights import initial

runtime = pytest.importorskip("onnxruntime")


def same(assembly, preparation=AS_THEY_ARE):
    """Fails unless ONNX Runtime answers as PyTorch, for one picture and for several, to 1e-5."""
    blob = onnx(assembly.network, assembly.module.state_dict(), preparation)
    session = runtime.InferenceSession(blob, providers=["CPUExecutionProvider"])
    assembly.module.eval()
    for count in (1, 5):
        x = torch.rand(count, *assembly.network.input, generator=torch.Generator().manual_seed(count))
        with torch.no_grad():
            ours = assembly.module(preparation(x)).numpy()
        [theirs] = session.run(None, {"picture": x.numpy()})
        np.testing.assert_allclose(theirs, ours, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", templates())
def test_a_template_answers_the_same(name):
    same(initial(assemble(templates()[name].network), seed=9))


@pytest.mark.parametrize("preparation", [Preparation(mean=0.13, std=0.31), Preparation(pixels=7)])
def test_pictures_are_prepared_as_in_training(preparation):
    same(initial(assemble(templates()["small-cnn"].network), seed=9), preparation)


@pytest.mark.long
@pytest.mark.parametrize(("kind", "make", "shape"), CASES)
def test_a_layer_answers_the_same_or_is_refused_in_a_sentence(kind, make, shape):
    assembly = initial(assembled(make(kinds()[kind]), shape), seed=9)
    try:
        same(assembly)
    except Problem as problem:
        assert problem.message.startswith("ONNX cannot say")
