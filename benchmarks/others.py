"""The loops of other engines, for benchmarks/engine.py; none of them is needed by the product."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from trainer.datasets.base import Images

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


@dataclass(frozen=True)
class Other:
    """Another engine: its loop, the packages that it needs, and what its process is told."""

    loop: Loop
    needs: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


OTHERS = {
    "JAX scan": Other(jax_scan, ("jax", "optax")),
    "Keras-TF": Other(keras_fit, ("keras", "tensorflow"), {"KERAS_BACKEND": "tensorflow"}),
    "Keras-JAX": Other(keras_fit, ("keras", "jax"), {"KERAS_BACKEND": "jax"}),
}


def installed() -> dict[str, Other]:
    """Those that can run here."""
    return {name: other for name, other in OTHERS.items() if all(map(importlib.util.find_spec, other.needs))}
