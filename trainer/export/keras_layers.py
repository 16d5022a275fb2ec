"""How Keras says what PyTorch's modules do. Pictures have their channels last there; rows are as here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from trainer.export.keras_words import Call, Unsayable, Written, call_of, said, unless
from trainer.layers.activation import Atan, Step
from trainer.layers.base import Shape
from trainer.layers.convolution import AlongSteps
from trainer.layers.embedding import Patches, Places
from trainer.layers.features import Widened
from trainer.layers.joining import Concatenation, Product, Sum
from trainer.layers.reshaping import Permuted, Reshaped
from trainer.layers.resizing import Averaged
from trainer.writing import literal

CHANNELS_FIRST = "layers.Permute((3, 1, 2))"
CHANNELS_LAST = "layers.Permute((2, 3, 1))"

POSITION = """
class Position(layers.Layer):
    def build(self, shape):
        self.places = self.add_weight(shape=shape[1:], name="places")

    def call(self, x):
        return x + self.places
"""


def _one(sizes: object) -> int:
    """A side of a square; PyTorch keeps some as pairs."""
    return int(sizes[0]) if isinstance(sizes, (tuple, list)) else int(sizes)  # type: ignore[call-overload]


def _activation(kind: type[nn.Module], call: Callable[[nn.Module], Call | str]) -> None:
    said.register(kind, lambda module, shapes, out: Written().add(call(module)))


_activation(nn.ReLU, lambda m: "layers.ReLU()")
_activation(nn.LeakyReLU, lambda m: call_of("layers.LeakyReLU", negative_slope=m.negative_slope))
_activation(nn.Sigmoid, lambda m: 'layers.Activation("sigmoid")')
_activation(nn.Tanh, lambda m: 'layers.Activation("tanh")')
_activation(nn.ELU, lambda m: call_of("layers.ELU", alpha=m.alpha))
_activation(nn.GELU, lambda m: 'layers.Activation("gelu")')
_activation(nn.SiLU, lambda m: 'layers.Activation("silu")')
_activation(nn.Softplus, lambda m: Call("", on=f"ops.softplus({m.beta} * {{x}}) / {m.beta}"))
_activation(nn.Hardtanh, lambda m: Call("", on=f"ops.clip({{x}}, {m.min_val}, {m.max_val})"))
_activation(nn.Softsign, lambda m: 'layers.Activation("softsign")')
_activation(Atan, lambda m: Call("", on="ops.arctan({x})"))
_activation(Step, lambda m: Call("", on='ops.cast(ops.greater_equal({x}, 0), "float32")'))
_activation(nn.Softmax, lambda m: "layers.Softmax()")
_activation(nn.LogSoftmax, lambda m: Call("", on="ops.log_softmax({x})"))
_activation(nn.Identity, lambda m: "layers.Identity()")
_activation(nn.Dropout, lambda m: call_of("layers.Dropout", m.p))
_activation(nn.Dropout2d, lambda m: call_of("layers.SpatialDropout2D", m.p))
_activation(nn.ZeroPad2d, lambda m: call_of("layers.ZeroPadding2D", _one(m.padding)))
_activation(nn.Upsample, lambda m: call_of("layers.UpSampling2D", _one(m.scale_factor), interpolation=m.mode))


@said.register
def _(module: nn.Linear, shapes: Sequence[Shape], out: Shape) -> Written:
    call = call_of("layers.Dense", module.out_features, use_bias=unless(module.bias is not None))
    return Written().add(call, module.weight.T, module.bias)


@said.register
def _(module: Widened, shapes: Sequence[Shape], out: Shape) -> Written:
    one, other = (tuple(row.tolist()) for row in torch.triu_indices(shapes[0][0], shapes[0][0], 1))
    parts = {
        "{x} * {x}": module.squares,
        f"ops.take({{x}}, {one}, axis=1) * ops.take({{x}}, {other}, axis=1)": module.products,
        "ops.sin({x})": module.sines,
    }
    wanted = ", ".join(["{x}", *(text for text, is_wanted in parts.items() if is_wanted)])
    return Written().add(Call("", on=f"ops.concatenate([{wanted}], axis=1)"))


def _conv(module: nn.Conv2d | nn.Conv1d, sides: int) -> Written:
    """A convolution over 1 or 2 sides, with rings of zeros in front where Keras has no such padding."""
    kernel, stride, rings = _one(module.kernel_size), _one(module.stride), _one(module.padding)
    dilation = _one(module.dilation)
    if stride > 1 and dilation > 1:
        raise Unsayable("Keras has no convolution with both stride and dilation")
    written = Written()
    same = stride == 1 and rings > 0 and 2 * rings == dilation * (kernel - 1)
    if rings and not same:
        written.add(f"layers.ZeroPadding{sides}D({rings})")
    call = call_of(
        f"layers.Conv{sides}D", module.out_channels, kernel,
        strides=stride if stride > 1 else None, padding="same" if same else None,
        dilation_rate=dilation if dilation > 1 else None, groups=module.groups if module.groups > 1 else None,
        use_bias=unless(module.bias is not None),
    )  # fmt: skip
    axes = (2, 3, 1, 0) if sides == 2 else (2, 1, 0)
    return written.add(call, module.weight.permute(*axes), module.bias)


@said.register
def _(module: nn.Conv2d, shapes: Sequence[Shape], out: Shape) -> Written:
    return _conv(module, 2)


@said.register
def _(module: Patches, shapes: Sequence[Shape], out: Shape) -> Written:
    return _conv(module, 2).add(f"layers.Reshape({out})")


@said.register
def _(module: AlongSteps, shapes: Sequence[Shape], out: Shape) -> Written:
    return _conv(module, 1)


@said.register
def _(module: nn.ConvTranspose2d, shapes: Sequence[Shape], out: Shape) -> Written:
    kernel, stride, rings = _one(module.kernel_size), _one(module.stride), _one(module.padding)
    bias = module.bias is not None
    told = {"strides": stride, "use_bias": unless(bias)}
    call = call_of("layers.Conv2DTranspose", module.out_channels, kernel, **told)
    written = Written().add(call, module.weight.permute(2, 3, 1, 0), module.bias)
    cut = (rings, rings + max(0, stride - kernel))
    return written.add(call_of("layers.Cropping2D", (cut, cut))) if any(cut) else written


@said.register
def _(module: nn.MaxPool2d, shapes: Sequence[Shape], out: Shape) -> Written:
    if _one(module.padding):
        raise Unsayable("Keras has no max pooling with rings around the picture")
    return Written().add(_pool("layers.MaxPooling2D", module))


@said.register
def _(module: nn.AvgPool2d, shapes: Sequence[Shape], out: Shape) -> Written:
    rings = _one(module.padding)
    written = Written().add(f"layers.ZeroPadding2D({rings})") if rings else Written()
    return written.add(_pool("layers.AveragePooling2D", module))


def _pool(name: str, module: nn.MaxPool2d | nn.AvgPool2d) -> Call:
    kernel, stride = _one(module.kernel_size), _one(module.stride)
    return call_of(name, kernel, strides=stride if stride != kernel else None)


@said.register
def _(module: nn.AdaptiveAvgPool2d, shapes: Sequence[Shape], out: Shape) -> Written:
    (_, height, width), side = shapes[0], _one(module.output_size)
    if height % side or width % side:
        raise Unsayable(f"Keras cannot average {height} × {width} pixels to {side} × {side}")
    return Written().add(call_of("layers.AveragePooling2D", (height // side, width // side)))


@said.register
def _(module: Averaged, shapes: Sequence[Shape], out: Shape) -> Written:
    return Written().add(f"layers.GlobalAveragePooling{len(shapes[0]) - 1}D()")


def _normed(module: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Call, list[Tensor | None]]:
    call = call_of("layers.BatchNormalization", momentum=1 - (module.momentum or 0), epsilon=module.eps)
    return call, [module.weight, module.bias, module.running_mean, module.running_var]


@said.register(nn.BatchNorm1d)
@said.register(nn.BatchNorm2d)
def _(module: nn.BatchNorm2d, shapes: Sequence[Shape], out: Shape) -> Written:
    call, weights = _normed(module)
    return Written().add(call, *weights)


@said.register
def _(module: nn.LayerNorm, shapes: Sequence[Shape], out: Shape) -> Written:
    pictures = len(shapes[0]) == 3
    weights = [
        one if one is None or not pictures else one.permute(1, 2, 0) for one in (module.weight, module.bias)
    ]
    call = call_of(
        "layers.LayerNormalization", axis=(1, 2, 3) if pictures else None, epsilon=module.eps,
        center=unless(module.bias is not None),
    )  # fmt: skip
    return Written().add(call, *weights)


@said.register
def _(module: nn.GroupNorm, shapes: Sequence[Shape], out: Shape) -> Written:
    if len(shapes[0]) == 1:
        raise Unsayable("Keras has no group normalization of a row")
    call = call_of("layers.GroupNormalization", module.num_groups, epsilon=module.eps)
    return Written().add(call, module.weight, module.bias)


@said.register
def _(module: nn.InstanceNorm2d, shapes: Sequence[Shape], out: Shape) -> Written:
    plain = unless(module.affine)
    call = call_of(
        "layers.GroupNormalization", module.num_features, epsilon=module.eps, center=plain, scale=plain
    )
    return Written().add(call, module.weight, module.bias)


@said.register
def _(module: nn.Flatten, shapes: Sequence[Shape], out: Shape) -> Written:
    return _first(shapes[0]).add("layers.Flatten()")


def _first(shape: Shape) -> Written:
    """Pictures with their channels first, as PyTorch counts their numbers."""
    return Written().add(CHANNELS_FIRST) if len(shape) == 3 else Written()


def _last(written: Written, shape: Shape) -> Written:
    return written.add(CHANNELS_LAST) if len(shape) == 3 else written


@said.register
def _(module: Reshaped, shapes: Sequence[Shape], out: Shape) -> Written:
    return _last(_first(shapes[0]).add(f"layers.Reshape({literal(out)})"), out)


@said.register
def _(module: Permuted, shapes: Sequence[Shape], out: Shape) -> Written:
    written = _first(shapes[0]).add(f"layers.Permute({literal(module.dims)})")
    if module.joined is not None:
        written.add(f"layers.Reshape({literal(out)})")
    return _last(written, out)


@said.register
def _(module: Places, shapes: Sequence[Shape], out: Shape) -> Written:
    return Written(above=(POSITION,)).add("Position()", module.weight)


@said.register
def _(module: Sum, shapes: Sequence[Shape], out: Shape) -> Written:
    return Written().add("layers.Add()")


@said.register
def _(module: Product, shapes: Sequence[Shape], out: Shape) -> Written:
    return Written().add("layers.Multiply()")


@said.register
def _(module: Concatenation, shapes: Sequence[Shape], out: Shape) -> Written:
    return Written().add("layers.Concatenate()")
