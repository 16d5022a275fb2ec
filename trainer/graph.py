"""How modules are joined to one: a chain as PyTorch's own Sequential, else a graph by names."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from torch import Tensor, nn

INPUT = "input"  # what the input is called where layers are named


class Graph(nn.Sequential):
    """Modules in order, each with the names of those that it reads. Children are named as in a chain."""

    def __init__(self, modules: Mapping[str, nn.Module], sources: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(OrderedDict(modules))
        self._sources = dict(sources)
        self._spent = _spent(self._sources)

    def forward(self, x: Tensor) -> Tensor:
        """What the last module gives for a batch `x`."""
        given = {INPUT: x}
        for name, module in self._modules.items():
            x = given[name] = module(*(given[source] for source in self._sources[name]))
            for source in self._spent[name]:
                del given[source]
        return x


def _spent(sources: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Of every module, whose outputs nobody reads after it: they need not be held any longer."""
    last = {source: name for name, read in sources.items() for source in read}
    return {name: [source for source, reader in last.items() if reader == name] for name in sources}


def joined(modules: Mapping[str, nn.Module], sources: Mapping[str, tuple[str, ...]]) -> nn.Sequential:
    """One module of several, in order; `sources` names what each of them reads."""
    above = [INPUT, *modules]
    if all(sources[name] == (above[at],) for at, name in enumerate(modules)):
        return nn.Sequential(OrderedDict(modules))
    return Graph(modules, sources)
