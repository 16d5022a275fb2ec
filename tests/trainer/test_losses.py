"""Losses: the numbers of textbooks, by the ids of the concepts; the same for index and bits."""

import math

import pytest
import torch
from torch.nn import functional

from tests.trainer.trainings import a_job, events, said
from trainer import losses, tasks
from trainer.aim import Aim
from trainer.assembly import assemble
from trainer.entry import read_entry
from trainer.events import Validated
from trainer.losses.base import one_hot
from trainer.network import Network
from trainer.observers import measure
from trainer.problems import Problem
from trainer.sharing import shared_split
from trainer.weights import initial

OF_A_THREE = torch.tensor([[0.43, 0.28, 0.19, 0.88, 0.72, 0.01, 0.64, 0.86, 0.99, 0.63]])
THREE = torch.tensor([3])
BITS = functional.one_hot(THREE, 10).float()


def loss(kind, **fields):
    return read_entry(losses.kinds(), "loss", {"kind": kind, **fields})


def value(kind, answers, targets, **fields):
    return loss(kind, **fields).of(torch.as_tensor(answers), torch.as_tensor(targets)).item()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("mse", 0.33585), ("l1", 0.487), ("bce", 1.10994), ("bce_with_logits", 0.93677), ("hinge", 1.387)],
)
def test_l01_a_loss_turns_two_vectors_into_a_number(kind, expected):
    assert value(kind, OF_A_THREE, BITS) == pytest.approx(expected, abs=1e-5)


def test_l01_cross_entropy_of_the_same_outputs():
    assert value("cross_entropy", OF_A_THREE, THREE) == pytest.approx(2.03091, abs=1e-5)
    shares = (OF_A_THREE / OF_A_THREE.sum()).log()
    assert value("nll", shares, THREE) == pytest.approx(1.85594, abs=1e-5)


@pytest.mark.parametrize("kind", losses.kinds())
def test_l02_losses_of_examples_are_added_up_and_divided(kind):
    generator = torch.Generator().manual_seed(3)
    answers = torch.rand(7, 5, generator=generator).clamp(0.05, 0.9)
    targets = functional.one_hot(torch.randint(5, (7,), generator=generator), 5).float()
    apart = [value(kind, answers[at : at + 1], targets[at : at + 1]) for at in range(7)]
    assert 7 * value(kind, answers, targets) == pytest.approx(sum(apart), rel=1e-5)


def test_l03_the_cost_of_a_three_is_the_sum_of_ten_squares():
    assert value("sum_of_squares", OF_A_THREE, THREE) == pytest.approx(3.3585, abs=1e-4)
    assert value("sum_of_squares", OF_A_THREE.expand(4, 10), THREE.expand(4)) == pytest.approx(
        3.3585, abs=1e-4
    )


def test_l04_squares_and_absolute_differences():
    answers, right = [[1.0, 2.0]], [[0.0, 4.0]]
    assert value("mse", answers, right) == 2.5 and value("l1", answers, right) == 1.5
    assert value("huber", answers, right) == pytest.approx((0.5 + 1.5) / 2)
    assert value("huber", answers, right, delta=3.0) == pytest.approx((0.5 + 2) / 2)


def test_l05_yes_or_no():
    for right in (0.0, 1.0):
        assert value("bce", [[0.5]], [[right]]) == pytest.approx(0.6931, abs=1e-4)
        assert value("bce_with_logits", [[0.0]], [[right]]) == pytest.approx(0.6931, abs=1e-4)
    x, right = torch.tensor([[-3.0], [0.2], [2.5]]), torch.tensor([[1.0], [0.0], [1.0]])
    assert value("bce_with_logits", x, right) == pytest.approx(value("bce", x.sigmoid(), right), abs=1e-6)
    assert value("hinge", [[0.3]], [[1.0]]) == pytest.approx(0.7)
    assert value("hinge", [[1.0]], [[1.0]]) == value("hinge", [[-7.0]], [[0.0]]) == 0
    two = torch.cat([-x / 2, x / 2], 1)
    same = value("cross_entropy", two, right[:, 0].long())
    assert value("bce_with_logits", x, right) == pytest.approx(same, abs=1e-6)


@pytest.mark.parametrize(("share", "expected"), [(1.0, 0.0), (0.9, 0.1054), (0.1, 2.3026)])
def test_l06_cross_entropy_is_zero_when_certain_and_ln_10_when_guessing(share, expected):
    others = (1 - share) / 9
    answers = torch.tensor([[share if digit == 3 else others for digit in range(10)]]).log()
    assert value("cross_entropy", answers, THREE) == pytest.approx(expected, abs=1e-4)
    assert value("nll", answers, THREE) == pytest.approx(expected, abs=1e-4)


def test_l07_divergence_of_distributions():
    even, uneven = torch.tensor([[0.5, 0.5]]), torch.tensor([[0.9, 0.1]])
    assert value("kl_div", even.log(), even) == 0
    assert value("kl_div", uneven.log(), even) == pytest.approx(0.5108, abs=1e-4)
    assert value("kl_div", even.log(), uneven) == pytest.approx(0.3681, abs=1e-4)
    answers = torch.randn(6, 10, generator=torch.Generator().manual_seed(2))
    labels = torch.arange(6)
    crossed = value("cross_entropy", answers, labels)
    assert value("kl_div", answers.log_softmax(1), labels) == pytest.approx(crossed, abs=1e-6)


