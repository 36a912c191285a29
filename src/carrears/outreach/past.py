"""Past contacts as facts of the gate: those that were booked, and those told of afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from carrears.conduct import facts as known
from carrears.database.prepared import Blank, prepared
from carrears.outreach.fact_ids import collector_id, party_id, point_id
from carrears.outreach.models import Attempt, AttemptState, ContactOutcome
from carrears.outreach.wanted import WantedContact

# As far back as any counter of the packs looks.
MEMORY = timedelta(days=31)
# Whatever was or may have been done: a booked contact counts until it is known to have failed.
_DONE = (AttemptState.SENT, AttemptState.BOOKED, AttemptState.MADE)
# All that the gate is told of a past contact.
_OF_THE_PAST = (
    "key",
    "party_id",
    "at",
    "channel",
    "contact_point_id",
    "agency",
    "result",
    "effective",
    "purpose",
    "case__loan_id",
)
_OF_THE_UNBOOKED = (
    "party_id",
    "at",
    "channel",
    "direction",
    "agency",
    "result",
    "effective",
    "staff",
    "case__loan_id",
)


def past_attempts(wanted: Sequence[WantedContact], tokens: set[UUID]) -> dict[UUID, list[Attempt]]:
    """What was done, or may have been, towards these people as far back as it counts."""
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    if not wanted:
        return found
    since = min(one.at for one in wanted) - MEMORY
    for attempt in _past.find(tokens=list(tokens), since=since):
        found[attempt.party_id].append(attempt)
    return found


def unbooked_contacts(
    wanted: Sequence[WantedContact], tokens: set[UUID]
) -> dict[UUID, list[ContactOutcome]]:
    """Contacts with these people that were not booked: to the house, and visits."""
    found: dict[UUID, list[ContactOutcome]] = defaultdict(list)
    if not wanted:
        return found
    since = min(one.at for one in wanted) - MEMORY
    for one in _unbooked.find(tokens=list(tokens), since=since):
        found[one.party_id].append(one)
    return found


@prepared
def _past(tokens: Blank, since: Blank) -> QuerySet[Attempt]:
    of_them = tokens.has("party", "uuid")
    past = Attempt.objects.filter(of_them, at__gte=since, state__in=_DONE)
    return past.select_related("case").only(*_OF_THE_PAST)


@prepared
def _unbooked(tokens: Blank, since: Blank) -> QuerySet[ContactOutcome]:
    of_them = tokens.has("party", "uuid")
    told = ContactOutcome.objects.filter(of_them, attempt=None, at__gte=since)
    return told.select_related("case").only(*_OF_THE_UNBOOKED)


def event_of_outcome(outcome: ContactOutcome) -> known.ContactEvent:
    """A contact that was told of only afterwards."""
    is_out = outcome.direction == "out"
    return known.ContactEvent.model_validate(
        {
            "id": f"O.{outcome.pk}",
            "at": outcome.at.astimezone(UTC).replace(tzinfo=None),
            "zone": "UTC",
            "direction": outcome.direction,
            "channel": outcome.channel,
            "party": party_id(outcome.party_id),
            "debts": (f"L.{outcome.case.loan_id}",),
            "collector": collector_id(outcome.agency),
            "mode": "human" if outcome.channel in {"call", "visit"} else None,
            "result": outcome.result,
            "effective": outcome.effective,
            "purpose": "collect" if is_out else None,
            "staff": outcome.staff,
        }
    )


def event_of(attempt: Attempt, *, until: datetime) -> known.ContactEvent:
    """A past contact. A call whose result nobody told yet is left open: the gate counts it."""
    moment = min(attempt.at, until)
    is_call = attempt.channel == "call"
    by_a_person = attempt.channel in {"call", "visit"}
    open_ended = is_call and not attempt.result
    point = attempt.contact_point_id
    return known.ContactEvent.model_validate(
        {
            "id": f"A.{attempt.pk}",
            # The one clock on which no hour comes twice.
            "at": moment.astimezone(UTC).replace(tzinfo=None),
            "zone": "UTC",
            "direction": "out",
            "channel": attempt.channel,
            "party": party_id(attempt.party_id),
            "contact_point": None if point is None else point_id(point),
            "debts": (f"L.{attempt.case.loan_id}",),
            "collector": collector_id(attempt.agency),
            "mode": "human" if by_a_person else None,
            "result": (attempt.result or None) if by_a_person else "sent",
            "effective": None if open_ended else attempt.effective,
            "purpose": attempt.purpose,
        }
    )
