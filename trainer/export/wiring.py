"""How layers that read others than the one above are written: a `forward` as a person would write it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from keyword import iskeyword

from trainer.assembly import Stage
from trainer.export.lines import Line
from trainer.graph import INPUT
from trainer.layers.base import Shape

_TAKEN = ("x", "self", "torch", "nn")


def forward(stages: Sequence[Stage], given: Shape) -> list[Line]:
    """Statements from `x`, pictures of the shape `given`, to what the last stage gives, which is returned.

    What one layer alone reads is written inside its call, up to one layer with weights a statement.
    Whatever is not needed any longer makes room: most statements give `x` a new value.
    """
    return _Wiring(stages, given).statements()


class _Wiring:
    """Which expression stands for what each layer gives, while statements are written from the top."""

    def __init__(self, stages: Sequence[Stage], given: Shape) -> None:
        self.stages = stages
        self.shapes = {INPUT: given} | {stage.name: stage.shape for stage in stages}
        self.read = Counter(source for stage in stages for source in stage.sources)
        self.last_read = {source: at for at, stage in enumerate(stages) for source in stage.sources}
        self.expressions = {INPUT: "x"}
        self.weighing: set[str] = set()  # whose expressions hold a layer with weights
        self.in_x = INPUT  # whose value the variable x holds

    def statements(self) -> list[Line]:
        """All of them, in the order of the layers, so that what is drawn is drawn in the same order."""
        lines: list[Line] = []
        for at, stage in enumerate(self.stages):
            written = self._applied(stage)
            if at == len(self.stages) - 1:
                lines.append(Line(f"return {written}", stage.name))
            elif self._stands_inside_the_next(at):
                self.expressions[stage.name] = written
                if self._weighs(stage):
                    self.weighing.add(stage.name)
            else:
                lines.append(Line(f"{self._kept(at)} = {written}", stage.name))
        return lines

    def _applied(self, stage: Stage) -> str:
        given = [self.expressions[source] for source in stage.sources]
        if stage.layer.joins:
            given = [text if text.isidentifier() or text.endswith(")") else f"({text})" for text in given]
        return stage.layer.applied(given, self.shapes[stage.sources[0]])

    def _stands_inside_the_next(self, at: int) -> bool:
        stage, following = self.stages[at], self.stages[at + 1]
        if not following.sources.count(stage.name) == self.read[stage.name] == 1:
            return False
        return not (following.parameters and self._weighs(stage))

    def _weighs(self, stage: Stage) -> bool:
        return bool(stage.parameters or self.weighing.intersection(stage.sources))

    def _kept(self, at: int) -> str:
        """The variable for what a stage gives: x where nobody needs its value after this."""
        name = self.stages[at].name
        if self.last_read[self.in_x] <= at:
            self.in_x = name
            self.expressions[name] = "x"
        else:
            self.expressions[name] = self._variable(name)
        return self.expressions[name]

    def _variable(self, name: str) -> str:
        while name in _TAKEN or iskeyword(name) or name in self.expressions.values():
            name += "_"
        return name
