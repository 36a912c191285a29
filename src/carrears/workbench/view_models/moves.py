"""Cases moved by hand: what a move would do, and the moves of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """So many cases of so many people go from somebody to somebody; empty is nobody."""

    before: str
    after: str
    cases: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaysRow:
    """Cases that stay, why (a code of ``stays``), and some of their loan numbers."""

    why: str
    cases: int
    loan_nos: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePreview:
    """What a move would do; ``seen`` is handed back with the order to do it."""

    cases: int
    people: int
    paths: tuple[PathRow, ...]
    stays: tuple[StaysRow, ...]
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """A move that was done; ``target`` is a name, or empty where ``way`` says it."""

    pk: int
    at: datetime
    by: str
    way: str
    target: str
    reason: str
    cases: int
    undo_until: datetime | None
    undone_by: str
    undone_at: datetime | None
