"""Money as integer minor units with an ISO 4217 currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from babel.core import Locale
from babel.numbers import format_currency, get_currency_precision

MOST = 2**63 - 1  # minor units: what a column of the database holds


class MoneyError(ValueError):
    """An amount or a currency that cannot be taken as money."""


@cache
def exponent(currency: str) -> int:
    """Decimal places of a currency's minor unit (ISO 4217, as CLDR gives it).

    Raises:
        MoneyError: no such currency.
    """
    if currency not in Locale("en").currencies:
        raise MoneyError(f"unknown currency {currency!r}; an ISO 4217 code is expected")
    return get_currency_precision(currency)


def to_minor(amount: str | Decimal | int, currency: str, *, rounding: bool = False) -> int:
    """Minor units of an amount given in major units (``"12.34"`` CNY is 1234).

    With ``rounding`` a finer amount is rounded half up, as a mapping may allow for a
    source that carries unrounded figures.

    Raises:
        MoneyError: not a finite decimal number, finer than the currency's minor unit, or more
            than the database keeps.
    """
    try:
        scaled = Decimal(amount).scaleb(exponent(currency))
    except ArithmeticError as error:
        raise MoneyError(f"{amount!r} is not an amount") from error
    if not scaled.is_finite():
        raise MoneyError(f"{amount!r} is not a finite amount")
    if abs(scaled) > MOST:
        raise MoneyError(f"{amount!r} is more than an amount can be")
    whole = scaled.to_integral_value(rounding=ROUND_HALF_UP)
    if whole != scaled and not rounding:
        raise MoneyError(f"{amount!r} is finer than the minor unit of {currency}")
    return int(whole)


def to_major(minor: int, currency: str) -> Decimal:
    """Major units of minor units (1234 CNY is ``Decimal("12.34")``)."""
    return Decimal(minor).scaleb(-exponent(currency))


@cache
def babel_locale(tag: str) -> Locale:
    """The locale of a language tag; by its name it would be looked for on disk each time."""
    return Locale.parse(tag.replace("-", "_"))


def format_money(minor: int, currency: str, *, locale: str = "zh-CN") -> str:
    """The amount as people of ``locale`` (a language tag) write it, with its currency."""
    frame = _frame(currency, locale, minor < 0)
    if frame is None:
        return _by_babel(minor, currency, locale)
    whole, part = divmod(abs(minor), 10 ** (places := exponent(currency)))
    return frame.format(f"{whole:,}.{part:0{places}}" if places else f"{whole:,}")


def _by_babel(minor: int, currency: str, locale: str) -> str:
    return format_currency(to_major(minor, currency), currency, locale=babel_locale(locale))


@lru_cache(maxsize=1024)
def _frame(currency: str, locale: str, negative: bool) -> str | None:  # noqa: FBT001  of a cache
    """What stands around the figure; None where it is not written as 1,234.56.

    Babel reads the pattern of a language anew for each amount, and a page has a hundred of them.
    """
    places = exponent(currency)
    shown = _by_babel((-1 if negative else 1) * 12_345_678 * 10**places, currency, locale)
    figure = "12,345,678" + ("." + "0" * places if places else "")
    before, found, after = shown.partition(figure)
    plain = found and not set("{}") & set(before + after)
    return f"{before}{{}}{after}" if plain else None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not add up")
        return Money(self.minor + other.minor, self.currency)

    def format(self, locale: str = "zh-CN") -> str:
        """The amount as people of ``locale`` write it."""
        return format_money(self.minor, self.currency, locale=locale)
