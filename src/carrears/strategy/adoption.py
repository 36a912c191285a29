"""A version that an experiment has proven comes into force, by two people."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from carrears.access.models import User
from carrears.strategy.drafts import DraftError, keep_file, write_history
from carrears.strategy.models import Publication, PublicationKind, StrategyEvent, StrategyVersion
from carrears.strategy.reasons import say


def worked_on(version: StrategyVersion, *, by: User) -> bool:
    """Whether ``by`` worked on a draft of this version, and so cannot approve it.

    Nobody did on a version that was in force before: two people have approved it once.
    """
    if version.publications.exists():
        return False
    touched = StrategyEvent.objects.filter(draft__version=version, by=by)
    return version.drafts.filter(author=by).exists() or touched.exclude(kind="returned").exists()


@transaction.atomic
def adopt_version(
    version: StrategyVersion,
    *,
    effective_on: date,
    proposed_by: User,
    approved_by: User,
    reason: str,
    at: datetime,
    not_before: date,
) -> Publication:
    """Publish what an experiment has proven, proposed by one person and approved by another.

    ``not_before`` is the first day that no day run has decided yet.

    Raises:
        DraftError: one person for both, an approver who worked on it, no reason, or a day that is
            decided already.
    """
    if proposed_by.pk == approved_by.pk:
        raise DraftError("whoever proposed it cannot confirm it; a second person must")
    if worked_on(version, by=approved_by):
        raise DraftError("whoever worked on a draft cannot approve it; a second person has to")
    if not reason.strip():
        raise DraftError("say why the strategy changes")
    if effective_on < not_before:
        raise DraftError(say("days before {not_before} are decided already", not_before=not_before))
    keep_file(version.name, at=at)
    publication = Publication.objects.create(
        name=version.name,
        version=version,
        kind=PublicationKind.ADOPTED,
        effective_on=effective_on,
        proposed_by=proposed_by,
        approved_by=approved_by,
        reason=reason.strip(),
        at=at,
    )
    write_history(
        version.name,
        "adopted",
        version=version,
        by=approved_by,
        at=at,
        reason=reason,
        key=f"publication:{publication.pk}",
    )
    return publication
