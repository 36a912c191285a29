"""A case's files in the vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """One hold that is not lifted; ``may_decide`` where another asked that it be lifted."""

    pk: int
    why: str
    note: str
    placed_by: str
    placed_at: datetime
    whole_loan: bool
    asked_by: str
    ask_note: str
    may_ask: bool
    may_decide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRow:
    """Who opened a file when, and why."""

    by: str
    at: datetime
    why: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One file; ``name`` is empty once it was destroyed.

    ``recording`` is of what this reader finds on a page of its own instead of opening it here.
    """

    token: UUID
    kind: str
    origin: str
    name: str
    created_at: datetime
    created_by: str
    size: int
    seconds: int | None
    address: str
    retained_until: date | None
    retained_by: str
    destroyed_at: datetime | None
    holds: tuple[HoldRow, ...]
    opened: tuple[OpenedRow, ...]
    may_open: bool
    recording: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesPage:
    """The files of a loan, and the holds on all of it."""

    loan_no: str
    files: tuple[FileRow, ...]
    holds: tuple[HoldRow, ...]
    may_add: bool
    may_hold: bool
    most_megabytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file that somebody opened: how it is shown, and until when he may."""

    loan_no: str
    token: UUID
    opening: UUID
    name: str
    kind: str
    media_type: str
    size: int
    address: str
    sha256: str
    until: datetime
    shown_as: str  # audio, image or empty
