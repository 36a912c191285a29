"""Questions out of words, as a command or an address gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from carrears.analytics.figures import Figure, Question, QuestionError
from carrears.analytics.months import whole_months

MONTHS_ASKED = 12  # where nobody says since when
_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-\d{2})?")
_NO_YEARS = ("0000", "9999")  # before the calendar, and the last month of which has no end in it


def make_question(
    figure: str,
    *,
    first: str | None,
    last: str | None,
    newest: date,
    by: Iterable[str] = (),
    where: Iterable[str] = (),
    cohort: str = "cohort_month",
    segment: str = "region",
    top: int | None = None,
    within: int = 3,
    days: int = 30,
) -> Question:
    """The question; months are ``YYYY-MM``, ``where`` has the form ``segment=value``.

    Without ``last`` it ends with ``newest``, without ``first`` it takes twelve months.

    Raises:
        QuestionError: what is not understood, or a month after ``newest``.
    """
    try:
        named = Figure(figure)
    except ValueError as error:
        raise QuestionError("figure", f"{figure!r} is none of {', '.join(Figure)}") from error
    end = _month("to", last) if last else newest
    if end > newest:
        raise QuestionError("to", f"the book's last whole month is {newest:%Y-%m}")
    return Question(
        named,
        _month("from", first) if first else _earlier(end, MONTHS_ASKED - 1),
        end,
        by=tuple(by),
        where=parse_where(where),
        cohort=cohort,
        segment=segment,
        top=top,
        within=within,
        days=days,
    )


def parse_where(conditions: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """``segment=value`` conditions; a segment that is named again takes either value.

    Raises:
        QuestionError: a condition without an equals sign.
    """
    wanted: dict[str, tuple[str, ...]] = {}
    for condition in conditions:
        name, equals, value = condition.partition("=")
        if not equals:
            raise QuestionError("where", f"{condition!r} is not of the form SEGMENT=VALUE")
        wanted[name] = (*wanted.get(name, ()), value)
    return wanted


def _month(choice: str, text: str) -> date:
    found = _MONTH.fullmatch(text)
    if not found or not 1 <= int(found[2]) <= 12 or found[1] in _NO_YEARS:  # noqa: PLR2004  December
        raise QuestionError(choice, f"{text!r} is no month; write YYYY-MM")
    day = date(int(found[1]), int(found[2]), 1)
    return whole_months(day, day)[0]


def _earlier(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    first = date(number // 12, number % 12 + 1, 1)
    return whole_months(first, first)[0]
