"""Logs of contacts that agencies bring in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class LogShown:
    """A log and what came of its rows; ``aside`` are those that were not mended yet."""

    pk: int
    agency: str
    source: str
    file_name: str
    brought_at: datetime
    brought_by: str
    taken: int
    known: int
    rejected: int
    aside: int
    breaches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsPage:
    """The logs, the newest first; ``is_house``: of all agencies."""

    rows: tuple[LogShown, ...]
    pager: Pager
    is_house: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideShown:
    """A row that was kept aside: which fields are wrong, and whether it came again."""

    row_no: int
    reference: str
    errors: tuple[tuple[str, str], ...]
    corrected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenShown:
    """A row that was taken; ``breach`` is a code where the rules speak against the contact.

    ``attempt`` is None of what came in. ``rules`` are the titles of the rules that object.
    """

    reference: str
    loan_no: str
    at: datetime
    channel: str
    direction: str
    acted_by: str
    breach: str
    attempt: int | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """One log with its rows."""

    row: LogShown
    aside: tuple[AsideShown, ...]
    taken: tuple[TakenShown, ...]
    pager: Pager
    is_house: bool
