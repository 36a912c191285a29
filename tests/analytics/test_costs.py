"""Cost to collect: by the lender's own prices, or not at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from carrears.analytics.costs import (
    NAME,
    CostTerms,
    CostTermsError,
    NoPriceError,
    cost_of,
    load_cost_terms,
)
from carrears.analytics.key_definitions import load_key_definitions

DAY = date(2026, 6, 30)
PRICES = CostTerms(
    from_on=DAY,
    currency="CNY",
    per_contact_minor={"sms": Decimal("3.5"), "visit": Decimal(18_000), "email": Decimal("0.1")},
    per_hour_minor=Decimal(4_500),
)


@pytest.mark.parametrize(
    ("contacts", "minutes", "cost"),
    [
        ({}, 0, 0),
        ({"sms": 100, "visit": 2}, 600, 81_350),  # 350 + 36,000 + 45,000
        ({"sms": 1}, 0, 4),  # 3.5, half up
        ({"email": 4}, 0, 0),
        ({"email": 5}, 0, 1),
        ({}, 1, 75),
        ({"letter": 0}, 0, 0),  # nothing was sent by it
    ],
)
def test_cost_is_summed_exactly_and_rounded_once(
    contacts: dict[str, int], minutes: int, cost: int
) -> None:
    assert cost_of(PRICES, contacts=contacts, minutes=minutes) == cost


def test_what_has_no_price_is_named_and_never_guessed() -> None:
    with pytest.raises(NoPriceError) as refused:
        cost_of(PRICES, contacts={"sms": 1, "letter": 2, "call": 1}, minutes=0)
    assert refused.value.channels == ("call", "letter")


def test_without_a_file_of_the_house_there_are_no_prices(tmp_path: Path) -> None:
    assert load_cost_terms(tmp_path, on=DAY) is None


def test_the_entry_of_the_day_holds(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(
        "- {from: 2026-01-01, currency: CNY, per_contact_minor: {sms: 3}, per_hour_minor: 1}\n"
        "- {from: 2026-07-01, currency: CNY, per_contact_minor: {sms: 4}, per_hour_minor: 1}\n"
    )
    terms = load_cost_terms(tmp_path, on=DAY)
    assert terms is not None
    assert terms.per_contact_minor == {"sms": 3}
    with pytest.raises(CostTermsError, match="no rules hold on 2025-12-31"):
        load_cost_terms(tmp_path, on=date(2025, 12, 31))


@pytest.mark.parametrize("sms", ["-1", ".inf", ".nan", "free"])
def test_a_price_is_a_number_of_minor_units(tmp_path: Path, sms: str) -> None:
    (tmp_path / NAME).write_text(
        "- {from: 2026-01-01, currency: CNY, per_hour_minor: 1,"
        f" per_contact_minor: {{sms: {sms}}}}}"
    )
    with pytest.raises(CostTermsError, match=r"0\.per_contact_minor\.sms"):
        load_cost_terms(tmp_path, on=DAY)


def test_every_figure_has_words_in_both_languages() -> None:
    for key, one in load_key_definitions().items():
        texts = [one.title, one.formula, one.above, one.days, *([one.below] if one.below else [])]
        assert all(each.zh and each.en for each in texts), key
