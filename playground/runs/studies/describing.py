"""A study as the page and scripts see it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser

from playground.accounts.models import Person
from playground.runs.studies.models import Study, Trial


def describe(study: Study, person: Person | AnonymousUser) -> dict[str, Any]:
    """All of a study, its plan and its trials."""
    return {**progress(study, person), "plan": study.plan, "trials": trials_after(study, 0)}


def describe_for_page(study: Study, person: Person | AnonymousUser) -> dict[str, Any]:
    """The same with the fields that it changes in words, so that the page needs no catalogue."""
    plan = study.read()
    axes = [
        {
            "path": path,
            "label": plan.tuned[path].field["label"],
            "owner": plan.tuned[path].owner,
            **values.model_dump(exclude_none=True),
        }
        for path, values in plan.space.items()
    ]
    return {**describe(study, person), "axes": axes}


def progress(study: Study, person: Person | AnonymousUser) -> dict[str, Any]:
    """How a study stands, without its plan and its trials."""
    times = {name: getattr(study, name) for name in ("created", "ended")}
    result = {"best": None, "finalists": [], "importances": {}} | study.result
    return {
        "id": str(study.pk),
        "name": study.name,
        "status": study.status,
        "mine": study.owner_id == person.pk,
        "shared": study.shared,
        "seq": study.seq,
        "made": study.made,
        "group": str(study.group),
        "estimate_seconds": study.estimate,
        "best": result["best"],
        "finalists": result["finalists"],
        "importances": result["importances"],
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }


def trials_after(study: Study, seq: int) -> list[dict[str, Any]]:
    """The trials that changed after `seq` of the study, in the order of their numbers."""
    rows = study.trials.filter(seq__gt=seq).select_related("run").defer("run__job")
    return [_describe(row, study.plan["objective"]) for row in rows]


def _describe(row: Trial, objective: Any) -> dict[str, Any]:
    run = row.run if row.run and not row.run.deleted else None
    told = row.told()
    return {
        "number": row.number,
        "run": str(run.pk) if run else None,
        "values": row.values,
        "seed": row.seed,
        "repeats": row.repeats,
        "state": row.state,
        "reports": row.reports,
        "value": told.value(objective),
        "seconds": row.seconds,
        "reason": row.reason,
        "seq": row.seq,
    }
