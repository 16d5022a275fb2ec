"""Hostile files: images that are damaged, mislabelled or far larger than they look; safetensors likewise."""

import io
import json
import struct
import zlib
from typing import Any

import numpy as np
import safetensors.torch
import torch
from hypothesis import strategies as st
from PIL import Image

from trainer import ready
from trainer.parcel import write

Draw = Any
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
PNG = b"\x89PNG\r\n\x1a\n"
MAGIC = (PNG, b"\xff\xd8\xff\xe0", b"RIFF\x00\x00\x00\x00WEBP", b"GIF89a", b"BM", b"%PDF-1.4", b"PK")
SIZES = (b"\xff" * 4, bytes(4), b"\x00\x00\x27\x10", b"\x10\x27\x00\x00")


def sound(format: str, mode: str = "RGB", side: int = 40) -> bytes:
    """An image of a one."""
    picture = Image.new("L", (side, side), 255)
    picture.paste(0, (side // 2 - 2, 6, side // 2 + 2, side - 6))
    file = io.BytesIO()
    picture.convert(mode).save(file, format)
    return file.getvalue()


SOUND = [sound(format) for format in FORMATS]
SOUND += [sound("PNG", mode) for mode in ("1", "L", "P", "RGBA", "I;16")] + [sound("JPEG", "CMYK")]


@st.composite
def images(draw: Draw) -> bytes:
    """An image file that is damaged somewhere, or none at all."""
    blob = bytearray(draw(st.sampled_from(SOUND)))
    match draw(st.sampled_from(["cut", "bits", "bits", "size", "magic", "grown", "nonsense"])):
        case "cut":
            del blob[draw(st.integers(0, len(blob))) :]
        case "bits":
            for _ in range(draw(st.integers(1, 12))):
                blob[draw(st.integers(0, len(blob) - 1))] = draw(st.integers(0, 255))
        case "size":  # where most formats keep width and height
            at = draw(st.integers(4, min(40, len(blob) - 4)))
            blob[at : at + 4] = draw(st.sampled_from(SIZES))
        case "magic":
            magic = draw(st.sampled_from(MAGIC))
            blob[: len(magic)] = magic
        case "grown":
            blob += draw(st.binary(max_size=2_000))
        case _:
            blob = bytearray(draw(st.sampled_from(MAGIC)) + draw(st.binary(max_size=500)))
    return bytes(blob)


def png(width: int, height: int, depth: int, colour: int, extra: bytes = b"", filled: bool = True) -> bytes:
    """A PNG of zeros: a few kilobytes that unfold to `width` × `height`."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = bytes(1 + (width * depth * channels + 7) // 8)
    packer, packed = zlib.compressobj(9), []
    if filled:
        packed = [packer.compress(row) for _ in range(height)]
    packed.append(packer.flush())
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(256)) if colour == 3 else b""
    parts = [chunk(b"IHDR", header), extra, palette, chunk(b"IDAT", b"".join(packed)), chunk(b"IEND", b"")]
    return PNG + b"".join(parts)


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def scans(count: int, side: int = 4_000) -> bytes:
    """A progressive JPEG that ends in many passes over all its pixels, a few bytes each."""
    file = io.BytesIO()
    Image.new("L", (side, side), 255).save(file, "JPEG", progressive=True, quality=50)
    blob = file.getvalue()
    last = blob.rindex(b"\xff\xda")
    return blob[:last] + blob[last:-2] * count + b"\xff\xd9"


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    """An image as a file."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


BIG = 25_000_000
BOMBS = {
    "sixteen bits a pixel": lambda: png(5_000, 5_000, 16, 0),
    "colours and transparency": lambda: png(5_000, 5_000, 8, 6),
    "sixteen bits, colours and transparency": lambda: png(5_000, 5_000, 16, 6),
    "a palette with transparency": lambda: png(5_000, 5_000, 8, 3),
    "a line of pixels": lambda: png(5_000_000, 5, 8, 0),
    "a column of pixels": lambda: png(5, 5_000_000, 1, 0),
    "many more pixels than are there": lambda: png(200_000, 200_000, 8, 6, filled=False),
    "pixels at the limit that are not there": lambda: png(5_000, 5_000, 8, 6, filled=False),
    "a text that unfolds": lambda: png(
        40, 40, 8, 0, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000), 9))
    ),
    "a profile that unfolds": lambda: png(
        40, 40, 8, 0, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000), 9))
    ),
    "passes without end": lambda: scans(5_000),
    "a JPEG at the limit": lambda: saved(Image.new("RGB", (8_000, 6_000), 255), "JPEG", progressive=True),
    "a WebP without loss": lambda: saved(Image.new("RGBA", (3_500, 3_500)), "WEBP", lossless=True, method=0),
    "a GIF of one colour": lambda: saved(Image.new("P", (5_000, 5_000)), "GIF"),
    "a bitmap": lambda: saved(Image.new("1", (5_000, 5_000)), "BMP"),
}


