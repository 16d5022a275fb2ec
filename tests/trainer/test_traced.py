"""The traced step: the same bits as the eager one, and never used where it isn't."""

import itertools
import math

import pytest
import torch
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx

from tests.trainer.trainings import WITH_EVERYTHING, Clock, a_job, last_weights, points, said
from trainer import layers, losses, tasks, templates, traced, weights
from trainer.aim import Aim
from trainer.assembly import assemble
from trainer.layers.base import Layer
from trainer.losses import CrossEntropy
from trainer.network import Network
from trainer.optimizers.moments import Adam
from trainer.shortcuts import shorten
from trainer.step import Step
from trainer.training import Checkpoint, Snapshot, train

pytestmark = pytest.mark.usefixtures("warm")
USUAL = {name: found for name, found in templates.templates().items() if not found.job}
NETWORKS = {name: template.network for name, template in USUAL.items()} | {
    "with everything": Network.read(WITH_EVERYTHING)
}
EAGER = {"lstm-rows"}  # an LSTM's backward pass on the CPU does not take what its recording hands it

STAYS_EAGER = ["lstm-rows"]  # the kernel of PyTorch's LSTM on a CPU cannot be played back


def batches(network, size=7):
    """Pictures of noise as a training deals them, channels last in memory, and labels; for ever."""
    generator = torch.Generator().manual_seed(4)
    while True:
        pictures = torch.rand(size, *network.input[1:], network.input[0], generator=generator)
        yield pictures.permute(0, 3, 1, 2), torch.randint(10, (size,), generator=generator)


def a_step(network, **how):
    return Step(weights.initial(assemble(network), seed=3), Adam(), CrossEntropy(), **how)


def trained(step, dealt, steps=14):
    """What a step says and leaves after some batches with a rate that changes."""
    torch.manual_seed(11)
    told = [step(*batch, 0.01 / (1 + at)) for at, batch in enumerate(itertools.islice(dealt, steps))]
    return [*itertools.chain(*told), *step.tensors().values(), torch.get_rng_state()]


LARGE = ["resnet-mini", "gru-rows", "tiny-vit", "lstm-rows"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in LARGE)) for name in NETWORKS]
)
def test_a_recorded_step_gives_the_same_bits(name, monkeypatch):
    played = []
    record = traced.record

    def counting(*given):
        recording = record(*given)
        return lambda *batch: played.append(1) or recording(*batch)

    monkeypatch.setattr(traced, "record", counting)
    network = NETWORKS[name]
    found = trained(a_step(network), batches(network))
    count = 1 if name in EAGER else 6  # two batches to prove it, then only the recording
    assert len(played) == count
    expected = trained(a_step(network, trace=False), batches(network))
    assert all(map(traced._same, found, expected))
    assert len(played) == count


ENDS = {"nll": "log_softmax", "kl_div": "log_softmax", "bce": "sigmoid"}
PAIRS = [(task, loss) for task, cls in tasks.kinds().items() for loss in cls.losses()]


@pytest.mark.parametrize(("task", "loss"), PAIRS)
def test_the_step_of_every_task_and_loss_is_recorded_with_the_same_bits(task, loss, monkeypatch):
    played = []
    record = traced.record

    def counting(*given):
        recording = record(*given)
        return lambda *batch: played.append(1) or recording(*batch)

    monkeypatch.setattr(traced, "record", counting)
    aim = Aim(tasks.kinds()[task](), losses.kinds()[loss]())
    end = [{"kind": ENDS[loss]}] if loss in ENDS else []
    shaped = [{"kind": "reshape", "shape": ", ".join(map(str, aim.answers))}]
    many = {"kind": "linear", "out_features": math.prod(aim.answers)}
    network = Network.read({"layers": [{"kind": "flatten"}, many, *end, *shaped]})
    found, expected = (
        trained(
            Step(weights.initial(assemble(network), seed=3), Adam(), aim.loss, trace=trace),
            aim.asked(batches(network)),
        )
        for trace in (True, False)
    )
    assert len(played) == 6
    assert all(map(traced._same, found, expected))


