"""Augmentation: what each change does, that it is exact, and that it never meets what tests."""

import pytest
import torch

from tests.trainer.trainings import a_job, events, last_weights, points, said
from trainer.augmentation import Augmenter, kinds
from trainer.batches import batches
from trainer.entry import describe, read_entry
from trainer.events import Finished
from trainer.isolation import stream
from trainer.sharing import shared_split
from trainer.training import train

NEEDED = "rotate shift zoom shear elastic thickness noise blur erase invert contrast flip crop pad mixup"
STRONG = {"degrees": 40, "pixels": 5, "share": 0.5, "slant": 0.8, "std": 0.4, "sigma": 2, "side": 12}


def made(kind, **fields):
    return read_entry(kinds(), "augmentation", {"kind": kind, **fields})


def strong(kind):
    """An augmentation that surely changes a picture."""
    known = {field: STRONG[field] for field in kinds()[kind].model_fields if field in STRONG}
    return made(kind, probability=1, **known)


def augmented(pictures, *augmentations, seed=3, epoch=1, batch=0):
    return Augmenter(augmentations, seed)(pictures, epoch, batch)


@pytest.fixture
def pictures():
    """Eight pictures with a dot, a bar and a ramp: no two pixels of ink tell the same story."""
    made = torch.zeros(8, 1, 28, 28)
    made[:, 0, 5:23, 12:15] = 1
    made[:, 0, 6, 4:24] = torch.linspace(0.1, 0.9, 20)
    made[:, 0, 20, 20] = torch.linspace(0.2, 1, 8)
    return made


def test_d15_all_that_is_named_is_there_and_describes_itself():
    assert list(kinds()) == list(dict.fromkeys(kinds())) and set(kinds()) >= set(NEEDED.split())
    for cls in kinds().values():
        told = describe(cls)
        assert told["label"] and 20 <= len(told["help"].split("\n\n")[0]) <= 140
        assert all(field["help"] and field["default"] is not None for field in told["fields"])


@pytest.mark.parametrize("kind", kinds())
def test_d15_neutral_parameters_return_the_input(kind, pictures):
    amount = kinds()[kind].amount
    neutral = [made(kind, probability=0), *([made(kind, **{amount: 0})] if amount else [])]
    for one in neutral:
        assert one.neutral and not Augmenter([one], 1)
        between = augmented(pictures, made("invert", probability=1), one, made("invert", probability=1))
        torch.testing.assert_close(between, pictures, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", kinds())
def test_d15_pictures_stay_28_by_28_and_between_0_and_1(kind, pictures):
    for given in (pictures, torch.ones(3, 1, 28, 28), torch.rand(5, 1, 28, 28), pictures[:1]):
        found = augmented(given, strong(kind))
        assert found.shape == given.shape and found.dtype == torch.float32
        assert found.isfinite().all() and found.min() >= 0 and found.max() <= 1


@pytest.mark.parametrize("kind", kinds())
def test_each_changes_every_picture_in_another_way_and_repeats(kind, pictures):
    before = pictures.clone()
    found = augmented(pictures, strong(kind))
    assert torch.equal(pictures, before)
    same = [torch.equal(*pair) for pair in zip(found, pictures, strict=True)]
    assert not any(same) or (kind == "mixup" and not all(same))  # which may draw a picture as its own partner
    assert torch.equal(found, augmented(pictures, strong(kind)))
    if kind not in ("flip", "invert", "pad"):  # these have nothing to draw
        others = [
            augmented(pictures, strong(kind), **other) for other in ({"seed": 4}, {"epoch": 2}, {"batch": 1})
        ]
        assert all(not torch.equal(found, other) for other in others)


@pytest.mark.parametrize("kind", kinds())
def test_pictures_that_chance_leaves_out_are_as_they_were(kind, pictures):
    many = pictures.repeat(25, 1, 1, 1)
    found = augmented(many, strong(kind).model_copy(update={"probability": 0.3}))
    left = (found == many).flatten(1).all(1).sum().item()
    assert 110 < left < 170  # of 200


def test_d15_two_flips_are_none(pictures):
    for direction in ("sideways", "upside"):
        flip = made("flip", probability=1, direction=direction)
        assert torch.equal(augmented(pictures, flip, flip), pictures)
        assert not torch.equal(augmented(pictures, flip), pictures)


def test_a_shift_of_whole_pixels_moves_every_pixel(pictures, monkeypatch):
    monkeypatch.setattr(torch, "rand", lambda shape, generator: torch.ones(shape))
    found = augmented(pictures, made("shift", pixels=2))
    expected = torch.zeros_like(pictures)
    expected[..., :-2, :-2] = pictures[..., 2:, 2:]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_a_turn_by_90_degrees_and_a_pad_are_what_they_say(pictures, monkeypatch):
    monkeypatch.setattr(torch, "rand", lambda shape, generator: torch.ones(shape))
    turned = augmented(pictures, made("rotate", degrees=90))
    torch.testing.assert_close(turned, pictures.rot90(1, (2, 3)), rtol=0, atol=1e-5)
    padded = augmented(torch.ones(1, 1, 28, 28), made("pad", pixels=7))
    assert padded[0, 0, 14, :4].max() == 0 and padded[0, 0, 14, 6:22].min() > 0.99


def test_moves_that_follow_each_other_are_sampled_once(pictures):
    one = [made("zoom", share=0.5), made("rotate", degrees=30), made("shift", pixels=9)]
    together = augmented(pictures, *one, made("elastic", pixels=3))
    assert not torch.equal(together, pictures)
    assert len(Augmenter(one, 1)._changes) == 1
    assert len(Augmenter([*one, made("elastic"), *one], 1)._changes) == 2


def test_a_mixed_picture_keeps_more_of_itself(pictures):
    many = torch.eye(64).reshape(64, 1, 8, 8)
    found = augmented(many, made("mixup", alpha=1))
    kept = found.flatten(1).diagonal()
    assert 0.6 < kept.mean() < 0.75  # 2 / 3 of Beta(2, 1)
    torch.testing.assert_close(found.flatten(1).sum(1), torch.ones(64))


ALL = [{"kind": "rotate"}, {"kind": "elastic"}, {"kind": "noise"}, {"kind": "mixup"}]


def test_d12_pictures_that_test_are_the_same_with_augmentation_and_without(folders):
    plain, changed = a_job(), a_job(augmentation=ALL)
    parts = [shared_split(job, folders, torch.device("cpu")) for job in (plain, changed)]
    for name in ("validation", "test"):
        for one, other in zip(*(getattr(part, name).in_order() for part in parts), strict=True):
            assert torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])


