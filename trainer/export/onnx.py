"""A trained network as ONNX, for programs that know nothing of PyTorch."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from threading import Lock

import torch
from torch import Tensor, nn

from trainer.assembly import assemble
from trainer.network import Network
from trainer.preparation import AS_THEY_ARE, Preparation
from trainer.problems import Problem
from trainer.weights import load

INPUT, OUTPUT = "picture", "answer"
VERSION = 17  # of ONNX's operators: what programs of the last years read
_writing = Lock()  # PyTorch's exporter keeps its state in its module


class _Whole(nn.Module):
    """A network behind what prepares its pictures (n, c, h, w); the order of their pixels is drawn before."""

    def __init__(self, network: nn.Module, preparation: Preparation, sides: tuple[int, ...]) -> None:
        super().__init__()
        self.network = network
        self.preparation = preparation
        places = torch.arange(math.prod(sides), dtype=torch.float64).view(1, 1, *sides)
        self.register_buffer("order", preparation.reordered(places).flatten().long())

    def forward(self, x: Tensor) -> Tensor:
        if self.preparation.pixels is not None:
            x = x.flatten(2).index_select(2, self.get_buffer("order")).view(x.shape)
        answer: Tensor = self.network(self.preparation.normalized(x))
        return answer


def onnx(network: Network, tensors: Mapping[str, Tensor], preparation: Preparation = AS_THEY_ARE) -> bytes:
    """The network with its weights as ONNX: `picture` (batch, …), 0 … 1, becomes `answer`, its last layer.

    Raises a Problem for a layer that ONNX has no words for, and where the package onnx is missing.
    """
    if find_spec("onnx") is None:
        raise Problem("This needs the Python package onnx, which is not installed here.", ("as",))
    assembly = load(assemble(network), tensors)
    file, pictures = io.BytesIO(), torch.zeros(2, *network.input)
    with _writing, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the other exporter, which it praises, takes ten times as long
        try:
            torch.onnx.export(
                _Whole(assembly.module, preparation, network.input[1:]).eval(),
                (pictures,),
                file,  # type: ignore[arg-type]  # it writes to files in memory, too
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_axes={INPUT: {0: "batch"}, OUTPUT: {0: "batch"}},
                opset_version=VERSION,
                dynamo=False,
            )
        except (RuntimeError, torch.onnx.OnnxExporterError) as error:
            why = str(error).splitlines()[0].rstrip(".")[:200]
            raise Problem(f"ONNX cannot say this network: {why}.", ("network", "layers")) from error
    return file.getvalue()
