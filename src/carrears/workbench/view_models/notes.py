"""Notes whose words are to be reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Option, Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """One note: what it says, which rules object, and what a reviewer made of it."""

    pk: int
    loan_no: str
    at: datetime
    writer: str
    text: str
    erased: bool
    rules: tuple[str, ...]
    outcome: str
    comment: str
    reviewed_by: str
    reviewed_at: datetime | None
    may_review: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesPage:
    """The queue, and what was reviewed."""

    rows: tuple[NoteRow, ...]
    pager: Pager
    states: tuple[Option, ...]
    outcomes: tuple[Option, ...]
    waiting: int
