"""Where files of runs lie, on a disk or in a bucket: the same to whoever reads and writes them."""

import importlib
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import safetensors.torch
import torch
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.test import override_settings

from playground.environment import file_storage
from playground.runs import archive
from playground.storage import WholeFileStorage
from tests.operation.bucket_server import BUCKET, BucketServer


def opened(url: str) -> Any:
    """The storage that STORAGE_URL chooses."""
    told = file_storage(url)
    module, _, name = told["BACKEND"].rpartition(".")
    return getattr(importlib.import_module(module), name)(**told.get("OPTIONS", {}))


def read(storage: Any, name: str) -> bytes:
    with storage.open(name) as file:
        content: bytes = file.read()
    return content


@pytest.fixture(params=["disk", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "disk":
        return WholeFileStorage(tmp_path)
    return opened(request.getfixturevalue("bucket").url(f"school/{uuid4()}"))


def test_a_file_is_replaced_and_read_back(storage: Any) -> None:
    for content in (b"first", b"", bytes(9_000_001)):
        assert storage.save("runs/a/weights", ContentFile(content)) == "runs/a/weights"
        assert read(storage, "runs/a/weights") == content
        assert storage.size("runs/a/weights") == len(content)
    assert storage.listdir("runs") == (["a"], [])
    assert storage.listdir("runs/a") == ([], ["weights"])


def test_what_is_missing_is_told_as_on_a_disk(storage: Any) -> None:
    assert not storage.exists("runs/none")
    storage.delete("runs/none")
    for ask in (storage.open, storage.size, storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask("runs/none")


def test_all_files_below_a_folder_are_found_with_size_and_time(storage: Any) -> None:
    for name, size in (("runs/a/one", 3), ("runs/a/b/two", 5), ("runsnot/three", 7)):
        storage.save(name, ContentFile(bytes(size)))
    found = {kept.name: kept for kept in storage.below("runs")}
    assert {name: kept.size for name, kept in found.items()} == {"runs/a/one": 3, "runs/a/b/two": 5}
    told = storage.get_modified_time("runs/a/one")
    assert abs((found["runs/a/one"].changed - told).total_seconds()) < 2
    assert list(storage.below("nothing")) == []


def test_no_reader_sees_half_a_file(storage: Any) -> None:
    sizes, ended = set(), threading.Event()
    storage.save("x", ContentFile(bytes(1_000_000)))

    def look() -> None:
        while not ended.is_set():
            sizes.add(len(read(storage, "x")))

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(20):
        storage.save("x", ContentFile(bytes(1_000_000 + number % 2)))
    ended.set()
    reader.join()
    assert sizes <= {1_000_000, 1_000_001}


def test_a_bucket_that_refuses_or_is_silent_is_an_oserror(bucket: BucketServer) -> None:
    refuses = opened(bucket.url().replace(BUCKET, "not-made"))
    with pytest.raises(OSError, match="refused"):
        refuses.save("x", ContentFile(b"x"))
    silent = opened("s3://b/?endpoint=http://127.0.0.1:9&region=us-east-1")
    with pytest.raises(OSError, match="does not answer"):
        silent.exists("x")


@pytest.mark.parametrize("url", ["http://x", "s3://", "s3:///x", "s3://b?password=1", "/folder"])
def test_an_address_that_makes_no_sense_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL must be"):
        file_storage(url)


def test_a_run_keeps_its_last_two_checkpoints_in_a_bucket(bucket: BucketServer) -> None:
    run = uuid4()
    with override_settings(STORAGES={"default": file_storage(bucket.url("school"))}):
        for step in (10, 200, 3_000):
            archive.keep_checkpoint(run, step, safetensors.torch.save({"step": torch.tensor(step)}))
        step, blob = archive.newest_checkpoint(run) or (0, b"")
        assert step == safetensors.torch.load(blob)["step"] == 3_000
        archive.keep_weights(run, b"weights")
        assert archive.weights(run) == b"weights"
        assert archive.weights_stamp(run)
    assert len([name for name in bucket.names() if name.startswith(f"school/runs/{run}/checkpoint")]) == 2
