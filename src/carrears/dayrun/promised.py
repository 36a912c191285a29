"""Promises settled by all that is known of their loans' payments: by the night, and by an event.

Before the loans are decided, so that the strategy hears of a promise on the day that settles it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from carrears.casework.matching import COUNTED_KINDS, Paid
from carrears.casework.promises import lock_promises, settle_promises
from carrears.dayrun.columnar import book_engine
from carrears.dayrun.standing import find_loans, newest_snapshot, read_loans
from carrears.portfolio.models import ReceivedPayment
from carrears.portfolio.services import BookError

_COLUMNS = ("loan_id", "payment_no", "paid_on", "amount", "kind", "reverses_no")


def payments_of_book(snapshot: Path, loan_ids: Sequence[int]) -> pa.Table:
    """The snapshot's payments of these loans, in one scan."""
    with book_engine(snapshot) as engine:
        engine.register("named", pa.table({"loan_id": pa.array(loan_ids, pa.int64())}))
        listed = ", ".join(_COLUMNS)
        query = f"select {listed} from payments semi join named using (loan_id)"  # noqa: S608
        return engine.sql(query).to_arrow_table()


def paid_on(loan_nos: Sequence[str]) -> dict[str, list[Paid]]:
    """All that is known now of the money of these loans: the newest book's, and what was told."""
    wanted = dict.fromkeys(loan_nos, -1)
    try:
        rows = read_loans(newest_snapshot(), find_loans(loan_nos))
    except BookError:  # before the first tape only single payments are known
        return _known(wanted, ())
    payments = rows["payments"].select(list(_COLUMNS)).to_pylist()
    return _known(wanted | loan_ids(rows), payments)


def loan_ids(rows: Mapping[str, pa.Table]) -> dict[str, int]:
    """The ids of the loans of a snapshot's rows, by number."""
    numbers, ids = (rows["loans"].column(name).to_pylist() for name in ("loan_no", "loan_id"))
    return dict(zip(numbers, ids, strict=True))


def settle_loans(
    loans: Mapping[str, int],
    payments: pa.Table,
    *,
    as_of: date,
    at: datetime,
    by_newest_book: bool = False,
) -> Counter[str]:
    """Settle the promises of these loans (ids by number) at the end of ``as_of``.

    ``payments`` are rows of a snapshot; what was told since comes from the database, read once
    nobody else judges them. In the caller's transaction. Most loans of events have no promise and
    cost one statement.
    """
    promises = lock_promises(list(loans), as_of=as_of)
    if not promises:
        return Counter()
    wanted = {number: loans[number] for number in {one.case.loan_no for one in promises}}
    known = _known(wanted, payments.select(list(_COLUMNS)).to_pylist())
    return settle_promises(known, promises, as_of=as_of, at=at, by_newest_book=by_newest_book)


def _known(loans: Mapping[str, int], rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Paid]]:
    """All payments of these loans: the book's, and those told one at a time."""
    numbers = {loan_id: number for number, loan_id in loans.items()}
    told = ReceivedPayment.objects.filter(loan_no__in=loans).order_by("pk")
    single = {(one.loan_no, one.idempotency_key): one for one in told}
    found: dict[str, list[Paid]] = {number: [] for number in loans}
    for row in rows:
        number = numbers.get(row["loan_id"])
        if number is None:
            continue
        one = single.pop((number, row["payment_no"]), None)
        if row["kind"] in COUNTED_KINDS:
            found[number].append(
                Paid(
                    no=row["payment_no"],
                    paid_on=row["paid_on"],
                    amount=row["amount"],
                    reverses_no=row["reverses_no"] or "",
                    told_at=one.entered_at if one else None,
                )
            )
    for (number, key), one in single.items():
        if one.kind in COUNTED_KINDS:
            found[number].append(
                Paid(no=key, paid_on=one.paid_on, amount=one.amount, told_at=one.entered_at)
            )
    return found
