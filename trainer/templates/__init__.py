"""Networks that come with the program: one JSON file each, named as the template."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from trainer.assembly import assemble
from trainer.network import Network
from trainer.problems import Problem, shortened


class Template(BaseModel):
    """A network to start from; `job` are fields of a job for it that differ from the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: int
    label: str
    help: str
    network: Network
    job: dict[str, Any] = Field(default_factory=dict)


@cache
def templates() -> dict[str, Template]:
    """Every template by its name, in the order in which a person should meet them."""
    files = Path(__file__).parent.glob("*.json")
    read = {file.stem: Template.model_validate_json(file.read_text(encoding="utf-8")) for file in files}
    return dict(sorted(read.items(), key=lambda named: named[1].order))


def template(name: str) -> Template:
    """The template of that name; a Problem lists the names that there are."""
    if name not in templates():
        raise Problem(f"There is no template {shortened(name)}. There are: {', '.join(templates())}.")
    return templates()[name]


def describe() -> list[dict[str, Any]]:
    """All templates as JSON for the catalogue."""
    return [
        {
            "name": name,
            "label": found.label,
            "help": found.help,
            "network": found.network.describe(),
            "job": found.job,
            "parameters": sum(stage.parameters for stage in assemble(found.network).stages),
        }
        for name, found in templates().items()
    ]
