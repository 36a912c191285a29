"""Strategies: what is in force, what is being made, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.cadence import CadenceOfHouse
from carrears.workbench.view_models.case import Condition
from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRow:
    """A version in force from a day on."""

    version_id: int
    version: str
    kind: str
    effective_on: date | None
    proposed_by: str
    approved_by: str
    reason: str
    is_in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft as a list shows it."""

    pk: int
    title: str
    state: str
    author: str
    changed_at: datetime
    effective_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One step in a strategy's life."""

    at: datetime
    kind: str
    by: str
    reason: str
    title: str
    draft_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyPage:
    """A strategy by name."""

    name: str
    in_file: bool
    current_id: int
    current: str
    publications: tuple[PublicationRow, ...]
    drafts: tuple[DraftRow, ...]
    history: tuple[HistoryRow, ...]
    cadences: tuple[CadenceOfHouse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column of a shown table."""

    title: str
    field: str
    is_output: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule: its words and its cells."""

    number: int
    rule: str
    description: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """A node to read; tables have heads and rows, other nodes lines of text.

    ``pager`` says which of a large table's rows are shown.
    """

    title: str
    kind: str
    hit_policy: str = ""
    heads: tuple[Head, ...] = ()
    rows: tuple[Row, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    pager: Pager | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One difference between two versions."""

    change: str
    node: str
    rule: str
    column: str
    before: str
    after: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """A kept version to read."""

    pk: int
    name: str
    version: str
    kept_at: datetime
    publications: tuple[PublicationRow, ...]
    nodes: tuple[NodeView, ...]
    others: tuple[tuple[int, str], ...]  # versions to compare with: key and hash
    against_id: int | None
    changes: Changes
    may_roll_back: bool
    cadences: tuple[CadenceOfHouse, ...] = ()
    has_cadences: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a draft cannot decide; ``row`` counts from 1, None where no rule is meant."""

    node: str
    row: int | None
    column: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactField:
    """A fact that the test bench asks for."""

    name: str
    title: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedStep:
    """What one node did with the loan: the rule that fired and why, or what was worked out."""

    node: str
    rule: str
    description: str
    reasons: tuple[Condition, ...]
    results: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One field of the decision: by what is in force, and by the draft."""

    name: str
    before: str
    after: str
    is_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The test bench; ``steps`` and ``answers`` once a loan was tried."""

    fields: tuple[FactField, ...]
    loan_no: str = ""
    is_tried: bool = False
    steps: tuple[TriedStep, ...] = ()
    answers: tuple[Answer, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed against another version; ``hidden`` further changes are not listed."""

    against: str
    rows: tuple[ChangeRow, ...] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """A draft to work on, or to judge."""

    pk: int
    name: str
    title: str
    state: str
    revision: int
    author: str
    submitted_by: str
    effective_on: date | None
    reason: str
    nodes: tuple[NodeView, ...]
    changes: Changes
    history: tuple[HistoryRow, ...]
    may_edit: bool
    may_submit: bool
    may_approve: bool
    may_return: bool
    earliest: date
    cadences: tuple[CadenceOfHouse, ...] = ()
    has_cadences: bool = False
