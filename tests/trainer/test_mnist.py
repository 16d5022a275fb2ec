"""MNIST and its likes: from a person's folder, from the cache, from mirrors that fail in every way."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from trainer.datasets import kinds
from trainer.datasets.base import Folders
from trainer.datasets.idx import FourFiles
from trainer.datasets.likewise import FashionMnist, Kmnist
from trainer.datasets.mnist import DIGESTS, MIRRORS, Mnist
from trainer.problems import Problem


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


CHANCE = np.random.default_rng(5)
CONTENT = {
    name: idx(CHANCE.integers(0, 256 if "images" in name else 10, shape, np.uint8))
    for name, shape in zip(DIGESTS, [(37, 28, 28), (37,), (11, 28, 28), (11,)], strict=True)
}


class Mirror(BaseHTTPRequestHandler):
    """A web server with the small files; a test may break it."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[tuple[str, str | None]]] = []
    knows_ranges = True
    gives: int | None = None  # bytes of a file before the connection is lost

    def do_GET(self) -> None:
        begin = self.headers.get("Range")
        type(self).asked.append((self.path, begin))
        content = self.files.get(self.path.rpartition("/")[2])
        if content is None:
            self.send_error(404)
            return
        first = int(begin[6:-1]) if begin and self.knows_ranges else 0
        if first >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        self.wfile.write(content[first:][: self.gives])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def mirror() -> Iterator[tuple[type[Mirror], str]]:
    class Fresh(Mirror):
        files: ClassVar[dict[str, bytes]] = {f"{name}.gz": gzip.compress(it) for name, it in CONTENT.items()}
        asked: ClassVar[list[tuple[str, str | None]]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Fresh)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Fresh, f"http://127.0.0.1:{server.server_port}/mnist/"
    server.shutdown()
    server.server_close()
    thread.join()


def small(*addresses: str) -> Mnist:
    class Small(Mnist):
        mirrors = addresses
        digests: ClassVar[dict[str, str]] = {
            name: hashlib.md5(it).hexdigest() for name, it in CONTENT.items()
        }

    return Small()


def bring(folder: Path, packed: bool, **other: bytes) -> Folders:
    (folder / "data/mnist").mkdir(parents=True)
    for name, content in {**CONTENT, **other}.items():
        file = folder / "data/mnist" / (f"{name}.gz" if packed else name)
        file.write_bytes(gzip.compress(content) if packed else content)
    return Folders(folder / "data", folder / "cache")


def in_cache(folders: Folders) -> list[str]:
    return sorted(file.name for file in (folders.cache / "mnist").iterdir())


@pytest.mark.parametrize("packed", [True, False])
def test_a_folder_brought_along_is_read_and_nothing_is_written(tmp_path: Path, packed: bool) -> None:
    folders = bring(tmp_path, packed)
    images = small().load(folders)
    assert images.train_images.shape == (37, 1, 28, 28) and images.test_labels.shape == (11,)
    assert images.train_images.numpy().tobytes() == CONTENT["train-images-idx3-ubyte"][16:]
    assert images.test_labels.tolist() == list(CONTENT["t10k-labels-idx1-ubyte"][8:])
    assert not folders.cache.exists()


def test_size_takes_the_first_training_images_and_all_test_images(tmp_path: Path) -> None:
    images = small().model_copy(update={"size": 13}).load(bring(tmp_path, True))
    assert len(images.train_images) == len(images.train_labels) == 13 and len(images.test_images) == 11


def test_a_damaged_file_in_the_folder_is_named(tmp_path: Path) -> None:
    folders = bring(tmp_path, True)
    path = tmp_path / "data/mnist/t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(Problem, match=r"t10k-images-idx3-ubyte\.gz is not MNIST"):
        small().load(folders)


def test_files_of_another_data_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="train-labels-idx1-ubyte"):
        small().load(bring(tmp_path, False, **{"train-labels-idx1-ubyte": idx(np.zeros(37, np.uint8))}))


def test_missing_files_are_downloaded_once(mirror: tuple[type[Mirror], str], tmp_path: Path) -> None:
    server, address = mirror
    folders, told = Folders(tmp_path / "not there", tmp_path / "deep/cache"), []
    first = small(address).load(folders, told.append)
    again = small(address).load(folders)
    assert first.test_images.equal(again.test_images) and len(server.asked) == 4
    assert told[0].startswith("Downloading train-images-idx3-ubyte.gz: ") and told[-1].endswith("100 %")
    assert in_cache(folders) == sorted(f"{name}.gz" for name in CONTENT)


def test_an_interrupted_download_goes_on(mirror: tuple[type[Mirror], str], tmp_path: Path) -> None:
    server, address = mirror
    folders = Folders(None, tmp_path)
    server.gives = 1000
    with pytest.raises(Problem, match="connection was lost"):
        small(address).load(folders)
    server.gives = None
    assert len(small(address).load(folders).train_images) == 37
    assert server.asked[1] == ("/mnist/train-images-idx3-ubyte.gz", "bytes=1000-")
    assert not [name for name in in_cache(folders) if name.endswith(".part")]


