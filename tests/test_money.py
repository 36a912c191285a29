from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from carrears.money import Money, MoneyError, exponent, format_money, to_major, to_minor


@pytest.mark.parametrize(("currency", "places"), [("CNY", 2), ("USD", 2), ("JPY", 0), ("KWD", 3)])
def test_exponent_follows_the_currency(currency: str, places: int) -> None:
    assert exponent(currency) == places


def test_unknown_currency_is_refused() -> None:
    with pytest.raises(MoneyError, match="'XYQ'"):
        to_minor("1", "XYQ")


@pytest.mark.parametrize("text", ["", "one", "1,5", "NaN", "Infinity", "1e999999", "1e30"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        to_minor(text, "CNY")


def test_finer_than_the_minor_unit_is_refused_unless_rounding_is_allowed() -> None:
    with pytest.raises(MoneyError, match="finer"):
        to_minor("240.13093734", "USD")
    assert to_minor("240.135", "USD", rounding=True) == 24014


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "USD", "JPY", "KWD"]))
def test_minor_and_major_units_are_one_amount(minor: int, currency: str) -> None:
    assert to_minor(to_major(minor, currency), currency) == minor


def test_amounts_read_as_people_write_them() -> None:
    assert format_money(123456789, "CNY", locale="zh-CN") == "¥1,234,567.89"
    assert format_money(-5, "USD", locale="en-US") == "-$0.05"
    assert to_major(5, "USD") == Decimal("0.05")


def test_currencies_do_not_mix() -> None:
    assert Money(1, "CNY") + Money(2, "CNY") == Money(3, "CNY")
    with pytest.raises(MoneyError):
        Money(1, "CNY") + Money(1, "USD")


@given(
    st.integers(-(10**15), 10**15),
    st.sampled_from(["CNY", "USD", "EUR", "JPY", "KWD"]),
    st.sampled_from(["zh-CN", "zh_Hans_CN", "en", "en-US", "de", "hi", "ar", "sv"]),
)
def test_an_amount_is_written_as_babel_writes_it(minor: int, currency: str, locale: str) -> None:
    amount = Decimal(minor).scaleb(-exponent(currency))
    expected = format_currency(amount, currency, locale=locale.replace("-", "_"))
    assert format_money(minor, currency, locale=locale) == expected
