"""What strategies are over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from carrears.outreach.template_book import words_of_house
from carrears.strategy.catalogue import catalogue
from carrears.strategy.errors import PlacedError, StrategyError
from carrears.strategy.explaining import Step
from carrears.strategy.facts import Fact, declared_facts
from carrears.strategy.faults import find_faults
from carrears.strategy.models import Draft, Publication, StrategyEvent

Reason = Annotated[str, Field(max_length=2000)]


class PublicationOut(Schema):
    """From ``effective_on`` the version decides; empty is before the first publication."""

    version: str
    kind: Literal["approved", "rolled_back", "file"]
    effective_on: date | None
    proposed_by: str | None
    approved_by: str | None
    reason: str
    at: datetime

    @staticmethod
    def resolve_version(one: Publication) -> str:
        """The hash and not the row."""
        return one.version.version

    @staticmethod
    def resolve_effective_on(one: Publication) -> date | None:
        """The file decides since ever, which is no day."""
        return None if one.effective_on == date.min else one.effective_on

    @staticmethod
    def resolve_proposed_by(one: Publication) -> str | None:
        """By name."""
        return one.proposed_by.get_username() if one.proposed_by else None

    @staticmethod
    def resolve_approved_by(one: Publication) -> str | None:
        """By name."""
        return one.approved_by.get_username() if one.approved_by else None


class StrategyOut(Schema):
    """What decides the next day that is run, and all that did or will."""

    name: str
    version: str
    first_undecided_day: date
    publications: list[PublicationOut]


class VersionOut(Schema):
    """A version word for word; ``facts`` are those that it may ask for."""

    name: str
    version: str
    document: dict[str, Any]
    facts: dict[str, Any]


class ChangeOut(Schema):
    """One change; ``node``, ``rule`` and ``column`` say where."""

    change: Literal["added", "removed", "changed", "moved"]
    node: str
    rule: str
    column: str
    before: str
    after: str
    description: str


class EventOut(Schema):
    """One line of the history."""

    kind: str
    at: datetime
    by: str | None
    reason: str
    draft: int | None
    version: str | None

    @staticmethod
    def resolve_by(one: StrategyEvent) -> str | None:
        """By name."""
        return one.by.get_username() if one.by else None

    @staticmethod
    def resolve_draft(one: StrategyEvent) -> int | None:
        """By number."""
        return one.draft_id

    @staticmethod
    def resolve_version(one: StrategyEvent) -> str | None:
        """The hash and not the row."""
        return one.version.version if one.version else None


class DraftOut(Schema):
    """A draft. Give ``revision`` back with what you save."""

    id: int
    name: str
    title: str
    state: Literal["open", "submitted", "published", "discarded"]
    revision: int
    author: str
    submitted_by: str | None
    effective_on: date | None
    base: str | None
    version: str | None
    changed_at: datetime

    @staticmethod
    def resolve_author(one: Draft) -> str:
        """By name."""
        return one.author.get_username()

    @staticmethod
    def resolve_submitted_by(one: Draft) -> str | None:
        """By name."""
        return one.submitted_by.get_username() if one.submitted_by else None

    @staticmethod
    def resolve_base(one: Draft) -> str | None:
        """The hash and not the row."""
        return one.base.version if one.base else None

    @staticmethod
    def resolve_version(one: Draft) -> str | None:
        """The hash and not the row."""
        return one.version.version if one.version else None


class FaultOut(Schema):
    """Why the draft cannot decide a whole book: ``rule`` counts from 1."""

    node: str = ""
    rule: int | None = None
    column: str = ""
    reason: str


class WholeDraftOut(DraftOut):
    """A draft with its graph, its facts and what keeps it from deciding."""

    document: dict[str, Any]
    facts: dict[str, Any]
    faults: list[FaultOut]

    @staticmethod
    def resolve_faults(one: Draft) -> list[FaultOut]:
        """As the compiler says."""
        return faults_of(one.document, declared_facts(one.facts))


class ValidateIn(Schema):
    """A graph to look at; ``facts`` are those in force where none are given."""

    document: dict[str, Any]
    facts: dict[str, Any] | None = None


class FaultsOut(Schema):
    """What keeps a graph from deciding, up to twenty; empty where it can."""

    faults: list[FaultOut]


class TryIn(Schema):
    """Decide one loan: by a draft, else by a version, else by what is in force.

    What is known of ``loan_no`` is told; ``facts`` are told besides or instead.
    """

    draft: int | None = None
    version: str | None = None
    loan_no: str | None = None
    facts: dict[str, Any] = {}


class ReasonOut(Schema):
    """A condition that held: the rule wanted ``wanted``, the loan had ``actual``."""

    field: str
    title: str
    wanted: str
    actual: Any


class StepOut(Schema):
    """What one node did; ``results`` are what an expression node worked out."""

    node: str
    rule: str
    description: str
    reasons: list[ReasonOut]
    results: dict[str, Any]

    @staticmethod
    def resolve_results(one: Step) -> dict[str, Any]:
        """By name."""
        return dict(one.results)


class TriedOut(Schema):
    """What was told, what the engine decided, and its way there. Decimals are texts."""

    facts: dict[str, Any]
    outputs: dict[str, Any]
    steps: list[StepOut]


class DraftIn(Schema):
    """A new draft: of ``document`` and ``facts``, else of ``base``, else of what is in force."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    base: str | None = None
    document: dict[str, Any] | None = None
    facts: dict[str, Any] | None = None


class SaveIn(Schema):
    """A draft's new words over the revision that was read."""

    revision: int
    document: dict[str, Any]


class SubmitIn(Schema):
    """From which day it is to decide, and why."""

    effective_on: date
    reason: Reason


class ReasonIn(Schema):
    """Why."""

    reason: Reason = ""


class RollBackIn(Schema):
    """The version to put back, why, and from which day; else from the first undecided one."""

    version: str
    reason: Reason
    effective_on: date | None = None


def faults_of(document: Mapping[str, Any], facts: Mapping[str, Fact]) -> list[FaultOut]:
    """What keeps a graph from deciding a whole book."""
    found = find_faults(document, facts, offers=catalogue("offer"), house=words_of_house())
    return [_fault(one) for one in found]


def _fault(fault: StrategyError) -> FaultOut:
    if not isinstance(fault, PlacedError):
        return FaultOut(reason=str(fault))
    place = fault.place
    return FaultOut(node=place.node, rule=place.row, column=place.column, reason=fault.reason)
