"""Tasks whose answer is a class."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import Generator, Tensor
from torch.nn import functional

from trainer.datasets.base import Dataset
from trainer.layers.base import Shape
from trainer.losses.base import Family, Loss, Targets
from trainer.tasks.base import ACCURACY, Measure, Task, Written

ORDER = 10
_ACCURACY = "accuracy {right.float().mean():.2%}"


class Classify(Task):
    """Says which class it is: an answer for each, and the largest wins."""

    kind, label, usual = "classify", "Which class is it?", "cross_entropy"
    family: ClassVar[Family] = "classes"
    measure: ClassVar[Measure] = ACCURACY

    encoding: Literal["index", "one_hot"] = Field(
        "index",
        description="What is right as a number, 3, or as a row of bits, 0001000000: the same to every loss.",
        json_schema_extra={"advanced": True},
    )

    @property
    def poses(self) -> bool:
        return self.encoding == "one_hot"

    @property
    def targets(self) -> Targets:
        return self.encoding

    def answers(self, dataset: Dataset) -> Shape:
        return (len(dataset.classes),)

    def refusal(self, dataset: Dataset) -> str | None:
        return None if dataset.classes else f"{dataset.label} has numbers to tell, no classes"

    def pose(
        self, images: Tensor, labels: Tensor, dataset: Dataset, chance: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        if self.encoding == "index":
            return images, labels
        return images, functional.one_hot(labels, len(dataset.classes)).to(images.dtype)

    def judge(self, answers: Tensor, targets: Tensor, loss: Loss) -> Tensor:
        return answers.argmax(1) == (targets.argmax(1) if targets.dim() > 1 else targets)

    def code(self, loss: Loss, dataset: Dataset) -> Written:
        if self.encoding == "index":
            return Written("answers.argmax(1) == labels", _ACCURACY)
        bits = f"nn.functional.one_hot(labels, {len(dataset.classes)}).float()"
        return Written("answers.argmax(1) == labels.argmax(1)", _ACCURACY, targets=bits)


class TwoClasses(Task):
    """One class against all others: a single answer, yes or no. Sick or not sick is asked like this."""

    kind, label, usual = "two_classes", "Is it this one?", "bce_with_logits"
    family: ClassVar[Family] = "two"
    measure: ClassVar[Measure] = ACCURACY

    digit: int = Field(3, ge=0, le=999, title="Which one", description="The class for which yes is right.")

    def refusal(self, dataset: Dataset) -> str | None:
        if not dataset.classes:
            return f"{dataset.label} has numbers to tell, no classes"
        if self.digit >= len(dataset.classes):
            return f"{dataset.label} has the classes 0 to {len(dataset.classes) - 1}, and no {self.digit}"
        return None

    def fitted(self, dataset: Dataset) -> Task | None:
        last = max(0, len(dataset.classes) - 1)
        nearest = self.model_copy(update={"digit": min(self.digit, last)})
        return None if nearest.refusal(dataset) else nearest

    def pose(
        self, images: Tensor, labels: Tensor, dataset: Dataset, chance: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        return images, (labels == self.digit).to(images.dtype)[:, None]

    def judge(self, answers: Tensor, targets: Tensor, loss: Loss) -> Tensor:
        return ((answers > loss.middle) == (targets > 0.5)).squeeze(1)

    def said(self, output: Tensor, loss: Loss) -> dict[str, Any]:
        score = output.item()
        chance = {"sigmoid": output.sigmoid().item(), "itself": min(1.0, max(0.0, score))}.get(
            loss.chance or ""
        )
        return {"yes": score > loss.middle, "chance": chance}

    def code(self, loss: Loss, dataset: Dataset) -> Written:
        bits = f"(labels == {self.digit}).float()[:, None]"
        return Written(f"(answers > {loss.middle}) == (labels > 0.5)", _ACCURACY, targets=bits)
