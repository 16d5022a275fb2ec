"""How a data set is divided: what is kept apart, rare, or wrong on purpose, and in which order it comes."""

import json

import numpy as np
import pytest
import torch

from tests.trainer.trainings import a_job, events, last_weights, said
from trainer import checkpoint, weights
from trainer.assembly import assemble
from trainer.batches import batches, batches_per_epoch
from trainer.datasets.base import Images
from trainer.events import Finished
from trainer.export.trained import FORMS, PLAIN, Trained, taken
from trainer.preparation import Preparation
from trainer.probe import Probe
from trainer.problems import Problem
from trainer.sharing import shared_split
from trainer.training import Checkpoint
from trainer.weights import initial

CLASSES = 10
LINEAR = {"layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]}


def some_images(count=2_000, seed=3):
    """Images with classes of very different sizes; each has its number written in its first pixels."""
    chance = torch.Generator().manual_seed(seed)
    sizes = torch.tensor([30, 5, 9, 1, 20, 12, 3, 7, 2, 11], dtype=torch.float)
    labels = torch.multinomial(sizes, count, replacement=True, generator=chance)
    images = torch.randint(0, 256, (count, 1, 28, 28), dtype=torch.uint8, generator=chance)
    images[:, 0, 0, 0], images[:, 0, 0, 1] = torch.arange(count) % 256, torch.arange(count) // 256
    return Images(images, labels.to(torch.uint8), images[:50].clone(), labels[:50].to(torch.uint8))


def divided(images=None, **fields):
    images = images or some_images()
    return a_job(validation=300, **fields).division(len(images.train_labels)).divide(images)


def shares(part):
    return part.labels[part.chosen].bincount(minlength=CLASSES)


def dealt(part, epoch=1, seed=42):
    """The places of the images of an epoch, as their batches hold them; and all their labels."""
    pictures, labels = zip(*[(some.clone(), of) for some, of in batches(part, 64, seed, epoch)], strict=True)
    numbers = (torch.cat(pictures)[:, 0, 0, :2] * 255).round().long()
    return numbers[:, 0] + 256 * numbers[:, 1], torch.cat(labels)


@pytest.mark.parametrize("fields", [{}, {"stratified": True}], ids=["plain", "stratified"])
def test_d09_the_three_sets_never_overlap_and_follow_from_the_seed(fields):
    parts, again, other = (divided(seed=seed, **fields) for seed in (5, 5, 6))
    training, validation = (set(part.chosen.tolist()) for part in (parts.training, parts.validation))
    assert not training & validation and training | validation == set(range(2_000))
    assert (len(validation), len(parts.test)) == (300, 50)
    assert torch.equal(parts.validation.chosen, again.validation.chosen)
    assert not torch.equal(parts.validation.chosen, other.validation.chosen)
    assert parts.test.images.data_ptr() != parts.training.images.data_ptr()


def test_d11_stratified_parts_have_each_class_as_often_as_all():
    images = some_images()
    every = images.train_labels.bincount(minlength=CLASSES)
    for part, exact in (("validation", every * 0.15), ("training", every * 0.85)):
        stratified, plain = (shares(getattr(divided(images, stratified=how), part)) for how in (True, False))
        assert (stratified - exact).abs().max() <= 1
        assert (plain - exact).abs().max() > 1


def test_d14_every_image_comes_once_an_epoch_in_another_order():
    part = divided().training
    (first, _), (second, _), (again, _) = dealt(part, 1), dealt(part, 2), dealt(part, 1)
    assert first.sort().values.tolist() == second.sort().values.tolist() == sorted(part.chosen.tolist())
    assert not torch.equal(first, second) and torch.equal(first, again)


def test_d14_without_shuffle_every_epoch_has_the_same_order():
    part = divided(shuffle=False).training
    assert dealt(part, 1)[0].tolist() == dealt(part, 2)[0].tolist() == part.chosen.tolist()


RARE = {"kind": "rare_class", "which": 4, "share": 0.1}


def test_d13_a_class_becomes_rare_in_training_alone():
    plain, thinned = divided(), divided(imbalance=RARE)
    before, after = shares(plain.training), shares(thinned.training)
    assert after[4] == round(0.1 * int(before[4])) and (after != before).nonzero().tolist() == [[4]]
    assert torch.equal(plain.validation.chosen, thinned.validation.chosen)
    assert shares(divided(imbalance=RARE | {"share": 1e-9}).training)[4] == 1


def test_d13_weighted_sampling_draws_all_classes_alike():
    part = divided(some_images(6_800), imbalance=RARE, sampling="weighted").training
    drawn = torch.cat([part.labels[part.order(42, epoch)].long() for epoch in (1, 2)])
    assert len(drawn) > 10_000
    assert (drawn.bincount(minlength=CLASSES) / len(drawn) - 0.1).abs().max() < 0.02
    assert not torch.equal(part.order(42, 1), part.order(42, 2))
    assert torch.equal(dealt(part)[1].long(), drawn[: len(part)])
    assert set(part.order(42, 1).tolist()) <= set(part.chosen.tolist())


def test_d13_oversampling_repeats_rare_images_evenly():
    part = divided(imbalance=RARE, sampling="oversampled").training
    counts = shares(part)
    assert (counts == counts.max()).all()
    often = part.chosen.bincount(minlength=2_000)
    for one in range(CLASSES):
        of_class = often[(part.labels == one) & (often > 0)]
        assert of_class.max() - of_class.min() <= 1


def recall(job, folders, which):
    things = said(job, folders)
    tensors, facts = weights.unpack(last_weights(things))
    probe = Probe(job.network, tensors, preparation=Preparation.read(facts))
    images = job.dataset.load(folders)
    wanted = images.test_images[images.test_labels == which, 0].numpy()
    return np.mean([look.digit == which for look in probe.look_at_all(list(wanted))])


def test_d13_the_rare_class_is_found_more_often_with_weighted_sampling(folders):
    rare = {"imbalance": {"kind": "rare_class", "which": 2, "share": 0.06}, "network": LINEAR, "epochs": 4}
    rare["optimizer"] = {"kind": "sgd", "lr": 0.004}
    found = [recall(a_job(sampling=how, **rare), folders, 2) for how in ("natural", "weighted")]
    assert found[1] > found[0]


def test_a_share_of_the_training_labels_is_wrong_and_no_other():
    images = some_images()
    plain, noisy = divided(images), divided(images, label_noise=0.25)
    chosen = plain.training.chosen
    wrong = plain.training.labels[chosen] != noisy.training.labels[chosen]
    assert wrong.sum() == round(0.25 * len(chosen)) and noisy.training.labels.max() < CLASSES
    for part in ("validation", "test"):
        one, other = getattr(plain, part), getattr(noisy, part)
        assert torch.equal(one.labels[one.chosen], other.labels[other.chosen])
    assert torch.equal(images.train_labels, some_images().train_labels)
    all_wrong = divided(images, label_noise=1).training
    assert not (all_wrong.labels[chosen] == plain.training.labels[chosen]).any()


def test_d08_standardized_pixels_have_mean_0_and_spread_1():
    part = divided(normalization="standardized", imbalance=RARE).training
    pictures = torch.cat([pictures for pictures, _ in part.in_order()])
    assert abs(pictures.mean()) < 1e-4 and abs(pictures.std() - 1) < 1e-4
    nothing = Images(*(torch.zeros(40, 1, 28, 28, dtype=torch.uint8), torch.zeros(40, dtype=torch.uint8)) * 2)
    still = a_job(validation=4, normalization="standardized").division(40).divide(nothing)
    assert still.training.preparation.std == 1


@pytest.mark.long
def test_d07_d08_mean_and_spread_of_mnist(mnist):
    job = a_job(dataset={"kind": "mnist"}, normalization="standardized", validation=1)
    parts = shared_split(job, mnist, torch.device("cpu"))
    prepared = parts.training.preparation
    assert round(prepared.mean, 4) == 0.1307 and round(prepared.std, 4) == 0.3081
    images = parts.training.images
    assert (images.min().item(), images.max().item()) == (0, 255)
    assert torch.tensor([0, 255, 126]).div(255).tolist() == pytest.approx([0, 1, 0.4941], abs=1e-4)


def test_one_permutation_of_pixels_is_the_same_everywhere(folders):
    plain, mixed, other = (
        shared_split(a_job(**fields), folders, torch.device("cpu"))
        for fields in ({}, {"permuted": True}, {"permuted": True, "seed": 7})
    )
    orders = []
    for part in ("validation", "test"):
        one, two = (next(getattr(parts, part).in_order())[0].flatten(1) for parts in (plain, mixed))
        assert not torch.equal(one, two)
        assert torch.equal(one.sort(1).values, two.sort(1).values)
        orders.append(mixed.training.preparation(torch.arange(784.0).view(1, 1, 28, 28)))
    assert torch.equal(*orders)
    assert mixed.training.preparation != other.training.preparation
    dealt, _ = next(batches(mixed.training, 17, 42, 1))
    before, _ = next(batches(plain.training, 17, 42, 1))
    assert torch.equal(dealt, mixed.training.preparation.reordered(before))


PREPARED = {"normalization": "standardized", "permuted": True, "network": LINEAR}


def test_whoever_looks_through_the_weights_prepares_alike(folders):
    """What a probe answers is what the validation of the training saw, from weights and from a checkpoint."""
    job = a_job(**PREPARED)
    things = said(job, folders)
    tensors, facts = weights.unpack(last_weights(things))
    last = [thing for thing in things if isinstance(thing, Checkpoint)][-1]
    _, kept, prepared = checkpoint.weights(last.blob)
    assert prepared == Preparation.read(facts) == Preparation.read(json.loads(json.dumps(facts)))
    part = shared_split(job, folders, torch.device("cpu")).validation
    pictures = part.images[part.chosen].numpy()[..., 0]
    for weights_of in (tensors, kept):
        looks = Probe(job.network, weights_of, preparation=prepared).look_at_all(list(pictures))
        labels = part.labels[part.chosen].tolist()
        right = [look.digit == label for look, label in zip(looks, labels, strict=True)]
        assert np.mean(right) == pytest.approx(events(things)[-1].validation_accuracy)
        shown = looks[0].outputs["input"]
        assert shown.min() >= 0 and shown.max() <= 1
    assert isinstance(events(things)[-1], Finished)


def test_weights_without_preparation_say_nothing_of_one(folders):
    blob = last_weights(said(a_job(network=LINEAR, epochs=1), folders))
    _, facts = weights.unpack(blob)
    assert set(facts) == {"format", "step"} and not Preparation.read(facts)


@pytest.mark.parametrize(
    "facts",
    [{"mean": "x"}, {"std": "0"}, {"std": "nan"}, {"mean": "inf"}, {"pixels": "1.5"}, {"pixels": "many"}],
)
def test_a_preparation_that_is_none_is_refused(facts):
    with pytest.raises(Problem):
        Preparation.read(facts)


@pytest.mark.parametrize(
    ("classes", "fields", "where"),
    [
        (("yes", "no"), {"imbalance": RARE}, ("imbalance", "which")),
        ((), {"stratified": True}, ("stratified",)),
        ((), {"label_noise": 0.1}, ("label_noise",)),
        ((), {"sampling": "oversampled"}, ("sampling",)),
        ((), {"imbalance": RARE}, ("imbalance",)),
    ],
)
def test_classes_that_are_not_there_are_told(classes, fields, where, monkeypatch):
    job = a_job(**fields)
    monkeypatch.setattr(type(job.dataset), "classes", classes)
    with pytest.raises(Problem) as caught:
        job.division(203)
    assert caught.value.where == where


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_cannot_say_how_pictures_are_prepared_is_refused(form):
    job = a_job(network=LINEAR)
    module = initial(assemble(job.network), seed=1).module
    plain, prepared = (
        Trained(job, weights.pack(module, step=1, **facts)) for facts in ({}, {"mean": 0.1, "pixels": 5})
    )
    if form in PLAIN:
        with pytest.raises(Problem, match="prepared"):
            taken(form, prepared)
    else:
        assert taken(form, prepared).content
    if form == "keras":
        assert taken(form, plain).content


@pytest.mark.parametrize("prepared", [3, "mean", [["mean"]], {"std": -1}])
def test_a_checkpoint_that_tells_of_no_preparation_is_refused(folders, prepared):
    blob = next(thing for thing in said(a_job(network=LINEAR), folders) if isinstance(thing, Checkpoint)).blob
    size = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + size])
    facts = json.loads(header["__metadata__"]["checkpoint"]) | {"prepared": prepared}
    header["__metadata__"]["checkpoint"] = json.dumps(facts)
    told = json.dumps(header).encode()
    told += b" " * (-len(told) % 8)
    with pytest.raises(Problem):
        checkpoint.weights(len(told).to_bytes(8, "little") + told + blob[8 + size :])


@pytest.mark.parametrize(
    ("fields", "images"),
    [({}, 90), ({"imbalance": RARE}, 82), ({"imbalance": RARE, "sampling": "oversampled"}, 90)],
)
def test_an_estimate_knows_about_how_long_an_epoch_is(fields, images):
    assert a_job(validation=10, **fields).epoch_of(100) == images


def test_the_number_of_batches_told_is_that_of_the_images_left(folders):
    job = a_job(imbalance={"kind": "rare_class", "which": 3, "share": 0.1}, network=LINEAR, epochs=1)
    started, *_, finished = events(said(job, folders))
    assert started.training < 170 and started.batches_per_epoch == batches_per_epoch(started.training, 17)
    assert finished.step == started.steps
    assert assemble(job.network).shape == (10,)
