"""Lists that others keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One version of a list. ``known``: entries that the version before had too."""

    pk: int
    name: str
    version: str
    source: str
    reason: str
    state: str
    form: str
    algorithm: str
    salted: bool
    whole_person: bool
    channel: str
    product: str
    actor: str
    from_on: date
    until_on: date | None
    rows: int
    entries: int
    twice: int
    aside: int
    known: int | None
    file_name: str
    file_sha256: str
    read_at: datetime
    imported_by: str
    live_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    end_reason: str


@dataclass(frozen=True, slots=True)
class AsideRow:
    """A row that was kept aside: where it stands, and what is wrong."""

    file_name: str
    row_no: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddedFile:
    """A file that was added to a version in force."""

    file_name: str
    rows: int
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsPage:
    """All lists, and their versions."""

    rows: tuple[ListRow, ...]
    pager: Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One version; ``in_force`` is the version that it would replace."""

    row: ListRow
    in_force: ListRow | None
    added: tuple[AddedFile, ...]
    aside: tuple[AsideRow, ...]
    pager: Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRow:
    """A file that was brought. ``why`` is what is wrong with it; ``again``: told anew from it."""

    token: str
    name: str
    version: str
    file_name: str
    state: str
    percent: int
    problem: str
    why: str
    asked_at: datetime
    by: str
    result: int | None
    is_new: bool
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadsPage:
    """Files that were brought; ``of``: to this version. ``waits``: one is under way."""

    rows: tuple[UploadRow, ...]
    of: int | None
    waits: bool
