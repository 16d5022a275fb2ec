"""The sketch: from whatever people draw, photograph or send to the picture that a network receives."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from tests.trainer.pictures import CHANCE, SEVEN, alike, light, mask, painted, photographed, saved, seven
from trainer.datasets.strokes.generator import make_digits
from trainer.problems import Problem
from trainer.sketch import Sketch, Stroke, from_image, from_strokes
from trainer.sketch.decoding import LARGEST_FILE, LARGEST_IMAGE

EXPECTED = from_strokes(seven(brush=22)).picture
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def test_a_drawing_is_fitted_as_mnist_was() -> None:
    sketch = from_strokes(seven())
    ink = sketch.picture / 255
    rows, columns = np.flatnonzero(sketch.fitted.max(1) > 60), np.flatnonzero(sketch.fitted.max(0) > 60)
    assert (rows[0], rows[-1]) == (0, 19) and columns[0] > 0 and columns[-1] < 19
    middle = [(ink.sum(axis) * np.arange(28)).sum() / ink.sum() for axis in (0, 1)]
    assert np.abs(np.array(middle) - 14).max() <= 0.51
    assert sketch.picture.dtype == np.uint8 and sketch.picture.max() == 255 and not sketch.blank
    assert sketch.box == pytest.approx((71, 61, 128, 178), abs=0.5)


@pytest.mark.parametrize(
    ("scale", "move", "brush"),
    [(1, (60, -50), 18), (0.2, (0, 0), 3.6), (0.2, (-90, 90), 18), (1, (0, 0), 1), (1.15, (0, 0), 40)],
)
def test_place_size_and_pen_of_a_drawing_hardly_matter(
    scale: float, move: tuple[float, float], brush: float
) -> None:
    assert alike(from_strokes(seven(scale, move, brush)).picture, from_strokes(seven()).picture) > 0.8


def test_moving_a_drawing_changes_nothing() -> None:
    moved, here = from_strokes(seven(0.7, (31.25, -17.5))), from_strokes(seven(0.7))
    assert np.abs(moved.picture.astype(int) - here.picture).max() <= 1


def test_pressure_makes_the_pen_wider() -> None:
    pressed = [Stroke(brush=18, points=[(x, y, 0.05 if y < 100 else 1.0) for x, y in SEVEN])]
    picture = from_strokes(pressed).fitted.astype(int)
    assert (
        picture[-5:].sum()
        > 1.3 * from_strokes([Stroke(brush=18, points=SEVEN)]).fitted[-5:].astype(int).sum()
    )


@pytest.mark.parametrize("points", [[(140, 140)], [(140, 140)] * 60, [(140, 140), (140.5, 141)], [(2, 279)]])
def test_a_dot_is_a_small_dot(points: list[tuple[float, float]]) -> None:
    sketch = from_strokes([Stroke(brush=18, points=points)])
    assert not sketch.blank and 4 <= (sketch.picture > 127).sum() <= 30
    assert sketch.picture[14, 14] == 255


@pytest.mark.parametrize("strokes", [[], [Stroke(points=[])], [Stroke(points=[(-40, 20), (-30, 250)])]])
def test_nothing_on_the_pad_is_blank(strokes: list[Stroke]) -> None:
    sketch = from_strokes(strokes)
    assert sketch.blank and sketch.box is None and not sketch.picture.any() and not sketch.fitted.any()


def test_what_lies_beside_the_pad_leaves_no_ink() -> None:
    inside = from_strokes([Stroke(points=[(140, 20), (140, 280)])])
    beyond = from_strokes([Stroke(points=[(140, 20), (140, 9_000)])])
    assert np.abs(inside.picture.astype(int) - beyond.picture).max() <= 2


@pytest.mark.parametrize(
    "given",
    [
        {"brush": 0, "points": []},
        {"brush": float("nan"), "points": []},
        {"brush": 18, "points": [[1, float("inf")]]},
        {"brush": 18, "points": [[1, 2], [float("nan"), 2]]},
        {"brush": 18, "points": [[1, 1e9]]},
        {"brush": 18, "points": [[1, 2, 1.5]]},
        {"brush": 18, "points": [[1]]},
        {"brush": 18, "points": [[0, 0]] * 20_001},
        {"brush": 18},
        {"points": [["a", 2]]},
    ],
)
def test_strokes_that_nobody_can_draw_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Stroke.model_validate(given)


def test_too_much_is_a_problem_with_its_place() -> None:
    with pytest.raises(Problem, match="at most 500 strokes") as strokes:
        from_strokes([Stroke(points=[(1, 1)])] * 501)
    with pytest.raises(Problem, match="at most 20,000 points") as points:
        from_strokes([Stroke(points=[(float(i % 280), 5) for i in range(9_000)])] * 3)
    assert strokes.value.where == ("strokes",) and points.value.where == ("strokes", 2, "points")


def test_a_stroke_is_seen_at_once_and_a_wild_scribble_soon() -> None:
    curve = [Stroke(points=[(140 + 90 * np.cos(t), 140 + 110 * np.sin(t)) for t in np.linspace(0, 6, 150)])]
    scribble = [Stroke(brush=5, points=[tuple(point) for point in CHANCE.uniform(-50, 330, (20_000, 2))])]
    times = []
    for _ in range(15):
        begun = time.perf_counter()
        from_strokes(curve)
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.003
    assert from_strokes(scribble).picture.mean() > 60


def test_pictures_made_as_mnist_was_pass_nearly_unchanged() -> None:
    pictures, _ = make_digits(60, np.random.default_rng(2))
    likeness = [alike(from_image(saved(picture)).picture, picture) for picture in pictures]
    assert np.median(likeness) > 0.995 and min(likeness) > 0.9


IMAGES: dict[str, Callable[[], bytes]] = {
    "black on white": lambda: saved(painted(mask(), BLACK, WHITE)),
    "white on black": lambda: saved(255 * mask()),
    "one bit": lambda: saved(Image.fromarray(np.uint8(255 - 255 * mask())).convert("1")),
    "without soft edges": lambda: saved(255.0 * (mask() > 0.5)),
    "grey on grey": lambda: saved(150 - 60 * mask()),
    "palette": lambda: saved(Image.fromarray(np.uint8(painted(mask(), (200, 30, 30), WHITE))).quantize(8)),
    "16 bits": lambda: saved(Image.fromarray(np.uint16(50_000 - 40_000 * mask()))),
    "colours of one lightness": lambda: saved(painted(mask(), (30, 140, 60), (190, 60, 90))),
    "yellow on blue": lambda: saved(painted(mask(), (240, 230, 60), (20, 30, 140))),
    "black on nothing": lambda: saved(np.dstack([np.zeros((340, 300, 3)), 255 * mask()])),
    "white on nothing": lambda: saved(np.dstack([np.full((340, 300, 3), 255), 255 * mask()])),
    "grey and alpha": lambda: saved(Image.fromarray(np.uint8(255 * mask())).convert("LA")),
    "paper with clear margins": lambda: saved(
        np.pad(
            np.dstack([painted(mask(), BLACK, WHITE), np.full((340, 300), 255)]), ((40, 40), (60, 60), (0, 0))
        )
    ),
    "small in a large page": lambda: saved(painted(mask(1200, 900, 5, 0.22, (700, 500)), BLACK, WHITE)),
    "at the margin": lambda: saved(painted(mask(at=(-60, -52)), BLACK, WHITE)),
    "tiny": lambda: saved(painted(mask(32, 36, 2, 0.11, (0, 0)), BLACK, WHITE)),
    "hairline": lambda: saved(painted(mask(900, 900, 3, 3), BLACK, WHITE)),
    "gradient": lambda: saved(painted(mask(), (40, 0, 60), 255 * light(340, 300, hard=False))),
    "webp": lambda: saved(painted(mask(), BLACK, WHITE), "WEBP", quality=40),
    "gif": lambda: saved(painted(mask(), BLACK, WHITE), "GIF"),
    "jpeg": lambda: saved(painted(mask(), BLACK, WHITE), "JPEG", quality=20),
    "cmyk": lambda: saved(Image.fromarray(np.uint8(painted(mask(), BLACK, WHITE))).convert("CMYK"), "JPEG"),
    "photo": lambda: photographed(mask(600, 680, 30, 2)),
    "photo with a shadow": lambda: photographed(mask(600, 680, 30, 2), hard=True),
    "photo of ruled paper": lambda: photographed(mask(600, 680, 30, 2), ruled=True),
    "photo with specks": lambda: photographed(mask(600, 680, 30, 2), specks=30),
}


@pytest.mark.parametrize("name", IMAGES)
def test_the_digit_is_found_in(name: str) -> None:
    assert alike(from_image(IMAGES[name]()).picture, EXPECTED) > 0.75


def test_an_image_lying_on_its_side_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.fromarray(np.uint8(255 - 255 * mask())).transpose(Image.Transpose.ROTATE_90)
    assert alike(from_image(saved(lying, "JPEG", exif=exif)).picture, EXPECTED) > 0.9


def test_the_box_is_told_in_pixels_of_the_file() -> None:
    sketch = from_image(saved(painted(mask(3000, 3400, 220, 10), BLACK, WHITE)))
    assert sketch.box == pytest.approx((690, 590, 1320, 1820), abs=25)


def header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    small = bytearray(saved(np.zeros((5, 5))))
    small[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    small[29:33] = zlib.crc32(bytes(small[12:29])).to_bytes(4, "big")
    return bytes(small)


WHOLE = saved(painted(mask(), BLACK, WHITE))
HOPELESS = {
    "nothing": b"",
    "text": b"this is no picture",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "half a png": WHOLE[: len(WHOLE) // 2],
    "a png's beginning": WHOLE[:20],
    "one pixel": saved(np.zeros((1, 1))),
    "a line of pixels": saved(np.zeros((1, 400))),
    "one colour": saved(np.full((50, 40, 3), 137)),
    "nothing but transparency": saved(np.zeros((50, 40, 4))),
    "far too many pixels": header(200_000, 200_000),
    "too many pixels": header(10_000, LARGEST_IMAGE // 10_000 + 1),
    "a size that is not there": header(4_000, 4_000),
    "a huge file": b"\x89PNG" + bytes(LARGEST_FILE),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_hopeless_images_get_a_sentence(name: str) -> None:
    with pytest.raises(Problem) as caught:
        from_image(HOPELESS[name])
    assert caught.value.where == ("image",) and caught.value.message.endswith(".")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_damaged_files_never_break_anything(format: str) -> None:
    whole, chance = saved(painted(mask(90, 100, 7, 0.3), BLACK, WHITE), format), np.random.default_rng(1)
    for _ in range(60):
        broken = bytearray(whole[: chance.integers(1, len(whole) + 1)])
        for place in chance.integers(0, len(broken), chance.integers(0, 12)):
            broken[place] = chance.integers(256)
        try:
            assert isinstance(from_image(bytes(broken)), Sketch)
        except Problem as problem:
            assert problem.where == ("image",)


@pytest.mark.parametrize("difference", [1, 8, 30, 127, 255])
@pytest.mark.parametrize("base", [0, 60, 255])
def test_two_colours_however_near_never_break_anything(base: int, difference: int) -> None:
    other = base - difference if base > 127 else base + difference
    for rows, columns in [
        (slice(3, 9), slice(4, 6)),
        (slice(0, 20), slice(8, 9)),
        (slice(5, 6), slice(5, 6)),
    ]:
        pixels = np.full((20, 24), base)
        pixels[rows, columns] = other
        try:
            assert from_image(saved(pixels)).picture.any()
        except Problem as problem:
            assert difference < 30 and "one colour" in problem.message


def test_noise_of_any_shape_gives_something_or_a_problem() -> None:
    for shape in [(4, 4), (5, 300, 3), (300, 5), (64, 64, 4), (33, 47, 3), (200, 150)]:
        for spread in (0.6, 5, 200):
            noise = 128 + CHANCE.normal(0, spread, shape)
            try:
                picture = from_image(saved(noise)).picture
                assert picture.shape == (28, 28) and picture.any()
            except Problem as problem:
                assert problem.where == ("image",)
