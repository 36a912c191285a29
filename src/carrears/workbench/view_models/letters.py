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
    made_by: str
    letters: int
    pages: int
    dropped: int
    states: tuple[tuple[str, int], ...]
    is_specimen: bool


@dataclass(frozen=True, slots=True)
class LettersPage:
    """The batches, the newest first; ``waiting`` letters are in none yet."""

    rows: tuple[BatchRow, ...]
    pager: Pager
    waiting: int
