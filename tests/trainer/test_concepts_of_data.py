"""What an introduction says of data, checked on the real digits."""

import torch
from torch import nn

from trainer.assembly import assemble
from trainer.datasets import kinds
from trainer.network import Network

TRAINING = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TESTING = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def digits(folders):
    return kinds()["mnist"]().load(folders)


def test_d01_d02_rows_are_samples_columns_are_pixels_and_each_row_has_a_label(mnist):
    images = digits(mnist)
    flat = nn.Flatten()(images.train_images)
    assert flat.shape == (60_000, 784) and len(images.train_labels) == len(flat)
    for i, j in ((0, 0), (7, 405), (59_999, 783), (31_415, 28)):
        assert flat[i, j] == images.train_images[i, 0, j // 28, j % 28]


def test_d06_the_digits_of_mnist_are_those_that_everybody_has(mnist):
    images = digits(mnist)
    assert (len(images.train_images), len(images.test_images)) == (60_000, 10_000)
    assert torch.bincount(images.train_labels).tolist() == TRAINING
    assert torch.bincount(images.test_labels).tolist() == TESTING
    for pixels in (images.train_images, images.test_images):
        assert pixels.shape[1:] == (1, 28, 28) and pixels.dtype == torch.uint8
        assert (int(pixels.min()), int(pixels.max())) == (0, 255)


def test_d17_tensors_have_the_order_and_shape_that_the_network_says():
    layers = [
        {"kind": "conv2d", "out_channels": 3},
        {"kind": "flatten"},
        {"kind": "linear", "out_features": 10},
    ]
    assembly = assemble(Network(layers=layers))
    assert [len(stage.shape) for stage in assembly.stages] == [3, 1, 1]
    x = torch.rand(128, 1, 28, 28)
    for stage in assembly.stages:
        x = stage.module.to_empty(device="cpu")(x)
        assert tuple(x.shape[1:]) == tuple(stage.shape)
    array = torch.ones(8, 8).numpy()
    shared = torch.from_numpy(array)
    array[3, 4] = 7
    assert shared[3, 4] == 7  # a tensor and an array may be one memory
