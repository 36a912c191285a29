"""By when something is due, and by which text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitShown:
    """A time limit of so many days or months, with the text that it comes from."""

    title: str
    due_on: date
    days: int
    months: int
    counting: str
    citation: str
    note: str
    url: str
    text_status: str
    still_valid_on: date
    expired: bool
