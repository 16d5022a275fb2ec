"""A job becomes a run: within what one person may have, counted and made in one transaction."""

from uuid import UUID, uuid4

from django.db import transaction

from playground.accounts.models import Person
from playground.networks.models import SavedNetwork
from playground.runs.jobs import Admitted
from playground.runs.models import Run
from playground.runs.quotas import require_place, require_storage
from trainer.problems import Problem

NEW_GROUP = "new"


@transaction.atomic
def launch(
    owner: Person,
    admitted: Admitted,
    name: str,
    saved: SavedNetwork | None = None,
    group: UUID | None = None,
) -> Run:
    """Puts a job into the queue; a Problem with numbers where this person has enough."""
    Person.objects.select_for_update().get(pk=owner.pk)  # one after another: else two could both be the last
    require_place(owner, group)
    require_storage(owner, admitted.needs.stored)
    return Run.objects.launch(owner, admitted.job, name, saved, group=group, **admitted.fields())


def read_group(owner: Person, given: object) -> UUID | None:
    """The group that a new run joins: none, a "new" one, or one of this person's by its id."""
    if given is None:
        return None
    if given == NEW_GROUP:
        return uuid4()
    try:
        group = UUID(str(given))
    except ValueError:
        group = None
    if group is None or not Run.objects.of(owner).filter(group=group).exists():
        raise Problem('There is no such group of yours; "new" makes one.', ("group",))
    return group
