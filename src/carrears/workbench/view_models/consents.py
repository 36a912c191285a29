"""The ledger of what the people of a loan allowed or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLine:
    """One word. ``holds``: nothing newer was said on it; ``text`` is empty where none was kept.

    ``purpose``, ``law`` and ``text`` are in the reader's language; ``version`` and ``language``
    say which text was read.
    """

    purpose: str
    law: str
    channel: str
    granted: bool
    holds: bool
    given_at: datetime
    source: str
    version: str
    language: str
    text: str
    recorded_at: datetime | None
    recorded_by: str
    person: str
    purpose_code: str


@dataclass(frozen=True, slots=True)
class PersonsWords:
    """All that one person said, the newest first."""

    name: str
    role: str
    lines: tuple[WordLine, ...]


@dataclass(frozen=True, slots=True)
class ConsentsPage:
    """The people of a loan, the debtor first."""

    loan_no: str
    people: tuple[PersonsWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextToRead:
    """One version in one language, with the lender's name in it; ``value`` names both."""

    value: str
    version: str
    language: str
    from_on: date
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWordPage:
    """What may be said yes or no to: the purposes, and the texts of the chosen one."""

    loan_no: str
    purposes: tuple[Option, ...]
    law: str
    texts: tuple[TextToRead, ...]