class Moody(nn.Module):
    """Looks at values to decide what to do: no recording can hold that."""

    def forward(self, x):
        return x * 2 if not x.is_meta and x.sum() > 0 else x


class Forgetful(nn.Module):
    """Does something else the more often it is called."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x * self.calls


@pytest.mark.parametrize(("module", "why"), [(Moody, "cannot be traced"), (Forgetful, "differs")])
def test_what_no_recording_can_hold_stays_eager(module, why, caplog, monkeypatch):
    class Odd(Layer):
        kind, label = "odd", "Odd"

        def build(self, shape):
            return module()

    monkeypatch.setitem(layers.kinds(), "odd", Odd)
    network = Network.read({"layers": [{"kind": "flatten"}, {"kind": "odd"}, {"kind": "linear"}]})
    step = a_step(network)
    with caplog.at_level("INFO", logger="trainer.traced"):
        trained(step, batches(network))
    [told] = caplog.messages
    assert why in told


def test_a_recording_that_differs_is_dropped(monkeypatch):
    network, record = NETWORKS["sixteen"], traced.record

    def wrong(*given):
        recording = record(*given)
        return lambda *batch: (recording(*batch)[0] + 1e-7, *recording(*batch)[1:])

    monkeypatch.setattr(traced, "record", wrong)
    found = trained(a_step(network), batches(network))
    assert all(map(traced._same, found, trained(a_step(network, trace=False), batches(network))))


def test_a_traced_training_repeats_and_goes_on_like_an_eager_one(folders, monkeypatch):
    job = a_job(epochs=3)
    whole = said(job, folders)
    kept = [thing for thing in whole if isinstance(thing, Checkpoint)]
    rest = said(job, folders, resume=kept[len(kept) // 2].blob)
    monkeypatch.setattr(traced, "_AFTER", 10**9)
    eager = said(job, folders)
    assert last_weights(whole) == last_weights(rest) == last_weights(eager)
    assert points(whole) == points(eager)


def test_traced_trainings_in_turn_are_as_if_each_were_alone(folders):
    jobs = [a_job(seed=1), a_job(seed=2, optimizer={"kind": "sgd", "lr": 0.05}), a_job(seed=3, batch_size=13)]
    alone = [last_weights(said(job, folders)) for job in jobs]
    turns = [train(job, folders=folders, clock=Clock(0.06)) for job in jobs]
    together = itertools.chain.from_iterable(itertools.zip_longest(*turns))
    assert {thing.blob for thing in together if isinstance(thing, Snapshot) and thing.last} == set(alone)


def test_what_is_cut_off_is_cut_after_the_largest_were_taken():
    convolution = nn.Conv2d(2, 5, 3)
    layers = nn.Sequential(convolution, nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1), nn.Flatten())

    def gradients(x):
        return torch.autograd.grad(layers(x).square().sum(), list(convolution.parameters()))

    x = torch.randn(4, 2, 11, 13, generator=torch.Generator().manual_seed(8))
    written = make_fx(gradients)(x)
    shorten(written)
    [relu] = written.graph.find_nodes(op="call_function", target=torch.ops.aten.relu.default)
    assert relu.args[0].args[0].target is torch.ops.aten.max_pool2d_with_indices.default
    written.recompile()
    assert all(map(traced._same, written(x), gradients(x)))


def test_a_relu_that_something_else_reads_stays_where_it_is():
    convolution = nn.Conv2d(2, 5, 3)

    def gradients(x):
        cut = convolution(x).relu()
        return torch.autograd.grad(nn.functional.max_pool2d(cut, 2).sum() + cut.sum(), convolution.weight)

    x = torch.randn(4, 2, 11, 13, generator=torch.Generator().manual_seed(8))
    written = make_fx(gradients)(x)
    shorten(written)
    [relu] = written.graph.find_nodes(op="call_function", target=torch.ops.aten.relu.default)
    assert relu.args[0].target is torch.ops.aten.convolution.default
