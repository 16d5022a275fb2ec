"""Adapting: the changes of a network and its job that are tried where the two do not fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trainer import datasets, losses, tasks
from trainer.aim import Aim
from trainer.datasets.base import Dataset
from trainer.fitting import small
from trainer.layers.base import described, kinds
from trainer.mending import candidates, without
from trainer.network import Network
from trainer.problems import Mend
from trainer.tasks import Task


@dataclass(frozen=True)
class Change:
    """What a button says, and what is then: a network, an aim, and the fields of the job that changed."""

    label: str
    network: Network
    aim: Aim
    job: dict[str, Any] = field(default_factory=dict)

    def mend(self) -> Mend:
        """The same for a problem."""
        return Mend(self.label, self.network.describe(), self.job)

    def then(self, mend: Mend) -> Mend:
        """This change and a further one, by one button."""
        label = f"{self.label}, {mend.label[:1].lower()}{mend.label[1:]}"
        return Mend(label, mend.network, self.job | mend.job)


def of_shape(aim: Aim, network: Network, at: int) -> Iterator[Change]:
    """Where the last layer does not give what the answer needs: other layers, then another task."""
    for label, layers in candidates(network.layers, at, aim.answers):
        yield Change(label, network.with_layers(layers), aim)
    for cls in tasks.kinds().values():
        if cls().fitted(aim.dataset) and cls.kind != aim.task.kind:
            yield _with_task(aim, network, cls())


def of_reach(aim: Aim, network: Network, at: int) -> Iterator[Change]:
    """Where the answers cannot be what the loss takes: other last layers, then another loss."""
    layers, name = network.layers, network.layers[at].name
    bending = [cls() for cls in kinds().values() if cls.family == "bend"]
    if layers[at].family == "bend":
        yield Change(f"Remove {name}", network.with_layers(without(layers, at)), aim)
        for other in bending:
            own = other.model_copy(update={"inputs": layers[at].inputs})
            changed = (*without(layers[: at + 1], at), own, *layers[at + 1 :])
            yield Change(f"Put {other.kind} in the place of {name}", network.with_layers(changed), aim)
    for other in bending:
        yield Change(f"Add {other.kind}", network.with_layers((*layers, other)), aim)
    for kind in aim.task.losses():
        loss = losses.kinds()[kind]()
        told = {"loss": loss.model_dump(mode="json")}
        yield Change(f"Use {small(loss.label)}", network, Aim(aim.task, loss, aim.dataset), told)


def of_input(aim: Aim, network: Network) -> Iterator[Change]:
    """Where the data set is not what the network takes: another input, then another data set."""
    shape = aim.dataset.shape
    yield Change(f"Let it take {described(shape)}", Network(input=shape, layers=network.layers), aim)
    for cls in datasets.kinds().values():
        if cls.shape == network.input:
            yield _with_dataset(aim, network, cls())


def _with_task(aim: Aim, network: Network, task: Task) -> Change:
    loss = losses.kinds()[task.usual]()
    told = {"task": task.model_dump(mode="json"), "loss": loss.model_dump(mode="json")}
    return Change(f"Ask instead: {task.label}", network, Aim(task, loss, aim.dataset), told)


def _with_dataset(aim: Aim, network: Network, dataset: Dataset) -> Change:
    """Another data set, with another task where this one cannot be asked of it."""
    label, told = f"Learn from {dataset.label}", {"dataset": dataset.model_dump(mode="json")}
    if aim.task.refusal(dataset) is None:
        return Change(label, network, Aim(aim.task, aim.loss, dataset), told)
    task = aim.task.fitted(dataset) or next(cls() for cls in tasks.kinds().values() if cls().fitted(dataset))
    other = _with_task(Aim(aim.task, aim.loss, dataset), network, task)
    return Change(label, network, other.aim, told | other.job)
