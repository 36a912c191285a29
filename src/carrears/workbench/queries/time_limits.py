"""Time limits as pages show them, and how near a day is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext

from carrears.conduct.complaint_queries import today
from carrears.workbench.labels import label_of
from carrears.workbench.queries.language import chosen, side_of_note
from carrears.workbench.view_models.time_limits import LimitShown

SOON_DAYS = 3
_SPANS = (3, 7, 15, 30)


def limit_shown(told: dict[str, Any]) -> LimitShown:
    """A time limit that was kept (``Deadline.to_json``)."""
    valid = date.fromisoformat(told["still_valid_on"])
    return LimitShown(
        title=chosen(told["description_zh"], told["description_en"]),
        due_on=date.fromisoformat(told["due_on"]),
        days=told["days"],
        months=told.get("months", 0),  # those of complaints were kept without
        counting=told["counting"],
        citation=told["citation"],
        note=side_of_note(told["note"]),
        url=told["url"] or "",
        text_status=told["text_status"],
        still_valid_on=valid,
        expired=valid < today(),
    )


def due_word(due_on: date | None) -> str:
    """How near a day is: a code of the group ``due``; empty where nothing is due."""
    if due_on is None:
        return ""
    if due_on < today():
        return "overdue"
    return "soon" if due_on <= today() + timedelta(days=SOON_DAYS) else "later"


def due_choices() -> list[tuple[str, str]]:
    """By what a list is narrowed: overdue, or due within so many days."""
    within = [(str(n), gettext("within %(days)s days") % {"days": n}) for n in _SPANS]
    return [("overdue", str(label_of("overdue", "due").text)), *within]


def days_within(asked: str) -> int | None:
    """The days of such a choice; None of any other text."""
    return int(asked) if asked in {str(one) for one in _SPANS} else None
