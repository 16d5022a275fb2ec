"""A job as code that stands alone, over HTTP: the page shows it beside the network."""

import json
from typing import Any, Literal

from django.conf import settings
from ninja import Body, Field, Query, Router, Schema

from playground.accounts.identity import Asked, Reader
from playground.rates import count
from playground.runs.jobs import refuse_large

router = Router(tags=["runs"])


class Exported(Schema):
    """A file made of a job."""

    file: str = Field(description="What it could be called.")
    text: str
    lines: int = Field(description="Lines of code, without blank ones and comments; 0 for a notebook.")
    layers: dict[str, int] = Field(description="Layer → its line, from 0; those without one are left out.")


class Wish(Schema):
    """What to make of it."""

    form: Literal["pytorch", "notebook", "keras"] = Field(
        "pytorch", alias="as", description="Which kind of file."
    )


@router.post("/export", auth=Reader(), response=Exported)
def export(request: Asked, given: Body[dict[str, Any]], wish: Query[Wish]) -> Any:
    """A job as a PyTorch script, a notebook, or its network as Keras code. Nothing is kept."""
    from trainer.admission import admit
    from trainer.assembly import Limits  # here: these load PyTorch, and the web must answer before that
    from trainer.export import keras_script, notebook, pytorch_script
    from trainer.job import Job

    count("exports", request)
    refuse_large(given)
    job, limits = Job.read(given), Limits(**settings.RUN_LIMITS)
    if wish.form == "notebook":
        text = json.dumps(notebook(job, limits=limits), indent=1, ensure_ascii=False)
        return {"file": "network.ipynb", "text": text, "lines": 0, "layers": {}}
    if wish.form == "keras":
        admit(job, limits)
        script = keras_script(job.network, limits=limits)
    else:
        script = pytorch_script(job, limits=limits)
    return {"file": "network.py", "text": script.text, "lines": script.lines, "layers": script.layers}