def noise(*shape: int) -> Any:
    """Numbers without any order, which no format packs and no ink stands out of: always the same ones."""
    return np.random.default_rng(7).integers(0, 256, shape, dtype=np.uint8)


def dots(share: float, side: int = 5_000) -> Image.Image:
    """A page of black dots on white."""
    return Image.fromarray(noise(side, side) >= 256 * share).convert("1")


NOISE = {
    "noise in black and white": lambda: saved(dots(0.5), "PNG"),
    "dots on paper": lambda: saved(dots(0.1), "PNG"),
    "specks on paper": lambda: saved(dots(0.01), "PNG"),
    "a board of single pixels": lambda: saved(
        Image.fromarray(np.indices((5_000, 5_000)).sum(0) % 2 == 0), "PNG"
    ),
    "noise in grey": lambda: saved(Image.fromarray(noise(3_000, 3_000)), "PNG"),
    "noise with transparency": lambda: saved(Image.fromarray(noise(1_500, 1_500, 4)), "PNG"),
    "noise as a JPEG at the limit": lambda: saved(
        Image.fromarray(noise(6_000, 8_000)), "JPEG", quality=1, progressive=True
    ),
    "noise as a WebP": lambda: saved(Image.fromarray(noise(3_500, 3_500, 3)), "WEBP", quality=1, method=0),
    "noise as a GIF": lambda: saved(dots(0.5).convert("P"), "GIF"),
}


METADATA: list[dict[str, str]] = [
    {},
    *({"playground": told} for told in ("5", "[", '{"format": "2"}', '{"format": []}', "[" * 5_000)),
    *({"checkpoint": told} for told in ("null", "5", '{"format": 1}', '{"format": 2}', "[" * 5_000)),
    {"checkpoint": '{"format": 1, "place": {"step": "x"}, "job": 5}'},
]


@st.composite
def tensors(draw: Draw) -> bytes:
    """A file of weights whose header, or whose numbers, are wrong."""
    metadata = draw(st.sampled_from(METADATA))
    blob = bytearray(safetensors.torch.save({"a": torch.zeros(3)}, metadata))
    match draw(st.sampled_from(["cut", "bits", "length", "header", "whole"])):
        case "cut":
            del blob[draw(st.integers(0, len(blob))) :]
        case "bits":
            blob[draw(st.integers(0, len(blob) - 1))] = draw(st.integers(0, 255))
        case "length":
            blob[:8] = draw(st.sampled_from([0, 1, 2**31, 2**63, 2**64 - 1])).to_bytes(8, "little")
        case "header":
            names = st.dictionaries(st.text(max_size=5), st.none() | st.integers(), max_size=3)
            told = json.dumps(draw(names)).encode()
            blob = bytearray(len(told).to_bytes(8, "little") + told + np.zeros(4, np.uint8).tobytes())
    return bytes(blob)


def parcel(job: bytes, transcript: bytes, weights: bytes) -> bytes:
    """A run as a file, whose manifest agrees with what is in it."""
    file = io.BytesIO()
    contents = {"job.json": job, "transcript.jsonl": transcript, "weights.safetensors": weights}
    write(file, contents, name="Mine", origin="elsewhere", run="17")
    return file.getvalue()


JOB = json.dumps(ready.job().describe()).encode()
TOLD = b'{"seq": 1, "kind": "failed", "message": "The disk is full."}'
LINES = (b"", b"{", b"[]", b'{"seq": 1}', b"\xff", TOLD.replace(b"1", b"-1"), TOLD.replace(b'"The', b'["The'))


@st.composite
def parcels(draw: Draw) -> bytes:
    """A run as a file that is damaged somewhere, lies, or holds what no run holds."""
    parts = [JOB, TOLD, ready.weights()]
    match draw(st.sampled_from(["cut", "bits", "bits", "part", "line", "name", "bomb", "nonsense"])):
        case "cut":
            blob = parcel(*parts)
            return blob[: draw(st.integers(0, len(blob) - 1))]
        case "bits":
            damaged = bytearray(parcel(*parts))
            for _ in range(draw(st.integers(1, 12))):
                damaged[draw(st.integers(0, len(damaged) - 1))] = draw(st.integers(0, 255))
            return bytes(damaged)
        case "part":
            parts[draw(st.integers(0, 2))] = draw(st.binary(max_size=500))
        case "line":
            parts[1] = draw(st.sampled_from(LINES)) + b"\n" + draw(st.sampled_from(LINES))
        case "name":
            names = st.sampled_from([b"/etc/pass", b"../job.js", b"job.json\0", b"x" * 9, b"\xff" * 9])
            return parcel(*parts).replace(b"job.json", draw(names)[:8])
        case "bomb":
            parts[draw(st.integers(0, 2))] = bytes(draw(st.sampled_from([1_000, 300_000, 50_000_000])))
        case _:
            return b"PK" + draw(st.binary(max_size=500))
    return parcel(*parts)
