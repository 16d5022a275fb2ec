"""The engine against the loops that everybody writes, in turn: the table of samples a second.

`.venv/bin/python -m benchmarks.engine --data DIR --cores 0` takes one thread, `--cores 0,1 --threads 2` two,
for the MLP 784-128-64-10 and the CNN 32-32-128 at batches of 32, 64 and 128. Every pair runs the plain loop
of benchmarks/plain.py and `trainer.train` with its events taken, one after another, pinned to the cores,
ours in a process with the environment of a worker. A ratio is the median over the pairs, and is not judged
where the plain loop itself varied by more than 15 %.
JAX and Keras run in the same pairs where they are installed (`pip install -r benchmarks/requirements.txt`).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from benchmarks.plain import ours, plain, textbook
from benchmarks.stack import machine, pin
from setup.parts import KEEP_MEMORY, YIELD_SOON
from trainer import traced
from trainer.datasets.base import Folders, Images
from trainer.job import Job

VARIES = 0.15
ASKED = {  # threads → network → batch → at least so many times the plain loop
    1: {"mlp-128": {32: 2.2, 64: 1.8, 128: 1.45}, "cnn": {32: 1.6, 64: 1.65, 128: 2.0}},
    2: {"mlp-128": {32: 2.0, 64: 1.9, 128: 1.4}, "cnn": {32: 1.65, 64: 2.3, 128: 2.3}},
}
Loop = Callable[[str, int, Images, float], float]  # network, batch, images, seconds -> samples a second


def jax_scan(name: str, batch_size: int, images: Images, seconds: float) -> float:
    """JAX: many steps in one compiled `lax.scan`, Adam by optax, the data in memory."""
    import jax
    import optax
    from jax import lax, numpy

    keys = jax.random.split(jax.random.key(1), 8)
    x = numpy.asarray(images.train_images.numpy()[:, 0, :, :, None]).astype(numpy.float32) / 255
    y = numpy.asarray(images.train_labels.numpy()).astype(numpy.int32)
    shapes: dict[str, list[tuple[int, ...]]] = {
        "mlp-128": [(784, 128), (128, 64), (64, 10)],
        "cnn": [(3, 3, 1, 32), (3, 3, 32, 32), (1568, 128), (128, 10)],
    }
    first = jax.nn.initializers.he_uniform()
    weights = [
        (first(key, shape), numpy.zeros(shape[-1])) for key, shape in zip(keys, shapes[name], strict=False)
    ]
    optimizer = optax.adam(1e-3)

    def answers(weights: Any, x: Any) -> Any:
        for at, (weight, bias) in enumerate(weights):
            if weight.ndim == 4:
                x = lax.conv_general_dilated(
                    x, weight, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
                )
                x = jax.nn.relu(x + bias)
                x = lax.reduce_window(x, -numpy.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
                continue
            x = x.reshape(len(x), -1) @ weight + bias
            x = jax.nn.relu(x) if at < len(weights) - 1 else x
        return x

    def loss(weights: Any, x: Any, y: Any) -> Any:
        return optax.softmax_cross_entropy_with_integer_labels(answers(weights, x), y).mean()

    def step(carry: Any, chosen: Any) -> Any:
        weights, state = carry
        value, gradients = jax.value_and_grad(loss)(weights, x[chosen], y[chosen])
        updates, state = optimizer.update(gradients, state)
        return (optax.apply_updates(weights, updates), state), value

    many = jax.jit(lambda carry, order: lax.scan(step, carry, order))
    carry, steps = (weights, optimizer.init(weights)), max(1, 6_400 // batch_size)
    begin, done, key = 0.0, -1, jax.random.key(2)
    while True:
        key, now = jax.random.split(key)
        order = jax.random.permutation(now, len(y))[: steps * batch_size].reshape(steps, batch_size)
        carry, values = many(carry, order)
        values.block_until_ready()
        done += 1
        begin = begin or time.perf_counter()  # the first round compiles
        spent = time.perf_counter() - begin
        if done and spent >= seconds:
            return done * steps * batch_size / spent


def keras_fit(name: str, batch_size: int, images: Images, seconds: float) -> float:
    """Keras on the backend that KERAS_BACKEND names: `fit` on arrays in memory."""
    import keras

    x = images.train_images.numpy()[:, 0, :, :, None].astype("float32") / 255
    y = images.train_labels.numpy().astype("int64")
    dense = [keras.layers.Dense(128, activation="relu")]
    blocks: list[Any] = []
    if name == "cnn":
        for _ in range(2):
            blocks += [
                keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
                keras.layers.MaxPooling2D(),
            ]
    else:
        dense.append(keras.layers.Dense(64, activation="relu"))
    model = keras.Sequential([*blocks, keras.layers.Flatten(), *dense, keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    used = len(y) // batch_size * batch_size // 4
    model.fit(x[:used], y[:used], batch_size=batch_size, verbose=0)  # compiles
    begin, seen = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        model.fit(x[:used], y[:used], batch_size=batch_size, verbose=0)
        seen += used
    return seen / (time.perf_counter() - begin)


def others() -> dict[str, Loop]:
    """Engines that are installed here, by name."""
    found: dict[str, Loop] = {}
    if importlib.util.find_spec("jax") and importlib.util.find_spec("optax"):
        found["jax scan"] = jax_scan
    if importlib.util.find_spec("keras"):
        found[f"keras ({os.environ.get('KERAS_BACKEND', 'tensorflow')})"] = keras_fit
    return found


@contextmanager
def worker(threads: int) -> Iterator[ProcessPoolExecutor]:
    """A process with the environment that ./play gives to workers; this one keeps its own."""
    before = dict(os.environ)
    os.environ |= KEEP_MEMORY | YIELD_SOON
    with ProcessPoolExecutor(1, get_context("spawn"), torch.set_num_threads, (threads,)) as pool:
        pool.submit(traced.warm).result()
        os.environ.clear()
        os.environ |= before
        yield pool


def row(name: str, batch_size: int, images: Images, options: argparse.Namespace) -> str:
    """A line of the table: the loops in turn, as often as asked."""
    extra = others()
    rates: dict[str, list[float]] = {engine: [] for engine in ("plain", "ours", *extra)}
    for _ in range(options.pairs):
        rates["plain"].append(plain(name, batch_size, images, "cpu", options.seconds))
        job = name, batch_size, options.folders, options.threads, "cpu", options.seconds
        rates["ours"].append(options.worker.submit(ours, *job).result())
        for engine, loop in extra.items():
            rates[engine].append(loop(name, batch_size, images, options.seconds))
    book = textbook(name, batch_size, images, "cpu", options.seconds) if options.textbook else None
    base = rates["plain"]
    spread = (max(base) - min(base)) / statistics.median(base)
    gain = statistics.median(one / other for one, other in zip(rates["ours"], base, strict=True))
    asked = ASKED.get(options.threads, {}).get(name, {}).get(batch_size)
    verdict = "not judged" if spread > VARIES else "ok" if asked is None or gain >= asked else "BELOW"
    told = [f"{name} | {batch_size} | {statistics.median(rates['ours']):,.0f} | {gain:.2f} | {asked or '–'}"]
    told += [f"{spread:.0%} | {verdict}", f"{statistics.median(rates['ours']) / book:.1f}" if book else "–"]
    told += [f"{engine} {statistics.median(rates[engine]):,.0f}" for engine in extra]
    return f"| {' | '.join(told)} |"


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/")
    parser.add_argument("--cores", default="0", help="cores to use, like 0,1")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each loop")
    parser.add_argument("--networks", nargs="*", default=["mlp-128", "cnn"], choices=["mlp-128", "cnn"])
    parser.add_argument("--batches", nargs="*", type=int, default=[32, 64, 128])
    parser.add_argument("--textbook", action="store_true", help="once a row, the DataLoader loop besides")
    options = parser.parse_args()
    pin(options.cores)
    torch.set_num_threads(options.threads)
    print(f"{machine()}; {options.threads} thread(s), {options.pairs} pairs of {options.seconds:.0f} s\n")
    print("| network | batch | samples/s | × plain | asked | varied by | verdict | × textbook | others |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as cache, worker(options.threads) as options.worker:
        options.folders = Folders(data=options.data, cache=Path(cache))
        job = Job.read({"network": "small-cnn", "dataset": {"kind": "mnist"}})
        images = job.dataset.load(options.folders)
        for name in options.networks:
            for batch_size in options.batches:
                print(row(name, batch_size, images, options), flush=True)


if __name__ == "__main__":
    main()
