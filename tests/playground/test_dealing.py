"""What a training receives, as the page shows it before: a digit augmented, and the very batches of a job."""

import base64
from typing import Any

import numpy as np
import pytest
import torch
from django.test import Client

from playground.runs.data import folders
from tests.playground.jobs import NETWORK, job
from tests.playground.permissions import PICTURE
from trainer.job import Job
from trainer.step import Step
from trainer.training import train

pytestmark = pytest.mark.django_db
TURNED = [{"kind": "rotate", "degrees": 40}, {"kind": "noise", "std": 0.2}]
DRAWN = [{"brush": 22, "points": [[80, 60], [140, 60], [110, 220]]}]


def ask(path: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = Client().post(f"/api/{path}", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def pictures(told: list[str], kind: type = np.uint8) -> list[np.ndarray]:
    return [np.frombuffer(base64.b64decode(one), kind) for one in told]


def test_nine_ways_in_which_my_own_digit_may_come() -> None:
    mine = {"augmentation": TURNED, "strokes": DRAWN, "dataset": "strokes"}
    told = ask("augmented", mine)
    ways = pictures(told["pictures"])
    [before] = pictures([told["before"]])
    assert len(ways) == 9 and told["label"] is None and before.any()
    assert len({way.tobytes() for way in [before, *ways]}) == 10
    assert told == ask("augmented", mine) != ask("augmented", mine | {"seed": 3})


def test_without_augmentation_it_comes_as_it_is() -> None:
    told = ask("augmented", {"augmentation": [], "strokes": DRAWN, "dataset": "strokes"})
    assert set(told["pictures"]) == {told["before"]}


@pytest.mark.parametrize("sent", [{}, {"strokes": []}, {"picture": PICTURE}], ids=lambda sent: ",".join(sent))
def test_where_nothing_is_drawn_a_digit_of_the_data_set_stands_in(sent: dict[str, Any]) -> None:
    told = ask("augmented", {"augmentation": [{"kind": "mixup", "alpha": 1}], "dataset": "strokes"} | sent)
    assert 0 <= told["label"] <= 9 and any(pictures([told["before"]])[0])
    assert len(set(told["pictures"])) > 5  # other digits are in its batch


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"augmentation": [{"kind": "love"}]}, [0, "kind"]),
        ({"augmentation": [{"kind": "blur", "sigma": -1}]}, [0, "sigma"]),
        ({"augmentation": [{"kind": "blur"}] * 13}, [12]),
        ({"augmentation": [], "picture": "AA=="}, ["probes", 0, "picture"]),
        ({"augmentation": [], "strokes": [{"brush": 22, "points": "many"}]}, ["strokes", 0, "points"]),
        ({"augmentation": [], "dataset": "cats"}, ["dataset"]),
    ],
)
def test_what_cannot_be_tried_is_told_at_its_place(wrong: dict[str, Any], where: list[Any]) -> None:
    assert ask("augmented", wrong, 422)["problem"]["where"] == where


FIELDS = {
    "augmentation": TURNED,
    "normalization": "standardized",
    "sampling": "weighted",
    "label_noise": 0.3,
    "imbalance": {"kind": "rare_class", "which": 2, "share": 0.2},
}


def received(told: Job, steps: list[int], monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """What the steps of a training get."""
    got: dict[int, Any] = {}
    original = Step.__call__

    def noting(self: Step, images: torch.Tensor, labels: torch.Tensor, *more: Any) -> Any:
        got[len(got) + 1] = images.clone(memory_format=torch.contiguous_format), labels.clone()
        return original(self, images, labels, *more)

    monkeypatch.setattr(Step, "__call__", noting)
    list(train(told, folders=folders()))
    return {step: got[step] for step in steps}


@pytest.mark.parametrize("fields", [{}, FIELDS], ids=["plain", "all"])
def test_the_batches_shown_are_those_that_the_training_receives(
    fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = job(**fields, epochs=2)
    seen = received(Job.read(given), [1, 5, 29, 30], monkeypatch)
    per_epoch = ask("batch", given)["batches"]
    for step, (images, labels) in seen.items():
        epoch, batch = divmod(step - 1, per_epoch)
        told = ask(f"batch?epoch={epoch + 1}&batch={batch + 1}&count=100", given)
        assert told["shape"] == [1, 28, 28] and told["images"] == len(images)
        assert told["labels"] == labels.tolist()
        for shown, image in zip(pictures(told["pictures"], np.float32), images, strict=True):
            assert shown.tobytes() == image.numpy().tobytes()


def test_some_of_a_batch_and_the_parts_of_the_split() -> None:
    told = ask("batch?first=60&count=10", job())
    assert (told["training"], told["validation"], told["test"]) == (1_800, 200, 10_000)
    assert len(told["pictures"]) == len(told["labels"]) == 4 and told["images"] == 64


def test_batches_that_are_not_there_are_told() -> None:
    assert "29 batches" in ask("batch?batch=30", job(), 422)["problem"]["message"]
    ask("batch?epoch=0", job(), 422)
    assert ask("batch", {"network": NETWORK}, 422)["problem"]["where"] == ["dataset"]
    away = job(dataset={"kind": "mnist"})
    told = Client().post("/api/batch", away, content_type="application/json")
    assert told.status_code in (200, 422)  # where MNIST lies here, it is shown
