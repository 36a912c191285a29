"""What the screen of texts that fit no case shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Option, Pager
from carrears.workbench.view_models.mail_files import MailFile


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownTextRow:
    """One text; ``number`` masked. ``settled`` is a code of the group of that name, or empty."""

    pk: int
    number: str
    text: str
    asks_to_stop: bool
    at: datetime
    settled: str = ""
    loan_no: str = ""
    reason: str = ""
    settled_by: str = ""
    settled_at: datetime | None = None
    files: tuple[MailFile, ...] = ()


@dataclass(frozen=True, slots=True)
class MailAside:
    """A mail that could not be read."""

    at: datetime
    problem: str


@dataclass(frozen=True, slots=True)
class UnknownTextsPage:
    """The list, open ones unless others are asked for."""

    rows: tuple[UnknownTextRow, ...]
    pager: Pager
    states: tuple[Option, ...]
    aside: tuple[MailAside, ...] = ()
