"""Files brought in, and the rows kept aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One file under one mapping. ``seconds`` is None while it runs."""

    pk: int
    file_name: str
    size_bytes: int
    mapping: str
    state: str
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    started_at: datetime
    seconds: float | None = None
    imported_by: str = ""
    as_of_from: date | None = None
    as_of_to: date | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsPage:
    """The list."""

    rows: tuple[ImportRow, ...]
    pager: Pager


@dataclass(frozen=True, slots=True)
class TableCount:
    """Rows that a file gave to one table of the book."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRow:
    """A row kept aside. ``resolved_by`` is the import that brought its correction."""

    table: str
    row_no: int
    line_no: int | None
    errors: tuple[FieldError, ...]
    resolved_by: int | None = None
    erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """A field and reason, and how many rows it stopped."""

    field: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """One import with its rejects; ``retry_command`` brings a corrected file in."""

    summary: ImportRow
    path: str
    tables: tuple[TableCount, ...]
    reasons: tuple[ReasonCount, ...]
    rejects: tuple[RejectRow, ...]
    pager: Pager
    retry_command: str
