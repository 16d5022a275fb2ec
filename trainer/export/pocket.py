"""My network in my pocket: one HTML file with pad, weights and pictures of the layers, that needs no server.

It fetches nothing: its policy forbids every request, and lets only the two scripts run that it names.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from trainer.assembly import assemble
from trainer.export.bundle import STATIC, bundled, exported
from trainer.export.tape import record
from trainer.layers.base import described
from trainer.network import Network
from trainer.picture import SIDE
from trainer.preparation import AS_THEY_ARE, Preparation
from trainer.problems import Problem

MOST_WEIGHTS = 5_000_000  # 27 MB of HTML

_STYLES = re.compile(r'^(?:<link rel="stylesheet" href="[^"]+">\n)+', re.MULTILINE)
_ADDRESS = re.compile(r'href="([^"]+)"')
_CLASSIC = '<script src="js/lib/theme.js"></script>'
_MODULE = '<script type="module" src="js/pages/pocket.js"></script>'


def pocket(
    network: Network,
    tensors: Mapping[str, Tensor],
    name: str,
    told: str = "",
    preparation: Preparation = AS_THEY_ARE,
) -> str:
    """The page as HTML: `name` is its title, `told` a sentence beside it, `tensors` the weights by name.

    Raises the Problem of a network that receives no drawings, is too large, or has a layer that cannot be
    played without PyTorch.
    """
    _refuse_other_pictures(network)
    if preparation.pixels is not None:
        message = "This network learned from pictures with shuffled pixels: nobody can draw for it."
        raise Problem(message, ("permuted",))
    assembly = assemble(network)
    _refuse_other_answers(assembly.shape)
    tape = record(assembly, exported("js/core/operations"), preparation)
    numbers = tape.numbers(tensors)
    if len(numbers) > 4 * MOST_WEIGHTS:
        message = f"A page can hold {MOST_WEIGHTS:,} weights; this network has {len(numbers) // 4:,}."
        raise Problem(message, ("network", "layers"))
    facts = {**tape.describe(tensors), "name": name, "told": told}
    return _page(json.dumps(facts).replace("<", "\\u003c"), base64.b64encode(numbers).decode())


def _page(facts: str, weights: str) -> str:
    shell = Path(__file__).with_name("pocket.html").read_text(encoding="utf-8")
    links = _STYLES.search(shell)
    assert links
    style = "".join(_text(address) for address in _ADDRESS.findall(links[0]))
    scripts = [_text("js/lib/theme.js"), _harmless(bundled("js/pages/pocket.js"))]
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">'
    parts = {
        '<meta charset="utf-8">': f'<meta charset="utf-8">\n{policy}',
        links[0]: f"<style>\n{style}</style>\n",
        _CLASSIC: f"<script>{scripts[0]}</script>",
        _MODULE: f'<script type="module">{scripts[1]}</script>',
        'id="tape"></script>': f'id="tape">{facts}</script>',
        'id="weights"></script>': f'id="weights">{weights}</script>',
    }
    for place, filled in parts.items():
        before, found, after = shell.partition(place)
        assert found, place
        shell = before + filled + after
    return shell


def _policy(scripts: list[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:"


def _refuse_other_pictures(network: Network) -> None:
    if network.input != (1, SIDE, SIDE):
        raise Problem(
            f"A drawing is {SIDE} × {SIDE} numbers; this network receives something else.",
            ("network", "input"),
        )


def _refuse_other_answers(shape: tuple[int, ...]) -> None:
    if len(shape) != 1 or shape[0] < 2:
        raise Problem(
            f"A page in the pocket tells classes; this network gives {described(shape)}.",
            ("network", "layers"),
        )


def _harmless(text: str) -> str:
    """A script that does not end its element before its time."""
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")


def _text(address: str) -> str:
    return (STATIC / address).read_text(encoding="utf-8")
