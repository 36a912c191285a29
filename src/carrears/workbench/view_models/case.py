"""What the page of a case is made of (``case_page``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from carrears.money import Money
from carrears.workbench.view_models.common import Outcome, Sensitive
from carrears.workbench.view_models.mail_files import MailFile
from carrears.workbench.view_models.recordings import RecordingLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """A way to reach a person, where it came from, and whether the person allows it.

    ``unusable`` is a code of the group of that name: what a call found wrong with it.
    """

    kind: str
    value: Sensitive
    source: str
    valid: bool = True
    consent: bool | None = None
    pk: int = 0
    unusable: str = ""
    unusable_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone of the loan. ``local_time`` is the clock where the person lives."""

    name: Sensitive
    role: str
    id_no: Sensitive | None = None
    region: str = ""
    language: str = ""
    local_time: datetime | None = None
    time_zone: str = ""
    points: tuple[ContactPoint, ...] = ()
    do_not_contact: str = ""
    synthetic: bool = False
    erased_at: datetime | None = None
    told_again_at: datetime | None = None
    words: int = 0


@dataclass(frozen=True, slots=True)
class Component:
    """What is owed of one kind (``portfolio.products.Part``), and since when."""

    kind: str
    amount: Money
    since: date | None


@dataclass(frozen=True, slots=True)
class Instalment:
    """One instalment that is not fully paid; charges after the schedule have no ``seq``."""

    seq: int | None
    due_on: date
    due: Money
    paid: Money
    short: Money
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """All that is owed today."""

    total: Money
    components: tuple[Component, ...]
    instalments: tuple[Instalment, ...]
    next_due_on: date | None = None
    next_due: Money | None = None
    last_paid_on: date | None = None
    last_paid: Money | None = None
    payoff: Money | None = None


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another loan of the debtor that is in collections too."""

    loan_no: str
    bucket: int
    dpd: int
    arrears: Money


@dataclass(frozen=True, slots=True)
class Siblings:
    """The debtor's loans in collections seen together, this one included.

    ``arrears`` has a sum for each currency; ``shown`` are those that the reader may see.
    """

    loans: int
    arrears: tuple[Money, ...]
    worst_dpd: int
    shown: tuple[Sibling, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanTerms:
    """The contract. ``annual_rate`` is a fraction."""

    product: str
    principal: Money
    balance: Money
    annual_rate: float | None = None
    term_months: int | None = None
    instalment: Money | None = None
    originated_on: date | None = None
    dealer: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """The car. ``loan_to_value`` is a fraction of ``value``."""

    make: str
    model: str
    year: int | None = None
    condition: str = ""
    plate: Sensitive | None = None
    vin: Sensitive | None = None
    value: Money | None = None
    loan_to_value: float | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """What moved the score: its value, its points, and its size against the largest (0-100)."""

    title: str
    value: str
    points: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The score with its reasons, the strongest first."""

    points: int
    largest: int
    band: str
    scorecard: str
    as_of: date
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the rule that fired, and what the case has there."""

    title: str
    wanted: str
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """An action planned, or what became of it."""

    channel: str
    template: str
    at: datetime
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """How the version that decided came into force; ``kind`` is a publication's, or empty.

    A version out of a file has no day and nobody who approved it.
    """

    kind: str
    since: date | None = None
    drafted_by: str = ""
    approved_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredRule:
    """A rule that fired, in words, and why."""

    rule: str
    about: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What a person ruled (``ruling_kind``), and what the strategy would have instead."""

    kind: str
    wanted: str
    until_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What the strategy chose for this case, and why.

    ``measures`` are what it wants done, as pairs of title and text.
    """

    title: str
    note: str
    stage: str
    strategy: str
    version: str
    version_id: int | None
    in_force: InForce
    fired: tuple[FiredRule, ...]
    measures: tuple[tuple[str, str], ...] = ()
    next_review_on: date | None = None
    actions: tuple[PlannedStep, ...] = ()
    ruled: Ruled | None = None


@dataclass(frozen=True, slots=True)
class LevelStep:
    """One change of an early warning's level."""

    as_of: date
    level: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One loan's level and why: the rule that fired, the score, the changes, the reminders."""

    loan_no: str
    level: str
    reason: str
    since_on: date
    as_of: date
    table: str
    fired: tuple[FiredRule, ...]
    facts: tuple[tuple[str, str], ...]
    score: Score
    steps: tuple[LevelStep, ...]
    reminders: tuple[PlannedStep, ...]
    next_due_on: date | None
    next_due: Money | None
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisePreview:
    """What a promise would leave of what is due on its last day."""

    promised: Money
    last_on: date
    due: Money
    left: Money


@dataclass(frozen=True, slots=True)
class PartOfPromise:
    """A part, and what came in for it."""

    amount: Money
    due_on: date
    state: str
    met: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPromise:
    """The promise that is open, and what came in since; ``parts`` where there are several."""

    amount: Money
    paid: Money
    due_on: date
    made_by: str = ""
    parts: tuple[PartOfPromise, ...] = ()
    pk: int = 0
    may_withdraw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What the newest result of a contact leads to; ``is_hold``: to stop collection for it."""

    step: str
    code: str
    told_at: datetime
    is_hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReply:
    """A text that came in and waits for somebody to tell what came of it; how it was read.

    ``people`` share the number or address that it came from.
    """

    pk: int = 0
    text: str
    means: tuple[str, ...]
    at: datetime
    people: int = 1
    files: tuple[MailFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentMessage:
    """A message by hand that did not get through, and why; ``opens_at``: when it may leave.

    ``tried_until``: until when it is tried again by itself, and is nobody's work.
    """

    attempt: int
    channel: str
    state: str
    why: tuple[str, ...]
    at: datetime
    opens_at: datetime | None
    tried_until: datetime | None
    by: str
    party: str
    template: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHold:
    """Why collection is stopped, and until when."""

    reason: str
    from_on: date
    until_on: date | None = None
    may_lift: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the timeline. ``detail`` is the reader's language, ``text`` someone's words.

    ``day_only`` says that the hour of ``at`` is not known.
    """

    kind: str
    at: datetime
    actor: str = ""
    detail: str = ""
    text: str = ""
    amount: Money | None = None
    channel: str = ""
    outcome: Outcome | Literal[""] = ""
    mail_id: int | None = None
    entry_no: int | None = None
    day_only: bool = False
    recordings: tuple[RecordingLine, ...] = ()
    files: tuple[MailFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened, newest first. ``more_url`` fetches a timeline that is ``older``."""

    events: tuple[Event, ...]
    more_url: str = ""
    older: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What this reader may do here, by Django's permissions and the state of the case."""

    contact: bool = False
    promise: bool = False
    note: bool = False
    hold: bool = False
    bundle: bool = False
    told: bool = False
