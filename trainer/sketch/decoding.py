"""From the bytes of an image file to pixels, with limits that hold before anything is decoded."""

from __future__ import annotations

import io
import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from trainer.picture import Bytes, Numbers
from trainer.problems import Problem

LARGEST_FILE = 30_000_000  # bytes
LARGEST_IMAGE = 50_000_000  # pixels: the largest pictures that telephones take, all of them JPEG
LARGEST_WHOLE = 25_000_000  # pixels of other formats, which are decoded whole before they are made smaller
LARGEST_WEBP = 12_500_000  # pixels of WebP: its decoder takes three times the memory of the others
SCANS = 100  # of a JPEG; a program writes ten. Each one costs a pass over all pixels, and none has to be long
WORKING_SIDE = 1_400  # longer side, in pixels, at which ink is looked for
BAND = 64  # rows that are made smaller together
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
JPEG = ("JPEG", "MPO")  # MPO: what Pillow calls JPEG as some telephones save it

# What Pillow's decoders raise for damaged files, beside its own errors
DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Pixels:
    """A decoded image, perhaps made smaller."""

    colour: Numbers  # (height, width, 3), 0…1
    cover: Numbers | None  # (height, width), 0 = transparent … 1; None where nothing is transparent
    scale: float  # pixels of the file for each of these


def decode(blob: bytes) -> Pixels:
    """The pixels of an image file, upright. Raises Problem at ("image",)."""
    if not blob:
        raise problem("The file is empty.")
    if len(blob) > LARGEST_FILE:
        raise problem(f"The file is larger than {LARGEST_FILE // 1_000_000} MB. Save the picture smaller.")
    try:
        with Image.open(io.BytesIO(blob), formats=FORMATS) as image:
            refuse_too_large(image.size, _largest(image.format))
            refuse_many_scans(blob, image.format)
            image.draft("RGB", (WORKING_SIDE, WORKING_SIDE))
            return read(image, max(image.size))
    except Problem:
        raise
    except TOO_LARGE as error:
        raise problem(f"The picture has too many pixels. At most {LARGEST_IMAGE:,} can be read.") from error
    except Image.UnidentifiedImageError as error:
        raise problem("This is not a picture that can be read: PNG, JPEG, WebP and GIF can.") from error
    except DAMAGE as error:
        raise problem("The picture is damaged: it cannot be read to its end.") from error


def _largest(format: str | None) -> int:
    if format in JPEG:
        return LARGEST_IMAGE
    return LARGEST_WEBP if format == "WEBP" else LARGEST_WHOLE


def problem(message: str) -> Problem:
    """A mistake about the image."""
    return Problem(message, ("image",))


def refuse_too_large(size: tuple[int, int], limit: int) -> None:
    """Raises Problem for images beyond the limit of pixels, or with fewer than a digit needs."""
    width, height = size
    if width * height > limit:
        raise problem(f"The picture has {width:,} × {height:,} pixels. At most {limit:,} in all can be read.")
    if min(width, height) < 4:
        raise problem(f"The picture has only {width} × {height} pixels: too few for a digit.")


def refuse_many_scans(blob: bytes, format: str | None) -> None:
    """Raises Problem for a JPEG made of so many scans that decoding it would take minutes."""
    if format in JPEG and blob.count(b"\xff\xda") > SCANS:
        raise problem(
            f"The picture is built up in more than {SCANS} passes. Save it again as a plain picture."
        )


def read(image: Image.Image, original_side: int) -> Pixels:
    """Decodes an opened image and brings it to the working size, upright."""
    image.load()
    mode = _working_mode(image)
    small = smaller(image, mode)
    small.info = image.info  # says which side is up; turned when small, for that takes a copy
    ImageOps.exif_transpose(small, in_place=True)
    plain = small if mode in ("RGB", "RGBA") else eight_bits(small).convert("RGB")
    values = np.array(plain, np.float32)
    values /= 255
    cover = values[..., 3] if mode == "RGBA" and values[..., 3].min() < 1 else None
    return Pixels(values[..., :3], cover, original_side / max(plain.size))


def _working_mode(image: Image.Image) -> str:
    if image.mode[0] in "IF":
        return "F" if image.mode == "F" else "I"  # 16 or 32 bits, in one of the two that can be made smaller
    transparent = image.mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in image.info
    return "RGBA" if transparent else "RGB"


def eight_bits(image: Image.Image) -> Image.Image:
    """Images of 16 or 32 bits as 8: their darkest and lightest value become 0 and 255."""
    values = np.nan_to_num(np.asarray(image, np.float64))
    low, high = values.min(), values.max()
    grey: Bytes = ((values - low) * (255 / max(high - low, 1))).astype(np.uint8)
    return Image.fromarray(grey)


def smaller(image: Image.Image, mode: str) -> Image.Image:
    """The image in another mode, its longer side at most the working size.

    A band at a time: at the limit of pixels a whole copy in another mode takes 100 MB, and two are needed.
    """
    if max(image.size) <= WORKING_SIDE:
        return image if image.mode == mode else image.convert(mode)
    ratio = max(image.size) / WORKING_SIDE
    width, height = (max(1, round(side / ratio)) for side in image.size)
    rows = image.height / height  # of the image, for each one of the smaller one; no whole number
    small = Image.new(mode, (width, height))
    for first in range(0, height, BAND):
        last = min(first + BAND, height)
        top, bottom = math.floor(first * rows), min(math.ceil(last * rows), image.height)
        band = image.crop((0, top, image.width, bottom)).convert(mode)
        box = (0, first * rows - top, image.width, min(last * rows - top, band.height))
        small.paste(band.resize((width, last - first), Image.Resampling.BOX, box), (0, first))
    return small
