"""The rules of the conduct gate, as a reader of law sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule of a list; ``overdue`` counts its values that have to be read again."""

    pack: str
    rule_id: str
    title: str
    strength: str
    text_status: str
    phase: str
    citation: str
    starts_on: date
    ends_on: date | None
    draft: bool
    overdue: int


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A provision that the pack does not judge, and why."""

    rule_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackShown:
    """One rule pack; ``problem`` says why it cannot be read, and nothing else is filled then."""

    name: str
    title: str = ""
    version: str = ""
    covers_from: date | None = None
    rules: int = 0
    overdue: int = 0
    rows: tuple[RuleRow, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesPage:
    """The packs with the rules that fit the filters."""

    packs: tuple[PackShown, ...]
    jurisdictions: tuple[Option, ...]
    strengths: tuple[Option, ...]
    phases: tuple[Option, ...]
    statuses: tuple[Option, ...]
    text: str
    overdue_only: bool
    active: bool
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A place in a source."""

    title: str
    clause: str
    issuer: str
    in_force: date
    url: str
    note: str
    source_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueShown:
    """A parameter's value from a day on; ``words`` fills a list, ``text`` anything else."""

    starts_on: date
    text: str
    words: tuple[str, ...]
    cited: Cited
    text_status: str
    still_valid_on: date | None
    in_force: bool
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterShown:
    """A number, window or list that the law sets, with every value it has had."""

    name: str
    path: str
    description: str
    unit: str
    values: tuple[ValueShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseShown:
    """A case of a rule with the gate's answer given now; ``mistakes`` is empty where they agree."""

    name: str
    told: tuple[tuple[str, str], ...]
    history: tuple[str, ...]
    expect: str
    answer: str
    action: Outcome
    explanation: str
    next_allowed_at: datetime | None
    time_zone: str
    mistakes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """One rule in plain words, with all that it rests on."""

    pack: str
    pack_title: str
    pack_version: str
    rule_id: str
    title: str
    explanation: str
    other_explanation: str
    strength: str
    text_status: str
    phase: str
    reaches: tuple[str, ...]
    only_collectors: bool
    states: tuple[str, ...]
    starts_on: date
    ends_on: date | None
    draft: bool
    citations: tuple[Cited, ...]
    parameters: tuple[ParameterShown, ...]
    reasons: tuple[tuple[str, str], ...]
    ground: tuple[tuple[str, str], ...]
    cases: tuple[CaseShown, ...]
    wrong: int
