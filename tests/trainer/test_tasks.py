"""Tasks: their targets, how they judge, and that each goes on bit by bit."""

import math

import pytest
import torch

from tests.trainer.test_exact import interrupted
from tests.trainer.trainings import a_job, events, last_weights, points, said
from trainer import tasks
from trainer.aim import Aim
from trainer.entry import read_entry
from trainer.evaluation import evaluate
from trainer.events import Finished, Validated
from trainer.export import pytorch_script
from trainer.finding import Suggested, find_rate
from trainer.losses import kinds as losses
from trainer.sharing import shared_split
from trainer.tasks.numbers import turned

ONE = [{"kind": "flatten"}, {"kind": "dropout", "p": 0.1}, {"kind": "linear", "out_features": 1}]
NETWORKS = {
    "classes": [*ONE[:2], {"kind": "linear", "out_features": 10}],
    "two": ONE,
    "numbers": ONE,
    "pictures": [
        *ONE[:2],
        {"kind": "linear", "out_features": 784},
        {"kind": "reshape", "shape": "1, 28, 28"},
    ],
}


def a_job_for(kind, **fields):
    cls = tasks.kinds()[kind]
    task = {"kind": kind, **fields.pop("task", {})}
    network = {"layers": NETWORKS[cls.family]}
    return a_job(**{"network": network, "task": task, "loss": {"kind": cls.usual}, **fields})


def posed(kind, images, labels, seed=3, **fields):
    task, aim = read_entry(tasks.kinds(), "task", {"kind": kind, **fields}), Aim()
    return task.pose(images, labels, aim.dataset, torch.Generator().manual_seed(seed))


PICTURES = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(1))
LABELS = torch.tensor([3, 1, 3, 9, 0])


@pytest.mark.parametrize("kind", tasks.kinds())
def test_every_task_goes_on_bit_by_bit(kind, folders):
    interrupted(a_job_for(kind, epochs=2), folders)


@pytest.mark.parametrize("kind", tasks.kinds())
def test_every_task_is_tried_on_the_same_each_time(kind, folders):
    job = a_job_for(kind, epochs=1, seed=9)
    things = said(job, folders)
    again = evaluate(job, last_weights(things), folders)
    finished = events(things)[-1]
    assert isinstance(finished, Finished)
    assert again.loss == pytest.approx(finished.test_loss, rel=1e-5)
    assert again.accuracy == finished.test_accuracy
    assert again.measure is None or again.measure == pytest.approx(finished.test_measure, rel=1e-5)


@pytest.mark.parametrize("kind", tasks.kinds())
def test_a_task_tells_accuracy_or_its_own_measure_never_both(kind, folders):
    told = events(said(a_job_for(kind, epochs=1), folders))
    validated = next(one for one in told if isinstance(one, Validated))
    is_accuracy = tasks.kinds()[kind].measure.accuracy
    assert (validated.accuracy is not None) == is_accuracy == (validated.measure is None)
    assert ("measure" in validated.describe()) == (not is_accuracy)
    for curves in (one for one in told if one.kind == "curves"):
        column = curves.accuracy if is_accuracy else curves.measure
        assert len(column) == len(curves.loss) and (is_accuracy or not curves.accuracy)


@pytest.mark.parametrize("kind", tasks.kinds())
def test_a_rate_is_found_for_every_task(kind, folders):
    [*_, last] = find_rate(a_job_for(kind), folders, steps=20)
    assert isinstance(last, Suggested)


def test_targets_are_what_they_are_called():
    assert posed("two_classes", PICTURES, LABELS)[1].tolist() == [[1], [0], [1], [0], [0]]
    assert posed("value", PICTURES, LABELS)[1].flatten().tolist() == [3, 1, 3, 9, 0]
    torch.testing.assert_close(posed("ink", PICTURES, LABELS)[1][:, 0], PICTURES.mean((1, 2, 3)))
    given, right = posed("restore", PICTURES, LABELS)
    assert given is right is PICTURES
    bits = posed("classify", PICTURES, LABELS, encoding="one_hot")[1]
    assert bits.argmax(1).tolist() == LABELS.tolist() and bits.sum().item() == 5


def test_noise_is_added_to_what_goes_in_and_drawn_from_its_seed():
    given, right = posed("denoise", PICTURES, LABELS, noise=0.2)
    assert right is PICTURES and given.min() >= 0 and given.max() <= 1
    inside = (given > 0) & (given < 1)
    assert (given - right)[inside].std().item() == pytest.approx(0.15, abs=0.05)
    assert torch.equal(given, posed("denoise", PICTURES, LABELS, noise=0.2)[0])
    assert not torch.equal(given, posed("denoise", PICTURES, LABELS, seed=4, noise=0.2)[0])


