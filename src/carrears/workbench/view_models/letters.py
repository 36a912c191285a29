"""What the screen of letters shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One batch: how many letters and pages, and how many stand in which ``delivery_state``."""

    pk: int
    begun_at: datetime
    made_at: datetime | None
    written_at: datetime | None
    made_by: str
    letters: int
    pages: int
    dropped: int
    states: tuple[tuple[str, int], ...]
    is_specimen: bool


@dataclass(frozen=True, slots=True)
class StatusReject:
    """A row that was not taken: its line, what is wrong with it, and how it was."""

    line: int
    field: str
    problem: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFileRow:
    """A status file: how many rows were news, known, and not taken; the first of those."""

    pk: int
    name: str
    brought_at: datetime
    brought_by: str
    taken: int
    known: int
    bad: int
    rejects: tuple[StatusReject, ...]


@dataclass(frozen=True, slots=True)
class LettersPage:
    """The batches, the newest first; ``waiting`` letters are in none yet. And status files."""

    rows: tuple[BatchRow, ...]
    pager: Pager
    waiting: int
    hour: str  # at which they are batched by themselves; empty: by hand
    files: tuple[StatusFileRow, ...] = ()
