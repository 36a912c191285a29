"""Numbers as the reader's language writes them."""

from __future__ import annotations

from functools import lru_cache

from babel.numbers import format_decimal, format_percent
from django.utils.translation import gettext

from carrears.money import format_money
from carrears.workbench.queries.language import is_english


def locale() -> str:
    """The reader's locale as Babel names it."""
    return "en" if is_english() else "zh_Hans_CN"


def count(number: int) -> str:
    """A whole number with its thousands apart."""
    return str(format_decimal(number, locale=locale()))


def decimal(number: float, places: int = 1) -> str:
    """A number with at most so many decimals."""
    return str(format_decimal(round(number, places), locale=locale()))


def percent(share: float, places: int = 1) -> str:
    """A fraction of one as per cent."""
    return _percent(share, places, locale())


# A list says the same few shares of all its rows.
@lru_cache(maxsize=4096)
def _percent(share: float, places: int, language: str) -> str:
    pattern = "#,##0." + "0" * places + "%" if places else "#,##0%"
    return str(format_percent(share, format=pattern, locale=language))


def money(minor: int, currency: str) -> str:
    """An amount with its currency."""
    return format_money(minor, currency, locale=locale())


def drawn_note(drawn: int, known: int) -> str:
    """What a chart leaves out; nothing where it shows all."""
    if drawn >= known:
        return ""
    text = gettext("%(drawn)s of %(known)s are drawn; the table and the files hold all.")
    return text % {"drawn": drawn, "known": known}
