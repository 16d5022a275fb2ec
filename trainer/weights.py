"""The numbers of a network: drawn from a seed, packed into bytes and read back. Never pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from threading import Lock

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from trainer.assembly import Assembly
from trainer.formats import refusal
from trainer.problems import Problem

FORMAT = "1"
METADATA = "playground"
_drawing = Lock()  # torch has one random state for all threads of a process


def initial(assembly: Assembly, seed: int) -> Assembly:
    """Draws all parameters of an assembly from `seed`, on the CPU, and returns it.

    The same seed gives the same weights on every device and whatever was drawn before: this is the
    untrained network, and step 0 of every run with that seed. Global random state is left as it was.
    """
    if any(tensor.is_meta for tensor in assembly.module.state_dict().values()):
        assembly.to("cpu")
    with _drawing, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for stage in assembly.stages:
            _draw(stage.module)
            stage.layer.initialize(stage.module)
    return assembly


def _draw(module: nn.Module) -> None:
    """PyTorch's own first values, those of the parts of a module first: so it does when a module is made."""
    for part in module.children():
        _draw(part)
    draw = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
    if draw:
        draw()
    elif [*module.parameters(recurse=False), *module.buffers(recurse=False)]:
        raise TypeError(f"{type(module).__name__} has parameters, but no reset_parameters that fills them")


def load(assembly: Assembly, weights: Mapping[str, Tensor]) -> Assembly:
    """Fills an assembly with weights by name; a Problem where they belong to another network."""
    own = assembly.module.state_dict()
    wrong = set(own) ^ set(weights) or {name for name in own if not _alike(own[name], weights[name])}
    if wrong:
        raise Problem(
            f"These weights belong to another network: {sorted(wrong)[0]} does not match.", ("weights",)
        )
    # assigned, not copied: an assembly from the meta device has no memory of its own yet
    assembly.module.load_state_dict(dict(weights), assign=True)
    return assembly


def _alike(own: Tensor, other: Tensor) -> bool:
    return own.shape == other.shape and own.dtype == other.dtype


def pieces(flat: Tensor, parameters: Iterable[Tensor]) -> list[Tensor]:
    """Pieces of `flat` with the shapes of `parameters`, four-dimensional ones with channels last."""
    shapes = [parameter.shape for parameter in parameters]
    cut = flat.split([shape.numel() for shape in shapes])
    return [_shaped(piece, shape) for piece, shape in zip(cut, shapes, strict=True)]


def _shaped(piece: Tensor, shape: torch.Size) -> Tensor:
    if len(shape) != 4:
        return piece.view(shape)
    out, channels, height, width = shape
    return piece.view(out, height, width, channels).permute(0, 3, 1, 2)


def pack(module: nn.Module, **facts: str | int | float) -> bytes:
    """Parameters and buffers as safetensors bytes; `facts`, like `step=12`, travel as metadata."""
    state = {name: tensor.detach().to("cpu").contiguous() for name, tensor in module.state_dict().items()}
    told = {"format": FORMAT, **{name: str(fact) for name, fact in facts.items()}}
    # one key of metadata, because safetensors writes several in a random order: same weights, same bytes
    return safetensors.torch.save(state, {METADATA: json.dumps(told)})


def unpack(blob: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    """(weights by name, metadata) from `pack`'s bytes; a Problem where they are none."""
    try:
        weights = safetensors.torch.load(blob)
        header = int.from_bytes(blob[:8], "little")
        metadata = _metadata(blob[8 : 8 + header])
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Problem(f"These are no weights: {error}.", ("weights",)) from error
    if metadata.get("format") != FORMAT:
        raise Problem(refusal("This file of weights", metadata.get("format"), int(FORMAT)), ("weights",))
    return weights, metadata


def _metadata(header: bytes) -> dict[str, str]:
    told = json.loads(json.loads(header)["__metadata__"][METADATA])
    if not isinstance(told, dict):
        raise TypeError("it says nothing about itself")
    return told
