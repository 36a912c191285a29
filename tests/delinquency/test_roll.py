from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pytest

from carrears.delinquency.engine import fetch, register_tables
from carrears.delinquency.roll import cure_rates, roll_rates

State = tuple[int, str, int, int]  # loan, currency, bucket, principal outstanding


def states(rows: Sequence[State]) -> pa.Table:
    names = ("loan_id", "currency", "bucket", "principal_outstanding")
    kinds = (pa.int64(), pa.string(), pa.int32(), pa.int64())
    columns = list(zip(*rows, strict=True)) or [()] * 4
    return pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})


# Four loans of 100 in M1: one rolls to M2 (90 left), one stays (95), one cures (80), one leaves.
BEFORE = [(1, "CNY", 1, 100), (2, "CNY", 1, 100), (3, "CNY", 1, 100), (4, "CNY", 1, 100)]
BEFORE += [(5, "CNY", 0, 1000), (6, "USD", 1, 7)]
AFTER = [(1, "CNY", 2, 90), (2, "CNY", 1, 95), (3, "CNY", 0, 80), (5, "CNY", 1, 950)]
AFTER += [(6, "USD", 0, 6), (9, "CNY", 0, 5000)]


def ask(expression: object, before: Sequence[State], after: Sequence[State]) -> list[dict]:
    with duckdb.connect() as engine:
        tables = register_tables(engine, {"before": states(before), "after": states(after)})
        return fetch(engine, expression(tables["before"], tables["after"])).to_pylist()  # type: ignore[operator]


def test_roll_rates_follow_the_same_loans() -> None:
    rows = ask(roll_rates, BEFORE, AFTER)
    cells = [
        (r["currency"], r["from_bucket"], r["to_bucket"], r["loans"], r["loan_rate"]) for r in rows
    ]

    assert cells == [
        ("CNY", 0, 1, 1, 1.0),
        ("CNY", 1, 0, 1, 0.25),
        ("CNY", 1, 1, 1, 0.25),
        ("CNY", 1, 2, 1, 0.25),
        ("CNY", 1, None, 1, 0.25),
        ("USD", 1, 0, 1, 1.0),
    ]
    # 90 of the 400 that stood in M1 are now in M2.
    assert [r["balance_rate"] for r in rows if r["from_bucket"] == 1 and r["to_bucket"] == 2] == [
        pytest.approx(90 / 400)
    ]


def test_a_cure_is_current_again_and_leaving_is_none() -> None:
    cny, usd = ask(cure_rates, BEFORE, AFTER)

    assert (cny["behind"], cny["cured"], cny["left"]) == (4, 1, 1)
    assert (cny["cure_rate"], cny["cure_rate_balance"]) == (0.25, 0.25)
    assert (usd["currency"], usd["cure_rate"]) == ("USD", 1.0)


def test_rates_of_each_bucket_add_up_to_one() -> None:
    rows = ask(roll_rates, BEFORE, AFTER)
    shares: dict[tuple[str, int], float] = {}
    for row in rows:
        key = (row["currency"], row["from_bucket"])
        shares[key] = shares.get(key, 0) + row["loan_rate"]

    assert all(share == pytest.approx(1) for share in shares.values())


def test_a_book_without_loans_behind_has_no_cure_rate() -> None:
    assert ask(cure_rates, [(5, "CNY", 0, 1000)], AFTER) == []
