"""Requests of people: the list, and one with its course and next steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Pager
from carrears.workbench.view_models.time_limits import LimitShown


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request of the list; ``due`` is a code of the group ``due``, or empty."""

    pk: int
    loan_no: str
    kind: str
    channel: str
    jurisdiction: str
    state: str
    received_at: datetime
    due_on: date | None
    due: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsPage:
    """The list with its filters and what is open, overdue and due soon in all."""

    rows: tuple[RequestRow, ...]
    pager: Pager
    states: tuple[Option, ...]
    kinds: tuple[Option, ...]
    dues: tuple[Option, ...]
    jurisdictions: tuple[Option, ...]
    kept: tuple[tuple[str, str], ...]
    open: int
    overdue: int
    soon: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStepShown:
    """One line of a request's course."""

    kind: str
    at: datetime
    by: str
    detail: str
    text: str
    entry_no: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptShown:
    """Something that has to be kept: why (group ``kept_why``), until when, by which text."""

    why: str
    loan_no: str
    until: date | None
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredRow:
    """A row of the strategy that fired: its conditions with what the loan had and what is asked."""

    rule: str
    about: str
    conditions: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestedShown:
    """The decision that a request contests. ``outcome`` is of ``appeal_outcome``, or empty."""

    treatment: str
    decided_on: date
    strategy: str
    version: str
    rows: tuple[FiredRow, ...]
    facts: tuple[tuple[str, str], ...]
    outcome: str
    treatment_after: str
    until_on: date | None
    standing: tuple[str, ...]
    in_force: str
    may_judge: bool
    waits_for_other: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRow:
    """A case whose new treatment waits: what it has, and what (``code``) the strategy wants."""

    pk: int
    loan_no: str
    name: str
    dpd: int
    has: str
    code: str
    wants: str
    key: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationsPage:
    """What waits for a person's word."""

    rows: tuple[ConfirmationRow, ...]
    pager: Pager
    may_confirm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestShown:
    """One request. ``text`` is None of somebody who was erased, ``name`` empty."""

    row: RequestRow
    name: str
    role: str
    asker: str
    proof: str
    registered_by: str
    proposed_by: str
    decided_by: str
    refusal: str
    text: str | None
    erased: bool
    waits_for_other: bool
    reports: bool
    keeps: tuple[KeptShown, ...]
    judges_keeping: bool
    limits: tuple[LimitShown, ...]
    steps: tuple[RequestStepShown, ...]
    case_seen: bool
    contested: ContestedShown | None = None
