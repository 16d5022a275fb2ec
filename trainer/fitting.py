"""What does not fit together: data set, task, loss, the network's input and its last layers."""

from __future__ import annotations

from trainer import losses, tasks
from trainer.aim import Aim
from trainer.assembly import Assembly, Stage
from trainer.graph import INPUT
from trainer.layers.base import Shape, described, written
from trainer.losses import Loss
from trainer.network import Network
from trainer.problems import Mend, Problem
from trainer.reach import Reach
from trainer.tasks import Task

OF_THE_JOB = (("task",), ("loss",))  # places that are no part of a network


def misfit(aim: Aim, network: Network, stages: list[Stage]) -> Problem | None:
    """The first thing that does not fit in a network that is whole in itself."""
    return (
        _of_task(aim, network)
        or _of_loss(aim, network)
        or _of_input(aim, network)
        or _of_shape(aim, network, stages)
        or _of_reach(aim, network, stages)
    )


def _of_task(aim: Aim, network: Network) -> Problem | None:
    why = aim.task.refusal(aim.dataset)
    if why is None:
        return None
    same, *others = [aim.task, *(cls() for kind, cls in tasks.kinds().items() if kind != aim.task.kind)]
    fitted = same.fitted(aim.dataset)
    if fitted:
        changed = {"task": fitted.model_dump(mode="json")}
        return Problem(f"{why}.", ("task",), Mend(_changes(aim.task, fitted), network.describe(), changed))
    task = next(other for other in others if other.fitted(aim.dataset))
    return Problem(f"{why}.", ("task",), _asking(task, network))


def _changes(before: Task, after: Task) -> str:
    field = next(name for name in type(after).model_fields if getattr(before, name) != getattr(after, name))
    title = type(after).model_fields[field].title or field
    return f"Set {title.lower()} to {getattr(after, field)}"


def _asking(task: Task, network: Network) -> Mend:
    loss = losses.kinds()[task.usual]()
    changed = {"task": task.model_dump(mode="json"), "loss": loss.model_dump(mode="json")}
    return Mend(f"Ask instead: {task.label}", network.describe(), changed)


def _of_loss(aim: Aim, network: Network) -> Problem | None:
    """A loss for another kind of task, or one whose own fields do not fit."""
    if aim.task.family not in aim.loss.fits:
        given = _ANSWERS[aim.task.family]
        message = f"{aim.loss.label} is no loss for “{aim.task.label}”: its answers are {given}."
        return Problem(message, ("loss",), _measuring(losses.kinds()[aim.task.usual](), network))
    problem = aim.loss.misfit(aim.answers[0])
    if problem is None:
        return None
    [field] = problem.where
    changed = type(aim.loss)().model_dump(mode="json") | {"kind": aim.loss.kind}
    kept = aim.loss.model_dump(mode="json") | {field: changed[str(field)]}
    mend = Mend("Let all classes count alike", network.describe(), {"loss": kept})
    return Problem(problem.message, ("loss", field), mend)


_ANSWERS = {
    "classes": "one of several classes",
    "two": "yes or no",
    "numbers": "numbers",
    "pictures": "pictures",
}


def _measuring(loss: Loss, network: Network) -> Mend:
    return Mend(f"Use {small(loss.label)}", network.describe(), {"loss": loss.model_dump(mode="json")})


def small(label: str) -> str:
    """A label inside a sentence."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _of_input(aim: Aim, network: Network) -> Problem | None:
    shape = aim.dataset.shape
    if network.input == shape:
        return None
    message = f"{aim.dataset.label} has {described(shape)}, but the network takes {described(network.input)}."
    return Problem(message, ("input",))


def _of_shape(aim: Aim, network: Network, stages: list[Stage]) -> Problem | None:
    if not network.layers:
        return Problem("Add a layer to begin.", ("layers",))
    shape = Assembly(network, stages).shape
    if shape == aim.answers:
        return None
    last = len(network.layers) - 1
    message = (
        f"The answer needs {needed(aim.answers)}, but {network.layers[last].name} gives {described(shape)}."
    )
    return Problem(message, ("layers", last))


def needed(shape: Shape) -> str:
    """The shape of an answer in a sentence: `a row of 10 numbers`, `a picture (1 × 28 × 28)`."""
    if len(shape) == 1:
        return "one number" if shape == (1,) else f"a row of {shape[0]} numbers"
    return f"a picture ({written(shape)})"


def _of_reach(aim: Aim, network: Network, stages: list[Stage]) -> Problem | None:
    at, reach = reaching(aim, network, stages)
    low, high = aim.task.span(aim.dataset)
    why = aim.loss.refusal(reach, aim.answers[0], low, high)
    if why is None:
        return None
    name = network.layers[at].name if at is not None else INPUT
    message = f"{aim.loss.label} does not fit {name}: {why}."
    return Problem(message, ("layers", len(network.layers) - 1 if at is None else at))


def reaching(aim: Aim, network: Network, stages: list[Stage]) -> tuple[int | None, Reach]:
    """What the answers can be, and the place of the layer that says so; None where that is the input."""
    names = [stage.name for stage in stages]
    at: int | None = len(stages) - 1
    if aim.loss.takes_logits and stages[-1].layer.gives_probabilities:
        at = _place(names, stages[-1].sources[0])
    while at is not None and (reach := stages[at].layer.reach) is None:
        at = _place(names, stages[at].sources[0])
    return (at, reach) if at is not None and reach is not None else (None, Reach(0, 1))


def _place(names: list[str], source: str) -> int | None:
    return names.index(source) if source in names else None
