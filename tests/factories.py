"""Rows for tests. Each function makes one thing, with figures that are easy to follow."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from django.contrib.auth.models import Group

from carrears.access.models import Membership, Organisation, User
from carrears.access.organisations import lender
from carrears.access.services import ensure_roles
from carrears.casework.models import Case, PlannedAction, Promise, PromisePart
from carrears.parties.models import LoanParty, Party
from carrears.parties.services import store_people

DAY = date(2026, 6, 30)
MOMENT = datetime(2026, 6, 30, 2, 0, tzinfo=UTC)  # ten in the morning in Shanghai
TERMS: dict[str, Any] = {
    "originated_on": "2025-12-15",
    "first_due_on": "2026-01-15",
    "term_months": 12,
    "annual_rate": "0.180000",
    "principal": 12_000_00,
    "instalment": 1_100_00,
    "region": "浙江",
    "dealer": "D1",
    "channel": "dealer",
    "make": "BYD",
    "model": "Qin PLUS",
    "model_year": 2025,
    "vehicle_condition": "new",
    "vehicle_value": 15_000_00,
    "bureau_score": 640,
    "payment_to_income": "0.120000",
    "obligor_no": "P-1",
}


def make_user(
    *, role: str = "", username: str = "", organisation: Organisation | None = None
) -> User:
    """A user in the group of a shipped role; without one he may do nothing.

    He belongs to the lender itself where no ``organisation`` is named.
    """
    user = User.objects.create_user(username or role or "nobody", password="x" * 12)
    if role:
        if not Group.objects.filter(name=role).exists():
            ensure_roles()
        user.groups.add(Group.objects.get(name=role))
    Membership.objects.create(
        user=user, organisation=organisation or lender(), from_on=date(2020, 1, 1)
    )
    return user


def make_person(
    *, loan_no: str, name: str = "赵试一", role: str = "obligor", **changes: Any
) -> Party:
    """A person of a loan, stored sealed, with a phone, an e-mail and an address."""
    row = {
        "party_no": f"P-{role}-{loan_no}",
        "loan_no": loan_no,
        "role": role,
        "name": name,
        "id_no": "110101199003070002",
        "phone": "13900000001",
        "email": "debtor@example.com",
        "address": "浙江省杭州市西湖区示例路1号",
        "region": "浙江",
        "time_zone": "Asia/Shanghai",
        "language": "zh-CN",
        "plate": "浙A12345",
        "vin": "LSVAA000000000812",
        "consent_email": True,
        "consent_sms": True,
        "consent_call": True,
        "synthetic": True,
    } | changes
    store_people(pa.Table.from_pylist([row]), source="contract")
    return LoanParty.objects.get(loan_no=loan_no, party__party_no=row["party_no"]).party


def make_case(*, loan_no: str = "A-03", name: str = "赵试一", **changes: Any) -> Case:
    """An open case: one instalment of 1,100.00 CNY behind since the 15th, 15 days past due.

    Its debtor is of that ``name``; without one the loan has nobody.
    """
    party = make_person(loan_no=loan_no, name=name) if name else None
    values: dict[str, Any] = {
        "loan_no": loan_no,
        "loan_id": 3,
        "party": party,
        "product": "auto",
        "currency": "CNY",
        "jurisdiction": "cn",
        "opened_on": date(2026, 6, 16),
        "loan": TERMS,
        "as_of": DAY,
        "dpd": 15,
        "bucket": 1,
        "arrears": 1_100_00,
        "arrears_principal": 1_000_00,
        "arrears_interest": 100_00,
        "arrears_fee": 0,
        "oldest_due_on": date(2026, 6, 15),
        "instalments_behind": 1,
        "next_due_on": date(2026, 7, 15),
        "next_due_amount": 1_100_00,
        "last_paid_on": date(2026, 5, 14),
        "principal_outstanding": 7_000_00,
        "paid_total": 5_500_00,
        "band": "B",
        "treatment": "reminder",
        "stage": "early",
        "priority": 50,
    }
    return Case.objects.create(**(values | changes))


def make_action(*, case: Case, **changes: Any) -> PlannedAction:
    """An e-mail planned for the case's day."""
    values: dict[str, Any] = {
        "case": case,
        "key": f"{case.loan_no}:{case.as_of}:email:",
        "as_of": case.as_of,
        "channel": "email",
        "template": "reminder",
        "planned_for": MOMENT,
    }
    return PlannedAction.objects.create(**(values | changes))


def make_promise(case: Case, *parts: tuple[int, date], **changes: Any) -> Promise:
    """A promise on the case of these parts, made on the day that the book has reached."""
    values: dict[str, Any] = {
        "amount": sum(amount for amount, _ in parts),
        "currency": case.currency,
        "due_on": max(due_on for _, due_on in parts),
        "made_on": case.as_of,
        "book_day": case.as_of,
    }
    promise = Promise.objects.create(case=case, **(values | changes))
    for seq, (amount, due_on) in enumerate(parts, start=1):
        PromisePart.objects.create(
            promise=promise, seq=seq, amount=amount, due_on=due_on, state=promise.state
        )
    return promise
