"""A job: its defaults, and what a person is told when it cannot be."""

import pytest

from trainer.admission import admit
from trainer.catalogue import catalogue
from trainer.job import Job
from trainer.problems import Problem

SMALLEST = {"network": "small-cnn", "dataset": {"kind": "strokes"}}


def test_only_network_and_dataset_must_be_given():
    job = Job.read(SMALLEST)
    told = job.describe()
    assert told["optimizer"] | {"lr": 0.001, "kind": "adam"} == told["optimizer"]
    assert (job.batch_size, job.epochs, job.seed, job.test, job.device) == (64, 5, 42, "at_end", "auto")
    assert len(job.network.layers) == 8


def test_a_job_survives_json():
    job = Job.read(SMALLEST | {"epochs": 3, "threads": 2, "optimizer": {"kind": "sgd", "momentum": 0.4}})
    assert Job.read(job.describe()) == job


@pytest.mark.parametrize(("images", "kept"), [(60_000, 5_000), (50_000, 5_000), (2_000, 200), (5, 1)])
def test_a_tenth_of_a_small_set_is_kept_for_validation(images, kept):
    assert Job.read(SMALLEST).validation_of(images) == kept


def test_something_must_be_left_to_learn_from():
    with pytest.raises(Problem) as caught:
        Job.read(SMALLEST | {"validation": 300}).validation_of(300)
    assert caught.value.where == ("validation",) and "300" in caught.value.message


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"network": "resnet-9000"}, ("network",)),
        ({"network": {"layers": [{"kind": "conv2d", "stride": 0}]}}, ("network", "layers", 0, "stride")),
        ({"dataset": {"kind": "imagenet"}}, ("dataset", "kind")),
        ({"dataset": {"kind": "strokes", "size": -3}}, ("dataset", "size")),
        ({"dataset": None}, ("dataset",)),
        ({"optimizer": {"kind": "adam", "lr": -1}}, ("optimizer", "lr")),
        ({"loss": {"kind": "love"}}, ("loss", "kind")),
        ({"augmentation": {"kind": "rotate"}}, ("augmentation",)),
        ({"imbalance": {"kind": "rare_class", "which": 10}}, ("imbalance", "which")),
        ({"imbalance": {"kind": "rare_class", "share": 0}}, ("imbalance", "share")),
        ({"sampling": "fair"}, ("sampling",)),
        ({"label_noise": 1.01}, ("label_noise",)),
        ({"normalization": True}, ("normalization",)),
        ({"augmentation": [{"kind": "rotate"}, {"kind": "love"}]}, ("augmentation", 1, "kind")),
        ({"augmentation": [{"kind": "rotate", "degrees": 400}]}, ("augmentation", 0, "degrees")),
        ({"augmentation": [{"kind": "flip", "probability": 1.1}]}, ("augmentation", 0, "probability")),
        ({"augmentation": [{"kind": "blur"}] * 13}, ("augmentation", 12)),
        ({"epochs": 0}, ("epochs",)),
        ({"epochs": 1.5}, ("epochs",)),
        ({"batch_size": 10**9}, ("batch_size",)),
        ({"seed": -1}, ("seed",)),
        ({"device": "tpu"}, ("device",)),
        ({"test": "never"}, ("test",)),
        ({"format": 7}, ("format",)),
        ({"epoch": 3}, ("epoch",)),
    ],
)
def test_a_mistake_is_told_at_its_place(change, where):
    with pytest.raises(Problem) as caught:
        Job.read(SMALLEST | change)
    assert caught.value.where == where


@pytest.mark.parametrize("given", [None, 3, "small-cnn", [], {}])
def test_what_is_no_job_is_refused(given):
    with pytest.raises(Problem):
        Job.read(given)


def test_the_catalogue_tells_of_everything_that_a_job_can_hold():
    told = catalogue()
    assert {field["name"] for field in told["job"]["fields"]} == {
        *(
            "task",
            "dataset",
            "validation",
            "batch_size",
            "epochs",
            "loss",
            "optimizer",
            "schedule",
            "l1",
            "l2",
        ),
        *(
            "stratified",
            "imbalance",
            "sampling",
            "label_noise",
            "normalization",
            "permuted",
            "shuffle",
            "augmentation",
            "max_norm",
            "clip_norm",
            "clip_value",
            "early_stopping",
            "seed",
            "seeds",
            "threads",
            "test",
            "device",
        ),
    }
    for field in told["job"]["fields"]:
        groups = ("task", "data", "training", "optimizer", "regularization", "stopping", "machine")
        assert field["group"] in groups
        assert field["type"] not in ("entry", "list") or told[field["of"]]
    for family in (
        "augmentations",
        "imbalances",
        "layers",
        "optimizers",
        "losses",
        "datasets",
        "schedules",
        "stoppings",
        "seeds",
    ):
        assert told[family] and all(entry["help"] and entry["label"] for entry in told[family])
    assert all(field["help"] for field in told["job"]["fields"])


def test_what_no_memory_holds_is_refused_before_it_is_allocated():
    wide = [{"kind": "conv2d", "out_channels": 500, "kernel_size": 3, "padding": 1}]
    wide += [{"kind": "relu"}] * 8 + [{"kind": "max_pool2d", "kernel_size": 28}, {"kind": "flatten"}]
    network = {"layers": [*wide, {"kind": "linear", "out_features": 10}]}
    assert admit(Job.read(SMALLEST | {"network": network, "batch_size": 128})).shape == (10,)
    with pytest.raises(Problem) as caught:
        admit(Job.read(SMALLEST | {"network": network, "batch_size": 4096}))
    assert caught.value.where == ("batch_size",)


def test_a_problem_of_the_network_is_told_inside_the_job():
    with pytest.raises(Problem) as caught:
        admit(Job.read(SMALLEST | {"network": {"layers": [{"kind": "flatten"}]}}))
    assert caught.value.where[:2] == ("network", "layers") and caught.value.mend


def test_weighted_draws_and_a_fixed_order_do_not_go_together():
    with pytest.raises(Problem) as caught:
        admit(Job.read(SMALLEST | {"sampling": "weighted", "shuffle": False}))
    assert caught.value.where == ("shuffle",)


@pytest.mark.parametrize(
    "field", [{"augmentation": [{"kind": "rotate"}]}, {"permuted": True}, {"normalization": "standardized"}]
)
def test_only_square_pictures_are_changed_or_prepared(field):
    points = {"dataset": {"kind": "spiral"}, "network": "spiral"}
    admit(Job.read(SMALLEST | points))
    with pytest.raises(Problem) as caught:
        admit(Job.read(SMALLEST | points | field))
    assert caught.value.where == tuple(field)


def test_a_split_that_leaves_nothing_is_refused_before_anything_is_loaded():
    job = Job.read(SMALLEST | {"dataset": {"kind": "strokes", "size": 200}, "validation": 200})
    with pytest.raises(Problem) as caught:
        admit(job)
    assert caught.value.where == ("validation",)
