"""Hostile things, drawn by hypothesis: wrong, huge, nested, non-finite, unicode, half characters, damaged.

Most come from something right that is spoilt in one to three places, because nonsense alone is refused at
the first door and tries nothing behind it.
"""

import base64
import copy
import json
import random
from functools import cache
from typing import Any

from hypothesis import strategies as st

import trainer.catalogue

Draw = Any  # hypothesis types it as a callable with a type variable of its own

catalogue = cache(trainer.catalogue.catalogue)

# Stand for JSON that Python's own writer can't write; `written` puts it in.
RAW = {
    "\ue000": "1e400",
    "\ue001": "-1e400",
    "\ue002": "1" + "0" * 400,
    "\ue003": "1" + "0" * 5_000,
    "\ue004": "NaN",
    "\ue005": "-Infinity",
    "\ue006": "[" * 150 + "]" * 150,
    "\ue007": "[" * 100_000,
    "\ue008": '{"a":' * 180 + "0" + "}" * 180,
    "\ue009": "0." + "1" * 10_000,
    "\ue00a": '"\\ud800"',
    "\ue00b": '"a\\u0000b"',
    "\ue00c": '{"kind":"relu","kind":"linear","kind":"dropout"}',
}
WORDS = [
    "",
    " ",
    "ä" * 300,
    "𝟙" * 50,
    "\u202egnp.exe",
    "e\u0301\ufeff\u200d",
    "x" * 70_000,
    "__proto__",
    "constructor",
    "__class__",
    "../../etc/passwd",
    "'; DROP TABLE runs_run; --",
    "$(reboot)",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "\\u0000",
    "null",
    "NaN",
    "0x10",
    "١٢",
    "1e5",
    "input",
    "flatten1",
]
NUMBERS = [0, -1, 1, 2, 255, 4_097, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63) - 1]
FRACTIONS = [0.0, -0.0, 0.5, 1.5, 1e-320, 1e-30, 1e30, 1.7976931348623157e308, 0.1 + 0.2]

