"""A network and its training as a Jupyter notebook (nbformat 4), made of the parts of the script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trainer.assembly import Limits
from trainer.export.lines import Part
from trainer.export.script import files, parts
from trainer.job import Job

FOLDER = "mnist"


def notebook(job: Job, *, limits: Limits | None = None) -> dict[str, Any]:
    """The notebook as JSON. Raises the Problem of a job that cannot be a script."""
    cells = [_words("\n\n".join(["# A network and its training", " ".join(files(job))]))]
    cells += _cells(parts(job, "FOLDER", limits=limits))
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [{"id": f"cell-{at}", **cell} for at, cell in enumerate(cells)],
    }


def _cells(sections: list[Part]) -> Iterator[dict[str, Any]]:
    for at, part in enumerate(sections):
        if part.title:
            yield _words(f"## {part.title}")
        source = "\n".join(line.text for line in part.lines)
        more = f'\n\nFOLDER = "{FOLDER}"' if at == 0 else ""
        yield {
            "cell_type": "code",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source + more,
        }


def _words(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}