@pytest.mark.parametrize("weights", [None, (1, 2, 3, 4, 5, 6, 7, 8, 9, 0.5)])
def test_l08_the_loss_of_a_set_is_the_mean_over_all_its_examples(folders, weights):
    job = a_job(loss={"kind": "cross_entropy", "class_weights": weights}, validation=1)
    part = shared_split(job, folders, torch.device("cpu")).training
    assert len(part) == 202  # 250 at once are tried together, so make it several
    assembly = initial(assemble(job.network), seed=4)
    whole = measure(assembly, job.aim(), part)
    assembly.module.eval()
    with torch.no_grad():
        [(images, labels)] = part.in_order()
        answers = assembly.logits(images)
    assert whole.loss == pytest.approx(job.loss.of(answers, labels).item(), rel=1e-5)
    assert whole.right == int((answers.argmax(1) == labels).sum())


def test_l09_the_catalogue_groups_losses_by_task():
    fitting = {kind: set(cls.losses()) for kind, cls in tasks.kinds().items()}
    assert fitting["classify"] >= {"cross_entropy", "nll", "kl_div", "multi_margin"}
    assert {"bce", "bce_with_logits", "hinge"} <= fitting["two_classes"]
    assert fitting["two_classes"].isdisjoint({"cross_entropy", "nll", "kl_div", "multi_margin"})
    assert fitting["ink"] == fitting["angle"] == {"mse", "l1", "huber", "sum_of_squares"}
    assert all(cls.usual == cls.losses()[0] for cls in tasks.kinds().values())


def test_label_smoothing_never_asks_for_certainty():
    sure = torch.full((1, 10), -20.0).index_fill(1, THREE, 20.0)
    assert value("cross_entropy", sure, THREE) < 1e-6
    assert value("cross_entropy", sure, THREE, label_smoothing=0.1) == pytest.approx(0.09 * 40, rel=1e-4)


def test_class_weights_make_a_rare_class_count():
    answers, labels = torch.zeros(4, 2), torch.tensor([0, 0, 0, 1])
    answers[3, 0] = 2.0  # the rare one is wrong
    plain = value("cross_entropy", answers, labels)
    weighed = value("cross_entropy", answers, labels, class_weights=(1, 3))
    apart = [value("cross_entropy", answers[at : at + 1], labels[at : at + 1]) for at in (0, 3)]
    assert plain == pytest.approx((3 * apart[0] + apart[1]) / 4)
    assert weighed == pytest.approx((3 * apart[0] + 3 * apart[1]) / 6)


ODD = {"label_smoothing": 0.13, "margin": 0.7, "delta": 0.37, "p": 2, "class_weights": (0.5, 3, 0, 1, 2, 1.5)}


@pytest.mark.parametrize("kind", losses.kinds())
@pytest.mark.parametrize("odd", [False, True])
def test_d03_one_hot_and_index_give_the_same_numbers(kind, odd):
    own = losses.kinds()[kind].model_fields
    given = loss(kind, **({name: ODD[name] for name in ODD if name in own} if odd else {}))
    generator = torch.Generator().manual_seed(8)
    answers = torch.rand(9, 6, generator=generator).clamp(0.01, 0.99).requires_grad_()
    labels = torch.randint(6, (9,), generator=generator)
    by_index, by_bits = given.of(answers, labels), given.of(answers, one_hot(answers, labels))
    torch.testing.assert_close(by_index, by_bits, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(*(torch.autograd.grad(one, answers)[0] for one in (by_index, by_bits)))
    assert float(given.weight(labels)) == pytest.approx(float(given.weight(one_hot(answers, labels))))


def test_d03_a_training_with_bits_is_that_with_numbers(folders):
    index, bits = (
        said(a_job(task={"kind": "classify", "encoding": encoding}), folders)
        for encoding in ("index", "one_hot")
    )
    ours, theirs = ([one for one in events(run) if isinstance(one, Validated)] for run in (index, bits))
    assert [one.accuracy for one in ours] == [one.accuracy for one in theirs]
    assert [one.loss for one in ours] == pytest.approx([one.loss for one in theirs], rel=1e-4)


def test_bits_count_from_zero():
    bits = one_hot(torch.zeros(3, 10), torch.tensor([2, 0, 4]))
    assert bits.tolist() == [[float(at == right) for at in range(10)] for right in (2, 0, 4)]


@pytest.mark.parametrize("kind", losses.kinds())
def test_a_loss_of_numbers_that_are_none_is_none(kind):
    answers = torch.full((2, 4), math.nan)
    assert math.isnan(value(kind, answers, torch.tensor([1, 2])))


@pytest.mark.parametrize(
    "weights", [[1.0] * 9, [1.0] * 11, [0.0] * 10, [-1.0, *[1.0] * 9], [1e9, *[1.0] * 9]]
)
def test_weights_that_are_none_for_the_classes_are_refused_with_a_mend(weights):
    job = a_job(loss={"kind": "cross_entropy", "class_weights": weights, "label_smoothing": 0.2})
    with pytest.raises(Problem) as caught:
        said(job, None)
    assert caught.value.where == ("loss", "class_weights")
    mended = a_job(**caught.value.mend.job).loss
    assert mended == loss("cross_entropy", label_smoothing=0.2)


def test_where_a_softmax_stands_at_the_end_squares_are_taken_of_its_probabilities():
    layers = [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}, {"kind": "softmax"}]
    network = Network.read({"layers": layers})
    for kind, is_logits in (("cross_entropy", True), ("mse", False), ("bce", False)):
        assert loss(kind).takes_logits == is_logits
        assert Aim(loss=loss(kind)).answers == assemble(network).shape
