"""People of the house: accounts, where they belong, and what two people decide on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.access import SessionRow
from carrears.workbench.view_models.common import Option, Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody; ``state`` is a code of ``account_state``, ``factors`` of how many kinds."""

    pk: int
    name: str
    username: str
    state: str
    roles: tuple[str, ...]
    places: tuple[str, ...]
    last_login: datetime | None
    has_factor: bool
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """The list with its filters; ``waiting`` proposals stand beside it."""

    rows: tuple[PersonRow, ...]
    pager: Pager
    text: str
    roles: tuple[Option, ...]
    organisations: tuple[Option, ...]
    states: tuple[Option, ...]
    active: bool
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipRow:
    """Where somebody belongs, or did."""

    pk: int
    organisation: str
    kind: str
    is_home: bool
    from_on: date
    until_on: date | None
    added_by: str
    may_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """One account, and what the reader may do with it."""

    row: PersonRow
    email: str
    since: datetime
    link_until: datetime | None
    memberships: tuple[MembershipRow, ...]
    sessions: tuple[SessionRow, ...]
    tokens: int
    proposals: tuple[ProposalRow, ...]
    earliest_end: date
    may_move: bool
    may_set_roles: bool
    may_change: bool
    is_dangerous: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A dangerous change, proposed or decided; ``says`` tells it in words."""

    pk: int
    kind: str
    state: str
    subject: str
    subject_pk: int
    says: str
    reason: str
    asked_by: str
    asked_at: datetime
    ends_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision: str
    may_decide: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalsPage:
    """What was proposed, by state."""

    rows: tuple[ProposalRow, ...]
    pager: Pager
    states: tuple[Option, ...]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    """One organisation in the tree, ``depth`` steps below its root."""

    pk: int
    key: str
    name: str
    kind: str
    depth: int
    people: int
    placed: int | None
    is_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementRow:
    """A debtor with an agency, by the loans of his that the reader sees."""

    pk: int
    loans: tuple[str, ...]
    from_on: date
    until_on: date | None
    state: str
    placed_by: str
    reason: str
    may_recall: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationPage:
    """One organisation: its people today and, of an agency, what is placed with it."""

    row: OrganisationRow
    above: str
    people: tuple[PersonRow, ...]
    placements: tuple[PlacementRow, ...]
    pager: Pager | None
    may_close: bool
