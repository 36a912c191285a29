"""The proof bundles of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRow:
    """One bundle that this reader had prepared; ``open_until`` only while it can be fetched."""

    token: UUID
    state: str
    problem: str
    why: str
    asked_at: datetime
    open_until: datetime | None
    percent: int
    size: int
    files: int
    unreadable: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePage:
    """What a bundle would hold, and those that are prepared; ``most`` bytes of files at most."""

    loan_no: str
    with_files: bool
    files: int
    size: int
    recordings: int
    most: int
    too_large: bool
    hours: int
    rows: tuple[PreparedRow, ...]
    waits: bool
