"""A contact that somebody or the strategy wants to make, whatever its channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.conduct.verdict import Verdict
from carrears.outreach.models import Override
from carrears.parties.models import Party
from carrears.parties.queries import PersonData, ReachableAt

# Under which kind of the parties' contact points a channel reaches a person.
KIND_OF_CHANNEL = {
    "call": "phone",
    "sms": "phone",
    "email": "email",
    "letter": "address",
    "visit": "address",
    "portal": "portal",
}


class WantedContact(Protocol):
    """What the gate is asked about. ``key`` tells one contact from all others, for ever."""

    @property
    def key(self) -> str:
        """The same key again is the same contact."""

    @property
    def case(self) -> Case:
        """About which debt."""

    @property
    def party(self) -> Party:
        """To whom."""

    @property
    def at(self) -> datetime:
        """The business moment, aware."""

    @property
    def channel(self) -> str:
        """By what, in the gate's words."""

    @property
    def purpose(self) -> str:
        """What for, in the gate's words."""

    @property
    def point(self) -> int | None:
        """Which number or address; None: the person's first of the channel."""

    @property
    def agency(self) -> str:
        """Which agency acts for the lender; empty: the lender."""

    @property
    def override(self) -> Override | None:
        """Under whose leave, where the gate leaves it to a person."""

    @property
    def by(self) -> User | None:
        """Who asked for it; None: the strategy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedVisit:
    """One visit by ``staff`` people; ``announced``: day and purpose were told before."""

    key: str
    case: Case
    party: Party
    at: datetime
    point: int | None = None
    purpose: str = "collect"
    agency: str = ""
    staff: int = 2
    announced: bool = False
    by: User | None = None
    override: Override | None = None
    channel: str = field(default="visit", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedContact:
    """A contact that was made, told only afterwards; judged by what was known at its time.

    ``known_at`` is its moment by the house's own clock, which in a replayed book is another than
    ``at``. ``result``, ``effective`` and ``answered_by`` say what came of a call or a visit,
    ``staff`` how many went, ``announced`` whether day and purpose of a visit were told before.
    """

    key: str
    case: Case
    party: Party
    at: datetime
    known_at: datetime
    channel: str
    point: int | None = None
    purpose: str = "collect"
    agency: str = ""
    staff: int | None = None
    result: str = ""
    effective: bool = False
    answered_by: str = ""
    announced: bool = False
    by: User | None = None
    override: Override | None = field(default=None, init=False)


def may_leave(wanted: WantedContact, verdict: Verdict) -> bool:
    """Whether the contact may be made: the gate allows it, or an override is for just this."""
    if verdict.gate_action == "allow":
        return True
    return is_overridden(wanted, verdict)


def is_overridden(wanted: WantedContact, verdict: Verdict) -> bool:
    """Whether an override speaks of every rule that asks for review; it is of no use else."""
    if wanted.override is None or verdict.gate_action != "review":
        return False
    against = {each.rule_id for each in verdict.findings if each.gate_action != "allow"}
    return against <= set(wanted.override.rules)


def debtor_of(wanted: WantedContact) -> UUID:
    """The token of who owes the debt; of the addressee where nobody else is on record."""
    return wanted.case.party_id or wanted.party.token


def point_of(wanted: WantedContact, person: PersonData) -> ReachableAt | None:
    """The number or address at which ``person`` would be reached, if there is one to use."""
    kind = KIND_OF_CHANNEL[wanted.channel]
    if wanted.point is None:
        return person.at(kind)
    was_used = isinstance(wanted, ReportedContact)  # in use or not: it was dialled
    return next(
        (
            p
            for p in person.points
            if p.pk == wanted.point and p.kind == kind and (p.valid or was_used)
        ),
        None,
    )
