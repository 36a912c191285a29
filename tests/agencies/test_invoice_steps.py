"""An invoice after it came: reconciled anew, then signed off by a second person, for good."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from agencies.test_invoices import agency, pay, take
from django.test import Client
from factories import make_user

from carrears.access.models import Organisation, User
from carrears.access.organisations import access_day
from carrears.access.services import issue_token
from carrears.agencies.invoice_steps import payable_of, reconcile_again, sign_off
from carrears.agencies.models import Invoice
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
__all__ = ["agency"]  # a fixture


def day(days: int) -> str:
    return (access_day(now()) + timedelta(days=days)).isoformat()


def verdicts(invoice: Invoice) -> list[tuple[str, str]]:
    return list(invoice.lines.order_by("pk").values_list("loan_no", "verdict"))


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer", username="officer")


@pytest.fixture
def invoice(agency: Organisation) -> Invoice:
    """Of two claims one has no payment in the ledger yet."""
    pay("first", 1_000_00, -5)
    rows = f"L-1,{day(-5)},1000.00,180.00,\nL-2,{day(-3)},500.00,90.00,\n"
    return take(agency, rows)


def test_what_comes_later_agrees_once_it_is_reconciled_anew(
    invoice: Invoice, officer: User
) -> None:
    assert verdicts(invoice) == [("L-1", "agreed"), ("L-2", "unknown")]
    pay("late", 500_00, -3, "L-2")
    reconcile_again(invoice.pk, by=officer, at=now())
    assert verdicts(invoice) == [("L-1", "agreed"), ("L-2", "agreed")]
    assert payable_of(invoice) == 270_00
    # A claim that named no payment is not bound to the one that it found before.
    assert set(invoice.lines.values_list("told_payment_no", flat=True)) == {""}
    told = json.loads(Entry.objects.get(kind="agencies.invoice.reconciled_again").payload)
    assert (told["before"], told["verdicts"]) == ({"agreed": 1, "unknown": 1}, {"agreed": 2})


def test_anew_without_a_change_is_the_same(invoice: Invoice, officer: User) -> None:
    columns = ("row_no", "loan_no", "payment_no", "amount", "our_amount", "verdict")
    before = list(invoice.lines.order_by("pk").values_list(*columns))
    reconcile_again(invoice.pk, by=officer, at=now())
    assert list(invoice.lines.order_by("pk").values_list(*columns)) == before


@pytest.mark.usefixtures("invoice")
def test_a_payment_claimed_by_another_invoice_stays_with_it(
    agency: Organisation, officer: User
) -> None:
    second = take(agency, f"L-1,{day(-5)},1000.00,180.00,\n", number="again")
    assert verdicts(second)[0] == ("L-1", "twice")
    reconcile_again(second.pk, by=officer, at=now())
    assert verdicts(second)[0] == ("L-1", "twice")


def test_a_second_person_signs_it_off_for_good(invoice: Invoice, officer: User) -> None:
    Invoice.objects.update(brought_by=officer)
    with pytest.raises(CaseworkError, match="second person"):
        sign_off(invoice.pk, by=officer, at=now())
    other = make_user(role="compliance_officer", username="other")
    sign_off(invoice.pk, by=other, at=now())
    for step in (sign_off, reconcile_again):
        with pytest.raises(CaseworkError, match="signed off"):
            step(invoice.pk, by=other, at=now())
    told = json.loads(Entry.objects.get(kind="agencies.invoice.signed_off").payload)
    assert (told["payable"], told["claimed"], len(told["sha256"])) == (180_00, 270_00, 64)


def test_by_the_screen(invoice: Invoice, officer: User) -> None:
    client = Client()
    client.force_login(officer)
    page = f"/agencies/invoices/{invoice.pk}/"
    pay("late", 500_00, -3, "L-2")
    assert client.post(f"{page}again/").status_code == 302
    assert client.get(page).context["page"].payable.minor == 270_00
    assert client.post(f"{page}sign/").status_code == 302
    shown = client.get(page)
    assert shown.context["page"].signed_by == str(officer)
    assert f"{page}sign/" not in shown.content.decode()
    manager = Client()
    manager.force_login(make_user(role="strategy_manager"))
    assert manager.post(f"{page}sign/").status_code == 403


def test_by_the_api(invoice: Invoice, officer: User) -> None:
    def call(user: User, step: str) -> Any:
        token = {"Authorization": f"Bearer {issue_token(user, name='x')}"}
        return Client(headers=token).post(f"/api/settlements/invoices/{invoice.pk}/{step}")

    manager = make_user(role="strategy_manager")
    assert call(manager, "again").json()["reconciled_at"] is not None
    assert call(manager, "sign").status_code == 403
    assert call(officer, "sign").json()["signed_at"] is not None
    assert call(manager, "again").status_code == 409
