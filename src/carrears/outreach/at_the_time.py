"""What stood on record at the moment of a contact that is told of only afterwards.

Of any other contact (``moment`` is None) what stands now is asked for, and nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Min, Q, QuerySet

from carrears.casework.models import Hold
from carrears.conduct.complaint_models import Complaint, ComplaintState
from carrears.conduct.dispute_models import Dispute
from carrears.conduct.models import DoNotContact
from carrears.outreach.wanted import ReportedContact, WantedContact
from carrears.parties.models import Consent


def moment_of(wanted: WantedContact) -> datetime | None:
    """By which moment of the house's clock something had to be known; None: now."""
    return wanted.known_at if isinstance(wanted, ReportedContact) else None


def any_reported(wanted: Iterable[WantedContact]) -> bool:
    """Whether one of them was made before it is asked about."""
    return any(isinstance(one, ReportedContact) for one in wanted)


def dated(holds: QuerySet[Hold]) -> QuerySet[Hold]:
    """Holds with the moments at which they were placed and lifted."""
    return holds.annotate(
        placed_at=Min("steps__at", filter=Q(steps__kind="placed")),
        lifted_at=Max("steps__at", filter=Q(steps__kind="lifted")),
    )


def hold_stood(hold: Any, day: date, moment: datetime | None) -> bool:
    """Whether a hold (``dated`` where there is a moment) was placed by then and not lifted."""
    if moment is not None and hold.placed_at is not None and hold.placed_at > moment:
        return False
    if moment is not None and hold.lifted_at is not None:
        return bool(hold.lifted_at > moment)
    return hold.lifted_on is None or bool(hold.lifted_on > day)


def complaint_stood(one: Complaint, moment: datetime | None) -> bool:
    """Whether a complaint was open."""
    if moment is None:
        return one.state != ComplaintState.CLOSED
    return one.received_at <= moment and (one.closed_at is None or one.closed_at > moment)


def dispute_stood(one: Dispute, moment: datetime | None) -> bool:
    """Whether a dispute was open."""
    if moment is None:
        return one.closed_at is None
    return one.received_at <= moment and (one.closed_at is None or one.closed_at > moment)


def bar_stood(row: DoNotContact, moment: datetime | None) -> bool:
    """Whether somebody was on the list."""
    if moment is None:
        return row.lifted_at is None
    return row.added_at <= moment and (row.lifted_at is None or row.lifted_at > moment)


def said_by(words: Iterable[Consent], moment: datetime) -> list[Consent]:
    """What somebody had said by then."""
    return [one for one in words if one.given_at <= moment]
