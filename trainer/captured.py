"""A pass on a GPU as one CUDA graph: launched whole, where a small network waits for Python kernel by kernel.

https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

# images, labels -> loss, answers; the gradients are written to where they belong
Pass = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
_WARM = 3  # passes after which cuDNN and cuBLAS have chosen and allocated what they need


def captured(recorded: Pass, images: Tensor, labels: Tensor) -> Pass:
    """`recorded` on batches like these, as a graph that reads and writes where it did when it was captured.

    What it gives lies in the same memory each time: it is to be done with before the next batch. Random
    numbers go on from those of the process, as without a graph. Raises RuntimeError where a network does
    what a graph cannot hold, like looking at a value.
    """
    own_images, own_labels = images.clone(), labels.clone()
    aside, usual = torch.cuda.Stream(images.device), torch.cuda.current_stream(images.device)
    aside.wait_stream(usual)
    with torch.cuda.stream(aside):
        for _ in range(_WARM):
            recorded(own_images, own_labels)
    usual.wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss, answers = recorded(own_images, own_labels)

    def play(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        own_images.copy_(images)
        own_labels.copy_(labels)
        graph.replay()
        return loss, answers

    return play
