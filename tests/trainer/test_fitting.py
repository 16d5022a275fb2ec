"""Every pair of task, last layers and loss: it trains, or a problem says why not, with a mend."""

import itertools

import pytest

from tests.trainer.trainings import a_job, events, said
from trainer import datasets, losses, tasks
from trainer.admission import admit
from trainer.checking import check
from trainer.events import Finished
from trainer.job import Job
from trainer.layers import kinds
from trainer.network import Network
from trainer.problems import Problem

LAST = [None, *(kind for kind, cls in kinds().items() if cls.family == "bend")]
ENDS = {
    "ten": [{"kind": "linear", "out_features": 10}],
    "one": [{"kind": "linear", "out_features": 1}],
    "a picture": [{"kind": "linear", "out_features": 784}],
}
RESHAPED = {"kind": "reshape", "shape": "1, 28, 28"}


def network(end, last):
    layers = [{"kind": "flatten"}, *ENDS[end], *([{"kind": last}] if last else [])]
    return {"layers": [*layers, *([RESHAPED] if end == "a picture" else [])]}


def mended(job, problem):
    """The job after its problem's button was pressed."""
    told = job.describe() | {"network": problem.mend.network} | problem.mend.job
    return Job.read(told)


def after_mends(job):
    """The job after the buttons of all its problems were pressed, of which each has one."""
    for _ in range(4):
        try:
            admit(job)
            return job
        except Problem as problem:
            assert problem.mend, problem.message
            assert len(problem.message) < 200 and problem.message.endswith(".")
            job = mended(job, problem)
    raise AssertionError("still a problem after four mends")


@pytest.mark.parametrize("task", tasks.kinds())
@pytest.mark.parametrize("last", [None, "softmax"])
def test_pairs_of_task_and_output_fit_every_loss_or_have_a_mend(task, last):
    for loss in losses.kinds():
        after_mends(a_job(network=network("ten", last), task={"kind": task}, loss={"kind": loss}))


@pytest.mark.long
@pytest.mark.parametrize("task", tasks.kinds())
@pytest.mark.parametrize("loss", losses.kinds())
def test_every_pair_of_task_output_and_loss_fits_or_has_a_mend(task, loss):
    """L-09: none is trained silently that does not fit."""
    for end, last in itertools.product(ENDS, LAST):
        after_mends(a_job(network=network(end, last), task={"kind": task}, loss={"kind": loss}))


WHOLE = {"classes": "ten", "two": "one", "numbers": "one", "pictures": "a picture"}


@pytest.mark.long
@pytest.mark.parametrize("task", tasks.kinds())
def test_every_pair_that_is_let_through_trains_to_its_end(task, folders):
    end = WHOLE[tasks.kinds()[task].family]
    for loss, last in itertools.product(tasks.kinds()[task].losses(), LAST):
        fields = {"epochs": 1, "task": {"kind": task}, "loss": {"kind": loss}, "test": "on_request"}
        job = a_job(network=network(end, last), **fields, optimizer={"kind": "sgd", "lr": 1e-3})
        try:
            admit(job)
        except Problem:
            continue
        finished = events(said(job, folders))[-1]
        assert isinstance(finished, Finished) and finished.validation_loss is not None, (loss, last)


@pytest.mark.parametrize(
    ("last", "loss", "told", "label"),
    [
        ("softmax", "bce_with_logits", "together 1", "Remove softmax1"),
        ("softmax", "nll", "logarithms", "Put log_softmax in the place of softmax1"),
        (None, "nll", "logarithms", "Add log_softmax"),
        (None, "bce", "from 0 to 1", "Add sigmoid"),
        ("sigmoid", "cross_entropy", "23%", "Remove sigmoid1"),
    ],
)
def test_l09_a_wrong_pair_is_refused_with_its_reason(last, loss, told, label):
    with pytest.raises(Problem) as caught:
        admit(a_job(network=network("ten", last), loss={"kind": loss}))
    assert told in caught.value.message and caught.value.where[:2] == ("network", "layers")
    assert caught.value.mend.label == label
    assert admit(mended(a_job(loss={"kind": loss}), caught.value))


def test_a_sigmoid_behind_a_reshape_is_found():
    job = a_job(network=network("a picture", "sigmoid"), task={"kind": "restore"}, loss={"kind": "bce"})
    assert admit(job)
    with pytest.raises(Problem, match="sigmoid1"):
        admit(job.model_copy(update={"loss": losses.kinds()["bce_with_logits"]()}))


def test_the_loss_of_another_task_is_exchanged_for_the_usual_one():
    with pytest.raises(Problem) as caught:
        admit(a_job(task={"kind": "ink"}))
    assert caught.value.where == ("loss",)
    assert caught.value.mend.label == "Use mean squared error"
    assert caught.value.mend.job == {"loss": {"kind": "mse"}}


def test_a_network_whose_answer_is_of_another_shape_is_mended():
    job = a_job(task={"kind": "restore"}, loss={"kind": "bce"})
    with pytest.raises(Problem, match=r"a picture \(1 × 28 × 28\), but linear1 gives a row of 10") as caught:
        admit(job)
    assert admit(mended(job, caught.value))


@pytest.mark.parametrize("dataset", datasets.kinds())
@pytest.mark.parametrize("task", tasks.kinds())
def test_every_task_fits_every_data_set_or_is_mended(task, dataset):
    usual = {"kind": tasks.kinds()[task].usual}
    job = a_job(dataset={"kind": dataset}, task={"kind": task}, loss=usual, validation=None)
    assert admit(after_mends(job))


def test_a_class_that_the_data_set_does_not_have_becomes_its_last_one():
    job = a_job(task={"kind": "two_classes", "digit": 12}, loss={"kind": "bce_with_logits"})
    with pytest.raises(Problem, match="classes 0 to 9, and no 12") as caught:
        admit(job)
    assert caught.value.mend.label == "Set which one to 9"


def test_early_stopping_has_no_accuracy_to_look_at_where_there_is_none():
    layers = [{"kind": "flatten"}, {"kind": "linear", "out_features": 1}]
    job = a_job(
        network={"layers": layers}, task={"kind": "ink"}, loss={"kind": "mse"},
        early_stopping={"kind": "patience", "metric": "accuracy", "patience": 7},
    )  # fmt: skip
    with pytest.raises(Problem) as caught:
        admit(job)
    assert caught.value.where == ("early_stopping", "metric")
    stopping = mended(job, caught.value).early_stopping
    assert stopping.metric == "loss" and stopping.patience == 7


def test_a_check_for_nothing_in_particular_minds_no_answer():
    checked = check(Network.read({"layers": [{"kind": "conv2d"}]}), aim=None)
    assert checked["problem"] is None
