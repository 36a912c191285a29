"""Read one value of a tape from its text. Each function says in words what is wrong."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from carrears.money import MoneyError, to_minor

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_TRUE = {"true", "t", "yes", "y", "1", "是"}
_FALSE = {"false", "f", "no", "n", "0", "否"}
_LARGEST = 10**15  # major units; keeps every sum of a book within int64 minor units
_MICRO = Decimal("0.000001")


class BadValue(ValueError):  # noqa: N818  it is a finding, not a failure
    """A value that cannot be taken; the message names it."""


def read_number(text: str) -> Decimal:
    """A plain decimal number: no grouping, no exponent."""
    if _NUMBER.fullmatch(text) is None:
        raise BadValue(f"{text!r} is not a number")
    return Decimal(text)


def read_money(text: str, *, currency: str, rounding: bool) -> int:
    """Minor units of an amount in major units, finer ones only ``rounding`` half up."""
    number = read_number(text)
    if abs(number) >= _LARGEST:
        raise BadValue(f"{text!r} is too large an amount")
    try:
        return to_minor(number, currency, rounding=rounding)
    except MoneyError as error:
        raise BadValue(f"{text!r} has more decimals than {currency} has") from error


def read_int(text: str) -> int:
    """A whole number of 32 bits; a trailing ``.0`` is forgiven."""
    number = read_number(text)
    if number != number.to_integral_value():
        raise BadValue(f"{text!r} is not a whole number")
    if not -(2**31) <= number < 2**31:
        raise BadValue(f"{text!r} is too large a number")
    return int(number)


def read_rate(text: str) -> int:
    """Millionths of a fraction, finer ones rounded half to even."""
    number = read_number(text)
    if abs(number) >= 1000:  # noqa: PLR2004  what decimal(9, 6) holds
        raise BadValue(f"{text!r} is too large a rate")
    return int(number.quantize(_MICRO, rounding=ROUND_HALF_EVEN).scaleb(6))


def read_percent(text: str) -> int:
    """Millionths of a fraction given in percent (``"4.9"`` is 0.049)."""
    return read_rate(str(read_number(text) / 100))


def read_date(text: str, *, formats: tuple[str, ...]) -> date:
    """A date in the first of ``formats`` that fits; one without a day is the month's first."""
    for form in formats:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a date has no zone
        except ValueError:
            continue
    wanted = " or ".join(
        form.replace("%Y", "YYYY").replace("%m", "MM").replace("%d", "DD") for form in formats
    )
    raise BadValue(f"{text!r} is not a date like {wanted}")


def read_bool(text: str) -> bool:
    """Yes or no, in the usual spellings."""
    lowered = text.lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise BadValue(f"{text!r} is neither true nor false")


def read_code(text: str, *, codes: dict[str, str], otherwise: str | None) -> str:
    """What a code stands for."""
    if text in codes:
        return codes[text]
    if otherwise is not None:
        return otherwise
    raise BadValue(f"{text!r} is none of the codes {', '.join(codes)}")


def read_word(text: str, *, allowed: tuple[str, ...]) -> str:
    """One of the words that a column may hold."""
    if text not in allowed:
        raise BadValue(f"{text!r} is none of {', '.join(allowed)}")
    return text