scalars = st.one_of(
    st.sampled_from([None, True, False]),
    st.sampled_from(NUMBERS),
    st.sampled_from(FRACTIONS),
    st.sampled_from(WORDS),
    st.sampled_from(sorted(RAW)),
    st.text(max_size=30),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def written(thing: Any) -> str:
    """A thing as JSON text, with what only text can say."""
    text = json.dumps(thing)
    for mark, raw in RAW.items():
        text = text.replace(json.dumps(mark), raw, 5)  # more of the longest would be a hundred megabytes
    return text


def places(thing: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside."""
    found = [before] if before else []
    pairs = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, value in list(pairs)[:40]:
        found += places(value, (*before, key))
    return found


LARGEST = 20_000_000  # characters: more than any door takes


@st.composite
def spoilt(draw: Draw, sound: Any) -> Any:
    """Something right with one to three places made wrong."""
    thing = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 3))):
        ways = places(thing)
        if not ways:
            return draw(anything)
        _spoil(draw, thing, draw(st.sampled_from(ways)))
    return thing


def _spoil(draw: Draw, thing: Any, way: tuple[Any, ...]) -> None:
    holder = thing
    for key in way[:-1]:
        holder = holder[key]
    last = way[-1]
    match draw(st.sampled_from(["replace", "replace", "replace", "wrap", "remove", "extra", "many"])):
        case "replace":
            holder[last] = draw(scalars | anything)
        case "wrap":
            holder[last] = [holder[last]]
        case "remove":
            del holder[last]
        case "extra" if isinstance(holder, dict):
            holder[draw(st.sampled_from([*WORDS, *RAW]))] = draw(anything)
        case _:
            value = holder[last]
            times = draw(st.sampled_from([2, 101, 1_001]))
            if times * len(str(value)) > LARGEST:
                return  # three times so would fill the memory of who sends it
            holder[last] = (
                value * times if isinstance(value, list | str) and len(value) < 30 else [value] * times
            )


@st.composite
def values(draw: Draw, field: dict[str, Any]) -> Any:
    """A value of a form's field: at its bounds, within them, or just beyond."""
    if field["choices"]:
        return draw(st.sampled_from(field["choices"]))
    low, high = field["minimum"], field["maximum"]
    if field["type"] == "integer":
        edges = [edge for edge in (low, high) if edge is not None] or [1]
        return draw(st.sampled_from([*edges, edges[0] - 1, edges[-1] + 1, 1, 2, 3, 7]))
    if field["type"] == "number":
        return draw(st.sampled_from([low or 0.0, high or 1.0, 0.5, 1e-9, 1e9]))
    return draw(scalars)


@st.composite
def layers(draw: Draw) -> dict[str, Any]:
    """A layer of a kind that exists."""
    entry = draw(st.sampled_from(catalogue()["layers"]))
    layer = {"kind": entry["kind"]}
    for field in entry["fields"]:
        if field["required"] or draw(st.booleans()):
            layer[field["name"]] = draw(values(field))
    return layer


@st.composite
def networks(draw: Draw) -> Any:
    """A network: one that comes with the program, or layers that need not fit, perhaps spoilt."""
    templates = [template["network"] for template in catalogue()["templates"]]
    side = st.sampled_from([0, 1, 2, 3, 27, 28, 224, 1_024, 1_025])
    made = st.fixed_dictionaries(
        {"layers": st.lists(layers(), max_size=12)},
        optional={"input": st.lists(side, min_size=3, max_size=3), "format": st.sampled_from([1, 1, 1, 2])},
    )
    network = draw(st.sampled_from(templates) | made)
    return draw(st.just(network) | spoilt(network))


@st.composite
def jobs(draw: Draw) -> Any:
    """A job with any network, perhaps spoilt."""
    described = catalogue()
    job: dict[str, Any] = {
        "network": draw(st.sampled_from(["small-cnn", "no-such-template"]) | networks()),
        "dataset": {"kind": "strokes", "size": 2_000},
        "epochs": 1,
        "name": draw(st.sampled_from(["", "Mine", *WORDS])),
    }
    for field in described["job"]["fields"]:
        if field["type"] in ("integer", "number", "boolean", "choice", "text") and draw(st.booleans()):
            job[field["name"]] = draw(values(field))
    return draw(st.just(job) | spoilt(job))


coordinates = st.sampled_from([*NUMBERS, *FRACTIONS, 140, 280, -1e5, 1e5]) | st.floats(0, 280)


@st.composite
def scribbles(draw: Draw) -> Any:
    """As many strokes and points as may be, all over the pad: the costliest drawing."""
    chance = random.Random(draw(st.integers(0, 99)))
    brush, count = draw(st.sampled_from([0.01, 18, 280])), draw(st.sampled_from([50, 1_000, 20_000]))
    points: list[Any] = [[chance.uniform(-9, 289), chance.uniform(-9, 289)] for _ in range(count)]
    step = draw(st.sampled_from([40, 20_000]))
    if draw(st.booleans()):
        points[draw(st.integers(0, count - 1))] = draw(st.lists(coordinates, min_size=2, max_size=3))
    return [{"brush": brush, "points": points[at : at + step]} for at in range(0, count, step)]


names = st.sampled_from(["input", "conv1", "conv2", "linear1", "relu1", "flatten1", "no-such"])
counts = st.sampled_from([4_096, 4_096, 1, 0])
wishes = st.lists(
    st.fixed_dictionaries(
        {"name": names, "first": st.sampled_from([0, 0, 1]), "count": counts, "exact": st.booleans()}
    ),
    max_size=4,
)
COSTLY = [{"kind": "conv2d", "out_channels": 60, "kernel_size": 5, "padding": 2}]
COSTLY += [*COSTLY, {"kind": "flatten"}, {"kind": "linear", "out_features": 10}]


@st.composite
def probes(draw: Draw) -> Any:
    """A digit of a look: drawn, scribbled, or a picture of noise."""
    picture = base64.b64encode(draw(st.binary(min_size=784, max_size=784))).decode()
    drawn = draw(st.sampled_from([{"picture": picture}, {"strokes": []}]) | scribbles().map(_as_strokes))
    return {"id": draw(st.sampled_from(["pad", "ü" * 40])), **drawn}


def _as_strokes(drawing: Any) -> dict[str, Any]:
    return {"strokes": drawing}


@st.composite
def sound_looks(draw: Draw) -> Any:
    """A message of the looking socket that is right, however much it asks for."""
    look: dict[str, Any] = {
        "kind": "look",
        "request": draw(st.sampled_from([1, 2**70, -1])),
        "weights": {"kind": "ready"},
        "probes": draw(st.lists(probes(), max_size=5)),
        "layers": draw(st.none() | wishes | wishes.map(lambda few: few * 50)),
    }
    if draw(st.booleans()):
        look["weights"] = {"kind": "initial", "seed": draw(st.sampled_from([0, 1, 2**63 - 1]))}
        templates = [template["network"] for template in catalogue()["templates"]]
        look["network"] = draw(st.sampled_from([{"layers": COSTLY}, *templates]))
    return look


@st.composite
def looks(draw: Draw) -> Any:
    """A message of the looking socket: right, spoilt, or at a network of any kind."""
    look = draw(sound_looks())
    match draw(st.sampled_from(["sound", "spoilt", "spoilt", "network", "run"])):
        case "spoilt":
            return draw(spoilt(look))
        case "network":
            return look | {"network": draw(networks()), "weights": {"kind": "initial", "seed": 1}}
        case "run":
            return look | {"weights": {"kind": "run", "run": "00000000-0000-4000-8000-000000000000"}}
    return look


follows = spoilt({"kind": "follow", "after": 0, "token": "x"}) | spoilt({"kind": "pace", "hidden": True})