def test_a_server_without_ranges_begins_anew(mirror: tuple[type[Mirror], str], tmp_path: Path) -> None:
    server, address = mirror
    server.gives = 1000
    with pytest.raises(Problem):
        small(address).load(Folders(None, tmp_path))
    server.gives, server.knows_ranges = None, False
    assert len(small(address).load(Folders(None, tmp_path)).train_images) == 37


def test_a_part_that_is_already_whole_is_taken(mirror: tuple[type[Mirror], str], tmp_path: Path) -> None:
    server, address = mirror
    (tmp_path / "mnist").mkdir()
    whole = server.files["train-images-idx3-ubyte.gz"]
    (tmp_path / "mnist/train-images-idx3-ubyte.gz.127.0.0.1.part").write_bytes(whole)
    assert len(small(address).load(Folders(None, tmp_path)).train_images) == 37


def test_a_file_with_another_digest_is_thrown_away_and_the_next_mirror_asked(
    mirror: tuple[type[Mirror], str], tmp_path: Path
) -> None:
    server, address = mirror
    good = server.files["t10k-labels-idx1-ubyte.gz"]
    server.files["t10k-labels-idx1-ubyte.gz"] = gzip.compress(idx(np.zeros(11, np.uint8)))
    with pytest.raises(Problem, match=r"127\.0\.0\.1: the file there is another or damaged"):
        small(address).load(Folders(None, tmp_path))
    assert not [name for name in in_cache(Folders(None, tmp_path)) if "labels-idx1-ubyte.gz." in name]
    server.files["t10k-labels-idx1-ubyte.gz"] = good
    other = address.replace("127.0.0.1", "localhost") + "gone/"
    assert len(small(other.replace("gone", "there"), address).load(Folders(None, tmp_path)).test_labels) == 11


def test_offline_the_problem_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        small("http://127.0.0.1:9/").load(Folders(None, tmp_path))
    assert "--data" in caught.value.message and "strokes works offline" in caught.value.message
    assert caught.value.where == ("dataset",) and in_cache(Folders(None, tmp_path)) == []


def test_a_cache_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Problem, match="cannot be written"):
        small("http://127.0.0.1:9/").load(Folders(None, tmp_path / "file/cache"))


def test_mirrors_are_several_and_secure() -> None:
    assert len({address.split("/")[2] for address in MIRRORS}) >= 3
    assert all(address.startswith("https://") and address.endswith("/") for address in MIRRORS)


PACKED = {name: gzip.compress(content, mtime=0) for name, content in CONTENT.items()}


def small_like(base: type[FourFiles], *addresses: str) -> FourFiles:
    class Small(base):  # type: ignore[misc, valid-type]
        training, testing = 37, 11
        mirrors = addresses
        digests: ClassVar[dict[str, str]] = {name: hashlib.md5(it).hexdigest() for name, it in PACKED.items()}

    return Small()


@pytest.mark.parametrize("base", [FashionMnist, Kmnist])
def test_likes_of_mnist_are_downloaded_with_the_digests_of_their_packed_files(
    base: type[FourFiles], mirror: tuple[type[Mirror], str], tmp_path: Path
) -> None:
    server, address = mirror
    server.files = {f"{name}.gz": it for name, it in PACKED.items()}
    folders = Folders(None, tmp_path)
    assert not small_like(base, address).at_hand(folders)
    images = small_like(base, address).load(folders)
    assert images.train_images.numpy().tobytes() == CONTENT["train-images-idx3-ubyte"][16:]
    assert small_like(base, address).at_hand(folders) and (tmp_path / base.folder).is_dir()
    assert len(server.asked) == 4 and len(base.classes) == len(set(base.classes)) == 10


def test_the_same_content_packed_otherwise_is_not_what_was_published(
    mirror: tuple[type[Mirror], str], tmp_path: Path
) -> None:
    server, address = mirror
    server.files = {f"{name}.gz": gzip.compress(it, 1, mtime=9) for name, it in CONTENT.items()}
    with pytest.raises(Problem, match="another or damaged"):
        small_like(FashionMnist, address).load(Folders(None, tmp_path))


@pytest.mark.parametrize("packed", [True, False])
def test_likes_that_a_person_brought_may_be_packed_anew_but_must_fit(tmp_path: Path, packed: bool) -> None:
    folders = bring(tmp_path, packed)
    (tmp_path / "data/mnist").rename(tmp_path / "data/kmnist")
    assert len(small_like(Kmnist).load(folders).train_labels) == 37
    wrong = idx(np.full(11, 10, np.uint8))  # there is no class 10
    file = next((tmp_path / "data/kmnist").glob("t10k-labels*"))
    file.write_bytes(gzip.compress(wrong) if packed else wrong)
    with pytest.raises(Problem, match="is not KMNIST"):
        small_like(Kmnist).load(folders)


def test_likes_come_from_their_own_places() -> None:
    assert next(iter(kinds())) == "mnist"
    for base in (FashionMnist, Kmnist):
        assert base.mirrors[0].startswith("https://") and all(it.endswith("/") for it in base.mirrors)
        assert set(base.digests) == set(DIGESTS) and not set(base.digests.values()) & set(DIGESTS.values())
