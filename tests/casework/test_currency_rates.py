"""Cases of two currencies in one order: by the lender's rates, or by turns where there are none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import LazySettings
from factories import make_case, make_user

from carrears.access.models import User
from carrears.casework.currency_rates import CurrencyRatesError, load_currency_rates
from carrears.casework.models import Case
from carrears.casework.next_case import Worth, next_case, order_by_worth

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)  # in Shanghai


def worths(user: User) -> list[Worth]:
    return order_by_worth(Case.objects.all(), user=user, moment=NOON, first=0, number=99)


def order(user: User) -> list[str]:
    numbers = dict(Case.objects.values_list("pk", "loan_no"))
    return [numbers[one.case] for one in worths(user)]


@pytest.mark.django_db
def test_amounts_of_two_currencies_are_never_one(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME = tmp_path
    me = make_user(role="collector")
    for place, (currency, arrears) in enumerate(
        [("CNY", 9_000_00), ("CNY", 1_000_00), ("JPY", 300_000), ("JPY", 30_000), ("USD", 200_00)]
    ):
        loan_no = f"{currency} {arrears}"
        owed = {"loan_id": place, "band": "A", "arrears": arrears, "currency": currency}
        make_case(loan_no=loan_no, name="", as_of=date(2026, 7, 1), assignee=me, **owed)

    turns = ["CNY 900000", "JPY 300000", "USD 20000", "CNY 100000", "JPY 30000"]
    assert order(me) == turns
    rates = {"reference": "CNY", "as_of": "2026-06-30", "source": "own", "rates": {"JPY": "0.05"}}
    path = tmp_path / "currency_rates.yaml"
    path.write_text(yaml.safe_dump(rates))
    assert order(me) == turns  # one is lacking

    path.unlink()
    path.write_text(yaml.safe_dump(rates | {"rates": {"JPY": "0.05", "USD": "7.5"}}))
    # In yuan: 9,000, 15,000, 1,500, 1,500 (the first of two alike) and 1,000.
    ordered = ["JPY 300000", "CNY 900000", "JPY 30000", "USD 20000", "CNY 100000"]
    assert order(me) == ordered
    assert worths(me)[0].value == 135_000  # yen, as it was
    best = next_case(me, moment=NOON)
    assert best is not None
    assert best.loan_no == ordered[0]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"rates": {"XQQ": 2}}, "rates.XQQ"),
        ({"rates": {"JPY": -1}}, "rates.JPY"),
        ({"reference": "yuan"}, "reference: .*unknown currency"),
        ({"source": ""}, "source"),
        ({"as_of": None}, "as_of"),
    ],
)
def test_a_mistake_in_the_rates_is_named(
    tmp_path: Path, change: dict[str, Any], fault: str
) -> None:
    assert load_currency_rates(tmp_path) is None
    rates = {"reference": "CNY", "as_of": "2026-06-30", "source": "own", "rates": {"JPY": "0.05"}}
    (tmp_path / "currency_rates.yaml").write_text(yaml.safe_dump(rates | change))
    with pytest.raises(CurrencyRatesError, match=rf"currency_rates\.yaml: {fault}"):
        load_currency_rates(tmp_path)
