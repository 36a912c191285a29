"""What of a case somebody of an agency is shown, by ``access.agency_sight``; others see all of it.

Every function takes the reader and gives what it was given to whoever acts for the lender.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from carrears.access.agency_sight import agency_sight
from carrears.access.models import Membership, User
from carrears.access.seeing import acts_for, reach_of
from carrears.casework.models import Case, CaseEvent, Hold

_M = TypeVar("_M", bound=Model)
# What a withheld field of a case is in its place; every other is None.
_NOTHING: Mapping[str, Any] = {
    "band": "", "reasons": [], "treatment": "", "stage": "", "decision": {}, "follow_up_why": {},
}  # fmt: skip
CLASSES = tuple(sorted(set(agency_sight().hold_classes.values())))


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a timeline as its reader sees it; ``by``: None also for somebody not named."""

    data: Mapping[str, Any]
    by: User | None
    whole: bool


def seen_events(user: User, events: QuerySet[CaseEvent]) -> QuerySet[CaseEvent]:
    """The lines that the reader sees: all; or those of his agency and the listed kinds."""
    agency = acts_for(user)
    if not agency:
        return events
    return events.filter(Q(agency=agency) | Q(kind__in=agency_sight().events))


def told_to(user: User, event: CaseEvent) -> Told:
    """A line that the reader sees, with what he sees of it."""
    agency = acts_for(user)
    if not agency or event.agency == agency:
        return Told(event.data, event.actor, whole=True)
    fields = agency_sight().events.get(event.kind, frozenset())
    data = {name: value for name, value in event.data.items() if name in fields}
    if "reason" in data and event.kind.startswith("hold"):
        data["reason"] = agency_sight().hold_classes.get(data["reason"], "personal")
    return Told(data, None, whole=False)


def lean_case(user: User, case: Case) -> Case:
    """The case without what is withheld from the reader; it is not for saving any more."""
    if not acts_for(user):
        return case
    for name in agency_sight().withheld:
        setattr(case, name, _NOTHING.get(name))
    if case.assignee_id is not None and not is_own(user, case.assignee_id):
        case.assignee = None
    return case


def is_own(user: User, other: int | None) -> bool:
    """Whether somebody may be named to the reader: for an agency, its own people alone."""
    return not acts_for(user) or (other is not None and other in _own_people(user))


def named_to(user: User, person: User | None) -> User | None:
    """The person, where he may be named to the reader."""
    return person if person is not None and is_own(user, person.pk) else None


def own_contacts(user: User, rows: QuerySet[_M]) -> QuerySet[_M]:
    """Of contacts, or what came of them, those that the reader's side made; all for the lender."""
    agency = acts_for(user)
    return rows.filter(agency=agency) if agency else rows


def own_requests(user: User, rows: QuerySet[_M]) -> QuerySet[_M]:
    """Of requests, those that people of the reader's side asked for; all for the lender."""
    return rows.filter(asked_by__in=_own_people(user)) if acts_for(user) else rows


def hold_reason_for(user: User, hold: Hold) -> str:
    """Why collection is stopped: the class of the reason, where another side placed the hold."""
    if is_own(user, hold.placed_by_id):
        return hold.reason
    return agency_sight().hold_classes.get(hold.reason, "personal")


def asked_by_class(user: User, holds: QuerySet[Hold], reason: str) -> QuerySet[Hold]:
    """The holds of a reason, or, for people of agencies, of a class: no reason is to be guessed."""
    if not acts_for(user):
        return holds.filter(reason=reason)
    own = Q(reason=reason, placed_by__in=_own_people(user))
    of_class = Q(reason__in=agency_sight().reasons_of(reason))
    return holds.filter(own | (of_class & ~Q(placed_by__in=_own_people(user))))


def _own_people(user: User) -> Collection[int]:
    """The numbers of all who are or were of the reader's agency, asked for once a request."""
    known: frozenset[int] | None = getattr(user, "_own_people", None)
    if known is None:
        members = Membership.objects.filter(organisation__in=reach_of(user).agencies)
        known = frozenset(members.values_list("user", flat=True))
        user._own_people = known  # type: ignore[attr-defined]  # noqa: SLF001  as ``_reach``
    return known