def test_d12_a_network_that_learns_nothing_is_judged_the_same(folders):
    """With a rate that changes nothing, validation and test tell the same to the last bit."""
    still = {"optimizer": {"kind": "sgd", "lr": 1e-30}, "network": "small-cnn"}
    told = [said(a_job(**still, augmentation=given), folders) for given in ([], ALL)]
    ends = [[event for event in events(things) if isinstance(event, Finished)] for things in told]
    [one], [other] = ends
    assert (one.test_loss, one.validation_loss) == (other.test_loss, other.validation_loss)
    assert points(told[0]) != points(told[1])


def test_none_is_as_before_bit_by_bit(folders):
    plain = said(a_job(), folders)
    neutral = said(
        a_job(augmentation=[{"kind": "noise", "std": 0}, {"kind": "flip", "probability": 0}]), folders
    )
    assert last_weights(plain) == last_weights(neutral)


def test_it_changes_what_is_learned_from(folders):
    """Also through `batches`, from any batch on, and the labels stay."""
    job = a_job(augmentation=ALL)
    part = shared_split(job, folders, torch.device("cpu")).training
    change = Augmenter(job.augmentation, 42)
    plain = [(pictures.clone(), labels) for pictures, labels in batches(part, 17, 42, 1)]
    whole = [(pictures.clone(), labels) for pictures, labels in batches(part, 17, 42, 1, change=change)]
    rest = [(pictures.clone(), labels) for pictures, labels in batches(part, 17, 42, 1, 4, change)]
    assert all(torch.equal(one[1], other[1]) for one, other in zip(plain, whole, strict=True))
    assert not any(torch.equal(one[0], other[0]) for one, other in zip(plain, whole, strict=True))
    assert all(torch.equal(one[0], other[0]) for one, other in zip(whole[4:], rest, strict=True))
    assert whole[0][0].stride() == plain[0][0].stride()


def test_its_chances_are_nobody_elses():
    used = {
        stream(stream(seed, 10_000 + epoch), batch)
        for seed in (0, 41, 42)
        for epoch in (1, 2)
        for batch in range(50)
    }
    assert len(used) == 300
    assert not used & {stream(seed, epoch) for seed in (0, 41, 42) for epoch in range(1_001)}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_d16_it_fights_overfitting(folders):
    """A thousand images learned by heart: the gap between training and validation is smaller with it."""
    gaps = []
    moves = [
        {"kind": "rotate", "degrees": 15},
        {"kind": "shift", "pixels": 2},
        {"kind": "zoom", "share": 0.15},
    ]
    for given in ([], moves):
        job = a_job(
            network="small-cnn",
            dataset={"kind": "strokes", "size": 2_000},
            validation=1_000,
            epochs=20,
            augmentation=given,
            threads=2,
        )
        things = list(train(job, folders=folders))
        curve = list(points(things).values())
        [finished] = [event for event in events(things) if isinstance(event, Finished)]
        learned = sum(accuracy for _, accuracy in curve[-50:]) / 50
        gaps.append(learned - finished.validation_accuracy)
    assert gaps[1] < gaps[0]
