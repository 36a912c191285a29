"""Message templates and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from carrears.workbench.view_models.common import Option, Sensitive


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """One template in the list: what is in force, and what is in the making."""

    key: str
    about: str
    channel: str
    stages: tuple[str, ...]
    variant_of: str
    tone: str
    offer: str
    languages: tuple[str, ...]
    number: int | None
    in_force: bool
    problem: str
    making: str
    making_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesPage:
    """The list with its filters."""

    rows: tuple[TemplateRow, ...]
    text: str
    channels: tuple[Option, ...]
    stages: tuple[Option, ...]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateText:
    """What one language says, and how many parts a text message has."""

    locale: str
    subject: str
    body: str
    parts: int | None
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version; ``state`` tells of an approved one whether it is in force."""

    number: int
    state: str
    effective_on: date | None
    author: str
    approved_by: str
    changed_at: datetime | None
    from_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One line of the history."""

    at: datetime
    number: int
    kind: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionRow:
    """What is wrong or has to be judged, and where."""

    place: str
    says: str
    prohibited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One line that was taken away (``-``) or added (``+``)."""

    place: str
    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPart:
    """The words filled for a real case, of whom only what the reader may see."""

    loan_no: str
    to: Sensitive
    locale: str
    subject: str
    body: str
    verdict: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRow:
    """One that was not chosen, and why not."""

    key: str
    number: int | None
    out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicePart:
    """Why a message says the words of this template: what was decided, and what was passed over."""

    key: str
    number: int | None
    named: str
    by: str
    tone: str
    offer: str
    stage: str
    language: str
    rule: str
    strategy: str
    others: tuple[OtherRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRow:
    """What the strategy sends for a case, or why it cannot; ``arm`` of an experiment with words."""

    source: str
    channel: str
    named: str
    about: str
    choice: ChoicePart | None
    arm: str
    experiment: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePage:
    """One version to read, to work on or to judge; and all that there are."""

    key: str
    about: str
    channel: str
    purpose: str
    stages: tuple[str, ...]
    variant_of: str
    tone: str
    offer: str
    pk: int | None
    number: int
    state: str
    effective_on: date | None
    author: str
    texts: tuple[TemplateText, ...]
    variables: tuple[tuple[str, str], ...]
    objections: tuple[ObjectionRow, ...]
    against: tuple[Option, ...]
    against_number: int | None
    changes: tuple[DiffLine, ...]
    versions: tuple[VersionRow, ...]
    history: tuple[EventRow, ...]
    file_differs: bool
    may_begin: bool
    may_edit: bool
    may_propose: bool
    may_approve: bool
    may_return: bool
    may_discard: bool
    may_withdraw: bool
    must_reason: bool
