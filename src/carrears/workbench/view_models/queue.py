"""The work list of a collector, and what the search finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.money import Money
from carrears.workbench.view_models.common import Option, Pager, Sensitive


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One case. ``flags`` are codes: hold, dispute, do_not_contact, broken_promise.

    ``why`` says why it stands at its place, where the list is in the order of what it is worth,
    ``found_by`` whom of a loan a search found;
    ``priority``: None where it is not for the reader;
    ``plan`` is a code of ``in_plan`` where the case asks for work of the reader's today.
    """

    loan_no: str
    name: Sensitive
    state: str
    bucket: int
    dpd: int
    arrears: Money
    balance: Money
    priority: int | None
    band: str
    treatment: str
    step: str = ""
    next_channel: str = ""
    next_at: datetime | None = None
    promise_on: date | None = None
    last_contact_at: datetime | None = None
    assignee: str = ""
    flags: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    found_by: tuple[str, ...] = ()
    plan: str = ""
    pk: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilters:
    """What a list of cases is narrowed by. ``buckets`` may be chosen several at once."""

    text: str
    buckets: tuple[Option, ...]
    treatments: tuple[Option, ...]
    steps: tuple[Option, ...]
    owners: tuple[Option, ...]
    flags: tuple[Option, ...]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """The reader's day: so many cases of ``wanted`` fit into it, of which ``done`` are worked.

    Times are in the reader's words; ``has`` is what his day has. ``rest`` waits for another day.
    ``left`` and ``entered`` say why, and how many each, of those that went unworked or came since;
    ``paused`` were stopped today and let go again.
    """

    done: int
    planned: int
    wanted: int
    rest: int
    promises: int
    takes: str
    has: str
    rest_takes: str
    takes_minutes: int
    has_minutes: int
    rest_minutes: int
    is_away: bool
    left: str
    entered: str
    left_many: int
    entered_many: int
    paused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """The page, and by ``_queue_rows.html`` its changing part."""

    filters: CaseFilters
    sorts: tuple[Option, ...]
    rows: tuple[QueueRow, ...]
    pager: Pager
    arrears: Money | None
    as_of: date | None
    plan: DayLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """Cases found by loan number or name; ``too_short`` when the text cannot be searched."""

    text: str
    rows: tuple[QueueRow, ...]
    pager: Pager
    too_short: bool = False
