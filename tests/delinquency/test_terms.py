from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrears.delinquency.ledger.entries import RATE_SCALE, Account, Due, Entry, GraceRule, Kind
from carrears.delinquency.ledger.twin import replay
from carrears.delinquency.ledger.waterfall import Component
from carrears.delinquency.terms import ledger_terms, penalty_rates, penalty_units
from carrears.portfolio.products import Penalty, Product, ProductError, load_products

OWN = """
default: {}
penal:
  grace_days: 3
  grace_counts: from_grace
  penalty: {surcharge: "0.5", compound: true}
  allocation: {order: [fee, interest, principal, penalty, compound]}
  behind_by: [interest, principal]
own-rate: {penalty: {annual_rate: "0.24", year_days: 365}}
"""


def write(home: Path, text: str) -> Path:
    (home / "products.yaml").write_text(text)
    return home


def test_a_surcharge_stands_on_the_contract_rate(tmp_path: Path) -> None:
    products = load_products(write(tmp_path, OWN))
    terms = ledger_terms(products["penal"], contract_rate=Decimal("0.12"))
    assert (terms.penalty_rate, terms.compound) == (18_000_000, True)
    assert (terms.grace_days, terms.grace_rule) == (3, GraceRule.FROM_GRACE)
    assert terms.dpd_components == (Component.INTEREST, Component.PRINCIPAL)
    own = ledger_terms(products["own-rate"], contract_rate=Decimal("0.12"))
    assert (own.penalty_rate, own.penalty_year_days) == (24_000_000, 365)
    assert ledger_terms(products["other"], contract_rate=Decimal("0.12")).penalty_rate == 0


def test_the_order_of_the_product_is_the_order_of_the_money(tmp_path: Path) -> None:
    terms = ledger_terms(
        load_products(write(tmp_path, OWN))["penal"], contract_rate=Decimal("0.12")
    )
    due = Due(starts_on=date(2025, 1, 15), due_on=date(2025, 2, 15), principal=1000_00, interest=0)
    paid = Entry(kind=Kind.PAYMENT, day=date(2025, 3, 17), amount=1000_00)
    account = Account(terms=terms, schedule=(due,), entries=(paid,))
    # 1,000.00 for 30 days at 18 %, year of 360: 15.00, still owed when the principal is not.
    stands = replay(account, as_of=date(2025, 3, 17))
    assert stands.arrears == [0, 15_00, 0, 0, 0]
    assert stands.dpd == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p: {allocation: {order: [fee, interest]}}", "name each part once"),
        ('p: {penalty: {surcharge: "0.5", annual_rate: "0.2"}}', "either a surcharge"),
        ("p: {due_dates: {calendar: moon}}", "p.due_dates.calendar: calendar 'moon' is not known"),
        ("p: {allocation: {style: random}}", "allocation.style"),
    ],
)
def test_a_term_that_makes_no_sense_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProductError, match=message) as error:
        load_products(write(tmp_path, text))
    assert str(tmp_path / "products.yaml") in str(error.value)


@given(
    surcharge=st.none() | st.decimals(0, 2, places=4),
    rates=st.lists(st.decimals(0, 1, places=6), max_size=5),
)
def test_rates_of_many_loans_are_those_of_each(
    surcharge: Decimal | None, rates: list[Decimal]
) -> None:
    own = None if surcharge is not None else Decimal("0.2400005")
    product = Product(penalty=Penalty(surcharge=surcharge, annual_rate=own))
    units = np.array([int(rate * RATE_SCALE) for rate in rates], np.int64)
    assert penalty_rates(product, contract_rates=units).tolist() == [
        penalty_units(product, contract_rate=rate) for rate in rates
    ]
