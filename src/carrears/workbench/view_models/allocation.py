"""Who works what: the pool of cases that nobody works, and the collectors' desks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from carrears.money import Money
from carrears.workbench.view_models.common import Pager, Sensitive


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRow:
    """A case that nobody works. ``why`` says it of each rule; ``next_owner`` would get it now."""

    pk: int
    loan_no: str
    name: Sensitive
    bucket: int
    dpd: int
    arrears: Money
    priority: int
    why: tuple[str, ...]
    next_owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPage:
    """The pool, most urgent first; ``ready`` of the rows would be given out now."""

    rows: tuple[PoolRow, ...]
    pager: Pager
    ready: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow:
    """A collector. ``state`` is a code of ``desk_state``; ``back_on`` when he is at work next.

    ``back_at`` is the hour of an absence that ends within the day.
    """

    pk: int
    name: str
    teams: tuple[str, ...]
    state: str
    back_on: date | None
    back_at: str
    people: int
    room: int
    arrears: int
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceRow:
    """When somebody is not there; ``may_end`` while it is not over."""

    pk: int
    from_on: date
    until_on: date | None
    from_at: str
    until_at: str
    added_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """One collector's desk and absences."""

    row: DeskRow
    absences: tuple[AbsenceRow, ...]
