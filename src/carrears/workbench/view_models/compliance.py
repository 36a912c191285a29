"""What the gate let go and what it stopped, counted and one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.chart import AxisChart
from carrears.workbench.view_models.common import Option, Pager
from carrears.workbench.view_models.contact import Verdict
from carrears.workbench.view_models.templates import ChoicePart


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Attempts of one group by what the gate said; ``query`` lists them.

    ``near`` are those of the allowed that were near misses.
    """

    title: str
    query: str
    allowed: int = 0
    blocked: int = 0
    review: int = 0
    near: int = 0
    mark: str = ""

    @property
    def total(self) -> int:
        """All of them."""
        return self.allowed + self.blocked + self.review

    @property
    def stopped_share(self) -> float | None:
        """The share that did not simply leave; None of nothing."""
        return (self.blocked + self.review) / self.total if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTally:
    """How often a rule stood in the way, and how often it let go by a hair (``near``).

    An attempt that several stopped counts for each.
    """

    pack: str
    rule_id: str
    title: str
    query: str
    blocked: int = 0
    review: int = 0
    near: int = 0
    has_page: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodShown:
    """The days looked at, both included, and the filters that narrow them."""

    first: date
    last: date
    spans: tuple[Option, ...]
    channels: tuple[Option, ...]
    actors: tuple[Option, ...]
    query: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What became of the contacts planned for a day; the limits are None where there is none.

    ``wasted`` had a moment, and the gate stopped them when it came.
    """

    as_of: date
    emails_per_hour: int | None
    calls_per_hour: int | None
    paced: int
    changed: int
    full: int
    later: int
    unlawful: int
    gone: int
    wasted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealsTold:
    """Appeals against automated decisions: received on these days; open and overdue now.

    ``waiting`` are treatments that wait for a person's word.
    """

    received: int
    open: int
    overdue: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedTold:
    """What went to somebody by itself as nobody dealt with it in time, as of now."""

    complaints: int
    overdue: int
    calls: int
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompliancePage:
    """The dashboard."""

    period: PeriodShown
    all: Tally
    trend: AxisChart | None
    watched: AxisChart | None
    complaints: int
    breaches: int
    unrecorded: int  # pages and calls of which no recording was begun
    appeals: AppealsTold
    raised: RaisedTold
    rules: tuple[RuleTally, ...]
    channels: tuple[Tally, ...]
    actors: tuple[Tally, ...]
    teams: tuple[Tally, ...] = ()
    spreads: tuple[Spread, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt of the list; ``against`` are the titles of the rules in its way.

    ``near`` are those that it passed by a hair. ``breach`` is a code where it was made without the
    gate, which speaks against it.
    """

    pk: int
    at: datetime
    loan_no: str
    channel: str
    actor: str
    action: str
    state: str
    against: tuple[str, ...]
    near: tuple[str, ...]
    next_allowed_at: datetime | None
    breach: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsPage:
    """The attempts behind a number."""

    period: PeriodShown
    actions: tuple[Option, ...]
    rule: str
    rows: tuple[AttemptRow, ...]
    pager: Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptShown:
    """One attempt with its verdict and all that the gate was told."""

    row: AttemptRow
    verdict: Verdict
    judged_at: datetime
    law_on: str
    facts: tuple[tuple[str, str], ...]
    attempt: tuple[tuple[str, str], ...]
    history: tuple[str, ...]
    entry_no: int | None
    choice: ChoicePart | None = None
