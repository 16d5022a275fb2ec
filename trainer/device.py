"""Which device a job gets."""

from __future__ import annotations

import torch

from trainer.problems import Problem


def pick_device(wish: str) -> torch.device:
    """The device for a job's wish: `auto` takes a GPU where there is one. A Problem where there is none."""
    found = torch.cuda.is_available()
    if wish == "cuda" and not found:
        raise Problem("There is no GPU that PyTorch can use here; choose the CPU.", ("device",))
    return torch.device("cuda" if found and wish != "cpu" else "cpu")
