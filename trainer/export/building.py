"""How a network is written: every layer on a line, with the name that it has on the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from keyword import iskeyword

from trainer.assembly import Assembly, Stage
from trainer.export.folding import folded
from trainer.export.lines import Line
from trainer.export.wiring import forward
from trainer.graph import INPUT, Graph
from trainer.writing import Code


class Building:
    """A network as Python: `above` is what must be defined before it, `lines` make `network`."""

    def __init__(self, assembly: Assembly) -> None:
        self.stages = assembly.stages
        self.input = assembly.network.input
        self.branches = isinstance(assembly.module, Graph)
        self.codes = {stage.name: self._code(stage) for stage in self.stages}

    def _code(self, stage: Stage) -> Code | None:
        code = stage.layer.code(self._read_by(stage))
        return code and stage.layer.initialized(code)

    def _read_by(self, stage: Stage) -> tuple[int, ...]:
        shapes = {INPUT: self.input} | {other.name: other.shape for other in self.stages}
        return shapes[stage.sources[0]]

    @property
    def above(self) -> list[str]:
        """Definitions, each once."""
        needed = [text for code in self.codes.values() if code for text in code.above]
        return list(dict.fromkeys(needed))

    @property
    def logits(self) -> str:
        """What a loss takes: what the network gives before a softmax at its end."""
        if not self.stages[-1].layer.gives_probabilities:
            return "network"
        return f"network.{self._before_softmax}" if self.branches else "network[:-1]"

    @property
    def _before_softmax(self) -> str:
        """What the method for logits is called: no layer may have that name."""
        name = "logits"
        while name in self.codes:
            name += "_"
        return name

    def keys(self) -> list[tuple[str, str]]:
        """What the names of weights have otherwise in the script."""
        return list(dict.fromkeys(pair for code in self.codes.values() if code for pair in code.keys))

    def wiring(self, fold: bool) -> list[Line]:
        """The class of a network that branches; nothing for a chain, which is PyTorch's own Sequential."""
        if not self.branches:
            return []
        lines = [Line("class Network(nn.Sequential):")]
        if self.stages[-1].layer.gives_probabilities:
            last = self.stages[-1]
            lines += self._method(self._before_softmax, self.stages[:-1], fold)
            answer = last.layer.applied([f"self.{self._before_softmax}(x)"], self._read_by(last))
            return [*lines, Line(""), Line("    def forward(self, x):"), Line(f"        return {answer}")]
        return [*lines, *self._method("forward", self.stages, fold)]

    def _method(self, name: str, stages: Sequence[Stage], fold: bool) -> list[Line]:
        statements = forward(stages, self.input)
        body = folded(statements) if fold else statements
        return [
            Line(f"    def {name}(self, x):"),
            *(Line(f"        {line.text}", line.layer) for line in body),
        ]

    def lines(self, fold: bool) -> list[Line]:
        """`network` and its layers."""
        layers = list(self._layers())
        kind = "Network" if self.branches else "nn.Sequential"
        return [Line(f"network = {kind}()"), *(folded(layers) if fold else layers)]

    def _layers(self) -> Iterator[Line]:
        for name, code in self.codes.items():
            if code and iskeyword(name):
                yield Line(f'network.add_module("{name}", {code.expression})', name)
            elif code:
                yield Line(f"network.{name} = {code.expression}", name)
