"""The case file on one page, put together of its parts (``view_models.case``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from carrears.workbench.view_models.cadence import CadenceShown
from carrears.workbench.view_models.case import (
    Allowed,
    Car,
    LoanTerms,
    NextStep,
    OpenHold,
    OpenPromise,
    OpenReply,
    Owed,
    Person,
    Score,
    Siblings,
    Timeline,
    Treatment,
    UnsentMessage,
    Warned,
)
from carrears.workbench.view_models.disputes import DisputeRow
from carrears.workbench.view_models.holds import HoldShown


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHead:
    """What changes while a case is worked: how it stands, and what happened."""

    loan_no: str
    state: str
    bucket: int
    dpd: int
    as_of: date
    opened_on: date
    closed_on: date | None
    close_reason: str
    priority: int
    assignee: str
    debtor: Person
    others: tuple[Person, ...]
    owed: Owed
    promise: OpenPromise | None
    hold: OpenHold | None
    timeline: Timeline
    allowed: Allowed
    follow_up_on: date | None = None
    follow_up_at: time | None = None
    follow_up_why: str = ""
    next_step: NextStep | None = None
    replies: tuple[OpenReply, ...] = ()
    unsent: tuple[UnsentMessage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage(CaseHead):
    """The page."""

    siblings: Siblings | None
    loan: LoanTerms
    car: Car | None
    score: Score | None
    treatment: Treatment | None
    warned: Warned | None = None
    cadence: CadenceShown | None = None
    holds: tuple[HoldShown, ...] = ()
    disputes: tuple[DisputeRow, ...] = ()
