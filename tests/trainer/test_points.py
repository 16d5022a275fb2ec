"""Points of a plane: six sets made from formulas, their splits, their scripts, and the spiral."""

import pytest
import torch

from tests.trainer.scripts import Both
from tests.trainer.test_exact import interrupted
from tests.trainer.trainings import a_job, events, said
from trainer import datasets
from trainer.batches import batches
from trainer.division import Division
from trainer.job import Job

SETS = [kind for kind, cls in datasets.kinds().items() if cls.shape == (2,)]
DEEP = [{"kind": "linear", "out_features": 5}, {"kind": "tanh"}, {"kind": "linear", "out_features": 1}]


def points_of(kind, **fields):
    return datasets.kinds()[kind](**fields).load(None)


def a_plane(kind, **fields):
    is_value = not datasets.kinds()[kind].classes
    task = {"kind": "value"} if is_value else {"kind": "two_classes", "digit": 1}
    base = {
        "network": {"input": [2], "layers": DEEP},
        "dataset": {"kind": kind, "size": 200, "noise": 0.1},
        "task": task,
        "loss": {"kind": "mse" if is_value else "bce_with_logits"},
    }
    return a_job(**base | fields)


def test_there_are_four_sets_with_classes_and_two_with_numbers():
    assert set(SETS) == {"circle", "xor", "gauss", "spiral", "plane", "hills"}
    assert sum(not datasets.kinds()[kind].classes for kind in SETS) == 2


@pytest.mark.parametrize("kind", SETS)
def test_points_are_as_many_as_asked_always_the_same_and_those_of_the_test_are_others(kind):
    images, again = points_of(kind, size=300), points_of(kind, size=300)
    assert images.train_images.shape == (300, 2) and images.train_images.dtype == torch.float32
    assert torch.equal(images.train_images, again.train_images)
    assert torch.equal(images.train_labels, again.train_labels)
    distance = torch.cdist(images.train_images, images.test_images)
    assert len(images.test_labels) == 500 and distance.min() > 0
    assert images.train_images.abs().max() <= 6 or kind == "gauss"
    low, high = datasets.kinds()[kind]().span
    assert low <= images.train_labels.min() and images.train_labels.max() <= high


@pytest.mark.parametrize("kind", [kind for kind in SETS if datasets.kinds()[kind].classes])
def test_classes_are_even_and_noise_mixes_them(kind):
    clean, noisy = points_of(kind, size=1_000), points_of(kind, size=1_000, noise=1.0)
    assert 0.4 < clean.train_labels.float().mean() < 0.6
    assert mixed(noisy) > 0.05 > mixed(clean)


def mixed(images):
    """The share of points whose nearest neighbour is of the other class."""
    distance = torch.cdist(images.train_images, images.train_images).fill_diagonal_(99)
    return (images.train_labels[distance.argmin(1)] != images.train_labels).float().mean().item()


@pytest.mark.parametrize("kind", SETS)
def test_an_epoch_deals_every_point_once(kind):
    images = points_of(kind, size=101).on(torch.device("cpu"))
    part = Division(validation=20, seed=4).divide(images).training
    dealt = [rows.clone() for rows, _ in batches(part, 9, 4, epoch=2)]
    assert sorted(map(tuple, torch.cat(dealt).tolist())) == sorted(
        map(tuple, images.train_images[part.chosen].tolist())
    )
    rest = [rows.clone() for rows, _ in batches(part, 9, 4, epoch=2, skip=3)]
    assert all(torch.equal(one, other) for one, other in zip(dealt[3:], rest, strict=True))


@pytest.mark.parametrize("kind", SETS)
def test_a_plane_goes_on_bit_by_bit(kind, folders):
    interrupted(a_plane(kind), folders)


@pytest.mark.parametrize("kind", SETS)
def test_a_script_makes_the_same_points_and_learns_the_same(kind, folders):
    both = Both(a_plane(kind, epochs=1), folders)
    both.learned_the_same()
    both.answers_the_same()
    assert both.script.lines <= 50 and "gzip" not in both.script.text and "argv" not in both.script.text


def test_features_are_numbers_squares_products_and_sines():
    from trainer.layers import kinds

    layer = kinds()["features"](squares=True, products=True, sines=True)
    x = torch.tensor([[2.0, -3.0]])
    found = layer.build((2,))(x)[0].tolist()
    assert found == pytest.approx([2, -3, 4, 9, -6, torch.sin(x[0, 0]).item(), torch.sin(x[0, 1]).item()])


def test_squares_make_a_circle_a_matter_of_one_neuron(folders):
    layers = [{"kind": "features", "squares": True}, {"kind": "linear", "out_features": 1}]
    fields = {"epochs": 30, "optimizer": {"kind": "adam", "lr": 0.1}, "dataset": {"kind": "circle"}}
    found = {}
    for name, chosen in (("with", layers), ("without", layers[1:])):
        job = a_plane("circle", network={"input": [2], "layers": chosen}, **fields)
        found[name] = events(said(job, folders))[-1].test_accuracy
    assert found["with"] > 0.97 > 0.75 > found["without"]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_eight_and_eight_neurons_solve_the_spiral_from_four_of_five_seeds(folders):
    found = []
    for seed in (1, 2, 3, 4, 5):
        job = Job.read({"network": "spiral", "seed": seed, "threads": 1})
        assert [layer.kind for layer in job.network.layers] == ["linear", "tanh", "linear", "tanh", "linear"]
        found.append(events(said(job, folders))[-1].test_accuracy)
    assert sum(accuracy >= 0.99 for accuracy in found) >= 4, found