def test_a_picture_is_turned_by_the_angle_that_is_its_target():
    bar = torch.zeros(1, 1, 29, 29)
    bar[0, 0, 14, 20] = 1  # to the right of the middle
    up = turned(bar, torch.tensor([[math.pi / 2]]))[0, 0]
    assert divmod(int(up.argmax()), 29) == (8, 14)  # against the clock
    torch.testing.assert_close(turned(bar, torch.zeros(1, 1)), bar)
    _, shares = posed("angle", PICTURES.repeat(99, 1, 1, 1), LABELS.repeat(99), degrees=30)
    assert shares.shape == (495, 1) and shares.abs().max() <= 1 and shares.std() > 0.5


def test_an_angle_is_judged_in_degrees():
    task, loss = read_entry(tasks.kinds(), "task", {"kind": "angle", "degrees": 90}), losses()["mse"]()
    assert task.judge(torch.tensor([[0.5]]), torch.tensor([[-0.5]]), loss).item() == 90


def test_a_yes_is_where_the_loss_has_its_middle():
    task = read_entry(tasks.kinds(), "task", {"kind": "two_classes"})
    answers, right = torch.tensor([[0.2], [0.7], [-0.1]]), torch.tensor([[1.0], [1.0], [0.0]])
    found = {kind: task.judge(answers, right, losses()[kind]()).tolist() for kind in task.losses()}
    assert found["bce_with_logits"] == found["hinge"] == [True, True, True]
    assert found["bce"] == found["mse"] == [False, True, True]


def test_d04_a_network_that_tells_digits_as_numbers_tells_some_that_are_none(folders):
    layers = [{"kind": "flatten"}, {"kind": "linear", "out_features": 16}, {"kind": "relu"}, ONE[-1]]
    job = a_job_for("value", network={"layers": layers}, epochs=3)
    things = said(job, folders)
    split = shared_split(job, folders, torch.device("cpu"))
    [(images, _)] = split.validation.in_order()
    from trainer import weights
    from trainer.assembly import assemble

    module = weights.load(assemble(job.network), weights.unpack(last_weights(things))[0]).module.eval()
    with torch.no_grad():
        answers = module(images)
    assert ((answers - answers.round()).abs() > 0.05).float().mean() > 0.5
    assert events(things)[-1].validation_accuracy is None


@pytest.mark.long
def test_d20_is_it_a_three_is_answered_by_one_output(folders):
    from trainer.job import Job

    job = Job.read({"network": "is-it-a-three", "dataset": {"kind": "strokes", "size": 10_000}, "threads": 2})
    assert job.network.layers[-1].out_features == 1 and "bce" in job.loss.kind
    assert events(said(job, folders))[-1].test_accuracy > 0.98


def test_chances_of_a_task_come_from_the_seed_for_what_is_drawn(folders):
    apart = {"kind": "apart", "dropout": 5}
    same, other = (points(said(a_job_for("denoise", seeds=seeds), folders)) for seeds in (None, apart))
    assert same != other and same == points(said(a_job_for("denoise"), folders))
    assert "torch.manual_seed(5 * 1_000_003)" in pytorch_script(a_job_for("denoise", seeds=apart)).text


def test_two_tasks_stepped_in_turn_are_each_as_if_alone(folders):
    from tests.trainer.trainings import Clock
    from trainer.training import train

    jobs = [a_job_for("denoise"), a_job_for("angle", seed=7)]
    alone = [last_weights(said(job, folders)) for job in jobs]
    runs = [train(job, folders=folders, clock=Clock(0.06)) for job in jobs]
    things = [[], []]
    while any(runs):
        for at, run in enumerate(runs):
            thing = next(run, None) if run else None
            if thing is None:
                runs[at] = None
            else:
                things[at].append(thing)
    assert [last_weights(told) for told in things] == alone


def test_a_study_of_a_task_without_accuracy_looks_at_the_loss():
    from trainer.problems import Problem
    from trainer.studies.study import Study

    given = {"job": a_job_for("ink").describe(), "runs": 2}
    with pytest.raises(Problem, match="no accuracy") as caught:
        Study.read(given)
    assert caught.value.where == ("objective",)
    assert Study.read(given | {"objective": "loss"}).objective == "loss"
