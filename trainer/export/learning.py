"""How a training is written: images, optimizer, the loop over epochs and batches, and what it is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from trainer.aim import TRIED
from trainer.batches import batches_per_epoch
from trainer.export.augmenting import chances, definitions
from trainer.export.dividing import PREPARED, divided, in_order, refuse_a_schedule_without_steps
from trainer.export.lines import Part, seeded
from trainer.job import Job
from trainer.layers.base import Layer
from trainer.problems import Problem
from trainer.writing import Around, Code, attribute

_PICTURE_SIDES = 4  # of the weights of convolutions over pictures


class Learning:
    """A job's training as Python, for a `network` that stands above it."""

    def __init__(self, job: Job, layers: Sequence[Layer], sides: frozenset[int], logits: str) -> None:
        _refuse_targets_of_what_changes(job)
        self.job = job
        self.layers = layers
        self.logits = logits
        self.convolves = _PICTURE_SIDES in sides
        self.division = job.division(job.dataset.used)
        self.training = job.epoch_of(job.dataset.used)
        self.per_epoch = batches_per_epoch(self.training, job.batch_size)
        self.optimizers = job.optimizer.code(sides)
        self.loss = job.loss.code(job.task.targets)
        self.task = job.task.code(job.loss, job.dataset)
        self.made = job.dataset.code()
        lr = job.optimizer.lr if len(self.optimizers) == 1 else None
        self.schedule = job.schedule.code(lr, self.per_epoch * job.epochs, self.per_epoch)
        if self.schedule:
            refuse_a_schedule_without_steps(self.division, job.schedule.label)
        self.stopping = job.early_stopping.code() if job.early_stopping else Around()

    @property
    def imports(self) -> list[str]:
        """What it needs of Python's own."""
        reading = ["import gzip"] if self.made is None else [*self.made.imports]
        return [*reading, *self.stopping.imports, *(name for code in self._codes() for name in code.imports)]

    @property
    def above(self) -> list[str]:
        """What it needs defined."""
        made = self.made.above if self.made else ()
        poses = (self.task.pose,) if self.task.pose else ()
        needed = [*made, *poses, *(text for code in self._codes() for text in code.above)]
        return [*needed, *definitions(self.job.augmentation, self.job.network.input[-1])]

    @property
    def _augments(self) -> bool:
        return any(not one.neutral for one in self.job.augmentation)

    def _codes(self) -> list[Code]:
        return [*self.optimizers, self.loss, *([self.schedule] if self.schedule else [])]

    def parts(self, folder: str) -> list[Part]:
        """All but the network; `folder` is the expression for where the images are."""
        return [
            Part.of("The images" if self.made is None else "The points", self._images(folder)),
            Part.of("How it learns", self._means()),
            Part.of("What it is worth", self._measure()),
            Part.of("Training", self._loop()),
        ]

    def _images(self, folder: str) -> Iterator[str]:
        job = self.job
        yield from self._reading(folder) if self.made is None else self._making(self.made.expression)
        yield ""
        if job.dataset.used < job.dataset.training:
            yield f'images, labels = (every[:{job.dataset.used}] for every in read("train"))'
        else:
            yield 'images, labels = read("train")'
        yield from divided(self.division, math.prod(job.network.input[1:]))

    def _reading(self, folder: str) -> Iterator[str]:
        yield "def read(part):  # pictures (n, 1, 28, 28) from 0 to 1 = ink, and their digits"
        yield '    names = [f"{part}-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1")]'
        opened = f'gzip.open(f"{{{folder}}}/{{name}}")'
        yield f"    pixels, digits = (bytearray({opened}.read()) for name in names)"
        yield "    images = torch.frombuffer(pixels, dtype=torch.uint8, offset=16).view(-1, 1, 28, 28)"
        labels = "torch.frombuffer(digits, dtype=torch.uint8, offset=8).long()"
        if not self.task.targets:
            yield f"    return images / 255, {labels}"
            return
        yield f"    images, labels = images / 255, {labels}"
        yield f"    return images, {self.task.targets}"

    def _making(self, statements: str) -> Iterator[str]:
        yield "def read(part):  # points (n, 2), and what they are"
        yield from statements.splitlines()
        yield f"    return images, {self.task.targets or 'labels'}"

    def _means(self) -> Iterator[str]:
        yield f"loss_of = {self.loss.expression}"
        made = [code.expression for code in self.optimizers]
        if len(made) == 1:
            yield f"optimizer = {made[0]}"
            if self.schedule:
                yield f"schedule = {self.schedule.expression}"
        else:
            yield from ("optimizers = [", *(f"    {expression}," for expression in made), "]")
            if self.schedule:
                yield f"schedules = [{self.schedule.expression} for optimizer in optimizers]"
        if self.job.l1 or self.job.l2 or self.job.max_norm:
            yield "weights = [w for w in network.parameters() if w.dim() > 1]  # no biases"
        yield from self.stopping.before
        if self.job.task.draws or any(layer.draws for layer in self.layers):
            what = "drawn" if self.job.task.draws else "dropped"
            yield f"torch.manual_seed({seeded(self.job.seed_of('dropout'))})  # for what is {what}"

    def _measure(self) -> Iterator[str]:
        task = self.task
        yield "@torch.no_grad()"
        yield "def measure(name, images, labels):"
        yield "    network.eval()"
        if task.pose:
            seed = seeded(self.job.aim().seed, f" + {TRIED}")
            yield f"    images, labels = pose(images, torch.Generator().manual_seed({seed}))"
        yield f"    answers = torch.cat([{self._answers('some')} for some in images.split(1000)])"
        yield f"    loss, {task.name} = loss_of(answers, labels), {task.judged}"
        yield f'    print(f"{{name}}: loss {{loss:.4f}}, {task.told}")'
        if self._tells:
            yield f"    return loss.item(), {task.value}.item()"

    def _answers(self, pictures: str) -> str:
        """What the network gives for pictures that are not prepared yet."""
        is_prepared = self.division.permuted or self.division.normalization != "none"
        return f"{self.logits}({f'{PREPARED}({pictures})' if is_prepared else pictures})"

    @property
    def _tells(self) -> bool:
        return bool(self.job.early_stopping or self.job.schedule.needs)

    def _loop(self) -> Iterator[str]:
        job = self.job
        seed = seeded(job.seed_of("shuffle"), " + epoch")
        yield f"for epoch in range(1, {job.epochs + 1}):"
        last = (
            ".to(memory_format=torch.channels_last)" if self.convolves else ""
        )  # quicker; and the same bits
        yield f"    network.train(){last}"
        yield from _indented(self._frozen())
        if self.division.shuffle:
            yield f"    chance = torch.Generator().manual_seed({seed})"
        yield f"    order = {in_order(self.division, self.training, job.batch_size, self.per_epoch)}"
        if self._augments:
            yield f"    for at, batch in enumerate(training[order].split({job.batch_size})):"
            yield f"        chance = {chances(job.seed_of('dropout'))}"
        else:
            yield f"    for batch in training[order].split({job.batch_size}):"
        yield from _indented(self._step(), 2)
        told = "loss, accuracy = " if self._tells else ""
        yield f'    {told}measure(f"epoch {{epoch}}", images[validation], labels[validation])'
        if self.schedule and not job.schedule.each_step:
            yield from _indented(self._moved())
        yield from _indented(self.stopping.each_epoch)
        yield from self.stopping.after
        if job.test == "at_end":
            yield 'measure("test", *read("t10k"))'

    def _frozen(self) -> Iterator[str]:
        for layer in self.layers:
            if not layer.frozen_in(1):
                continue
            thaws = next(
                (epoch for epoch in range(1, self.job.epochs + 1) if not layer.frozen_in(epoch)), None
            )
            learns = f"epoch >= {thaws}" if thaws else "False"
            module = attribute("network", layer.name)
            yield f"{module}.train({learns}).requires_grad_({learns})  # frozen"

    def _step(self) -> Iterator[str]:
        job = self.job
        pictures, right = "images[batch]", "labels[batch]"
        if self._augments:
            pictures = "augmented(images[batch], chance)"
        if self.task.pose:
            yield f"x, y = pose({pictures})"
            pictures, right = "x", "y"
        yield f"loss = loss_of({self._answers(pictures)}, {right})"
        yield "network.zero_grad()"
        yield f"{self._penalized()}.backward()"
        if job.clip_value:
            yield f"nn.utils.clip_grad_value_(network.parameters(), {job.clip_value})"
        if job.clip_norm:
            yield f"nn.utils.clip_grad_norm_(network.parameters(), {job.clip_norm})"
        yield from self._each("optimizer", job.optimizer.goes)
        if job.max_norm:
            yield "for w in weights:"
            yield f"    w.data.renorm_(2, 0, {job.max_norm})"
        if self.schedule and job.schedule.each_step:
            yield from self._moved()

    def _penalized(self) -> str:
        terms = [("l1", "w.abs()"), ("l2", "w.square()")]
        added = [
            f" + {getattr(self.job, field)} * sum({each}.sum() for w in weights)"
            for field, each in terms
            if getattr(self.job, field)
        ]
        return f"(loss{''.join(added)})" if added else "loss"

    def _moved(self) -> list[str]:
        return self._each("schedule", f"schedule.step({self.job.schedule.needs})")

    def _each(self, what: str, does: str) -> list[str]:
        """A statement for the one, or for each, of the optimizers or their schedules."""
        if len(self.optimizers) == 1:
            return [does]
        return [f"for {what} in {what}s:", f"    {does}"]


def _indented(lines: Iterable[str], levels: int = 1) -> Iterator[str]:
    yield from (f"{'    ' * levels}{line}" for line in lines)


def _refuse_targets_of_what_changes(job: Job) -> None:
    """A script makes targets once, when it reads: a Problem where they would be other ones later."""
    if not job.task.code(job.loss, job.dataset).targets:
        return
    changes = {
        "augmentation": job.task.of_pixels and bool(job.augmentation),
        "label_noise": bool(job.label_noise),
        "imbalance": job.imbalance is not None,
        "stratified": job.stratified,
        "sampling": job.sampling != "natural",
    }
    field = next((name for name, does in changes.items() if does), None)
    if field:
        what = field.replace("_", " ")
        raise Problem(f"No script is written for “{job.task.label}” together with {what}.", (field,))
