"""Statements from the ledger, and invoices held against them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from access.outsiders import open_agency, place
from factories import make_case

from carrears.access.models import Organisation
from carrears.access.organisations import access_day
from carrears.agencies.approving import approve, place_lines
from carrears.agencies.invoices import take_invoice
from carrears.agencies.models import Invoice
from carrears.agencies.proposing import propose
from carrears.agencies.statements import statement, totals
from carrears.casework.models import Placement
from carrears.casework.placements import recall
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.portfolio.received import PaymentTold, receive_payments

pytestmark = pytest.mark.django_db


def pay(no: str, amount: int, days: int, loan_no: str = "L-1") -> None:
    day = access_day(now()) + timedelta(days=days)
    receive_payments([
        PaymentTold(loan_no=loan_no, amount=amount, currency="CNY", paid_on=day, key=no,
                    source="test")
    ])  # fmt: skip


@pytest.fixture
def agency() -> Organisation:
    """An agency that got one debtor of two loans ten days ago."""
    found = open_agency("HENGXIN")
    late = {"treatment": "agency_placement", "dpd": 130, "stage": "late", "name": ""}
    make_case(loan_no="L-1", obligor_no="P-1", **late)
    make_case(loan_no="L-2", obligor_no="P-1", loan_id=4, **late)
    placing = propose(first_on=access_day(now()), by=None, at=now())
    approve(placing, by=None, at=now())
    place_lines(placing, at=now())
    Placement.objects.update(from_on=access_day(now()) - timedelta(days=10))
    return found


def period() -> dict[str, date]:
    day = access_day(now())
    return {"first": day - timedelta(days=60), "last": day + timedelta(days=60)}


def take(agency: Organisation, rows: str, number: str = "2026-07") -> Invoice:
    content = "loan_no,paid_on,amount,commission,payment_no\n" + rows
    return take_invoice(
        content.encode(), agency=agency, number=number, currency="CNY", file_name="july.csv",
        by=None, at=now(), **period(),
    )  # fmt: skip


def test_the_statement_is_of_the_ledger_by_the_rate_agreed(agency: Organisation) -> None:
    pay("early", 900_00, -11)
    pay("first", 1_000_00, -10)
    pay("second", 500_00, -3, "L-2")
    pay("back", -1_000_00, -1)
    found = statement(agency, **period())
    assert [(one.loan_no, one.payment_no, one.commission) for one in found] == [
        ("L-1", "first", 180_00), ("L-2", "second", 90_00), ("L-1", "back", -180_00),
    ]  # fmt: skip
    [total] = totals(found)
    assert (total.amount, total.commission) == (500_00, sum(one.commission for one in found))


def test_called_back_the_tail_counts_until_somebody_gets_him_next(agency: Organisation) -> None:
    recall(list(Placement.objects.all()), reason="x", by=None, at=now())
    pay("today", 100_00, 0)
    pay("tail", 100_00, 9)
    pay("next", 100_00, 10)
    assert [one.is_tail for one in statement(agency, **period())] == [False, True, True]
    one = Placement(obligor_no="P-1")
    case = make_case(loan_no="L-3", obligor_no=one.obligor_no, name="", loan_id=9)
    place(case, open_agency("SECOND"), from_on=access_day(now()) + timedelta(days=10))
    assert [one.payment_no for one in statement(agency, **period())] == ["today", "tail"]
    assert statement(Organisation.objects.get(key="SECOND"), **period()) == []


def test_an_invoice_is_held_against_it_and_the_next_one_cannot_claim_again(
    agency: Organisation,
) -> None:
    pay("a", 1_000_00, -5)
    pay("b", 200_00, -4)
    day = access_day(now()) - timedelta(days=5)
    invoice = take(
        agency, f"L-1,{day},1000.00,200.00,a\nL-9,{day},1.00,0.20,\nL-1,{day},nothing,0.20,\n"
    )
    found = invoice.lines.values_list("verdict", "loan_no", "commission", "our_commission")
    assert list(found) == [
        ("differs", "L-1", 200_00, 180_00), ("unknown", "L-9", 20, None),
        ("missing", "L-1", None, 36_00),
    ]  # fmt: skip
    [reject] = invoice.rejects.all()
    assert (reject.row_no, reject.errors[0][0]) == (4, "amount")
    assert b"nothing" not in bytes(reject.raw_sealed)

    again = take(agency, f"L-1,{day},1000.00,180.00,a\n", number="2026-08")
    assert list(again.lines.values_list("verdict", flat=True)) == ["twice", "missing"]
    with pytest.raises(CaseworkError, match="came before"):
        take(agency, "")
