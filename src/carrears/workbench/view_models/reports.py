"""Reports that are mailed, their last runs, and what became of each mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """A mail of a run. ``state`` is a code of ``report_mail``; ``error`` in the reader's words."""

    reader: str
    state: str
    sent_at: datetime | None
    next_at: datetime | None
    tries: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A run; ``asked_by`` is empty where it was due."""

    due_at: datetime
    asked_by: str
    mails: tuple[MailLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """A schedule; ``when`` is its rhythm in words, ``next_at`` None while stopped.

    ``narrowed`` is the part that it tells of; empty of the whole.
    """

    pk: int
    report: str
    when: str
    language: str
    readers: tuple[str, ...]
    made_by: str
    next_at: datetime | None
    runs: tuple[RunLine, ...]
    narrowed: str = ""
    is_waiting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPage:
    """The screen. ``sender`` is the address they come from; ``kept`` where no server is set."""

    rows: tuple[ScheduleRow, ...]
    sender: str
    is_kept: bool
