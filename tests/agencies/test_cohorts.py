"""What became of those whom an agency got in a month, figure by figure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from access.outsiders import open_agency
from agencies.test_invoices import pay
from django.test import Client
from factories import make_case, make_user

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.agencies.approving import approve, place_lines
from carrears.agencies.cohorts import Cohort, cohorts
from carrears.agencies.contact_logs import take_rows
from carrears.agencies.proposing import propose
from carrears.casework.models import Case, CaseState, Placement, Promise
from carrears.clock import now
from carrears.conduct.models import Complaint, Mandate

pytestmark = pytest.mark.django_db
LATE = {"treatment": "agency_placement", "dpd": 130, "stage": "late", "arrears": 1_000_00}


@pytest.fixture
def agent() -> User:
    """Of an agency that got two debtors ten days ago, one of two loans."""
    agency = open_agency("HENGXIN")
    today = access_day(now())
    Mandate.objects.create(agency="HENGXIN", starts_on=today - timedelta(days=60))
    told: dict[str, Any] = LATE | {"as_of": today, "opened_on": today - timedelta(days=60)}
    make_case(loan_no="L-1", obligor_no="P-1", **told)
    make_case(loan_no="L-2", obligor_no="P-2", loan_id=4, name="钱试二", **told)
    placing = propose(first_on=today, by=None, at=now())
    approve(placing, by=None, at=now())
    place_lines(placing, at=now())
    Placement.objects.update(from_on=today - timedelta(days=10))
    return make_user(role="agency_user", username="heng", organisation=agency)


def cohort() -> Cohort:
    day = access_day(now())
    [found] = cohorts(first=day - timedelta(days=20), last=day)
    return found


def promise(case: Case, state: str, days: int) -> None:
    day = access_day(now())
    Promise.objects.create(
        case=case, amount=1_00, currency="CNY", due_on=day, made_on=day - timedelta(days=days),
        state=state, settled_on=day, book_day=day,
    )  # fmt: skip


@pytest.mark.usefixtures("agent")
def test_who_was_only_placed_has_rates_of_nothing() -> None:
    found = cohort()
    assert (found.agency, found.placed, found.arrears, found.currency) == (
        "HENGXIN", 2, 2_000_00, "CNY",
    )  # fmt: skip
    assert (found.recovery_rate, found.cure_rate, found.contact_rate) == (0, 0, 0)
    assert (found.days_to_contact, found.keep_rate) == (None, None)


def test_each_figure_is_of_the_stay(agent: User) -> None:
    pay("before", 100_00, -11)
    pay("within", 500_00, -5)
    first = Case.objects.get(loan_no="L-1")
    second = Case.objects.get(loan_no="L-2")
    Case.objects.filter(pk=second.pk).update(
        state=CaseState.CLOSED, close_reason="cured", closed_on=access_day(now())
    )
    for state, days in (("kept", 3), ("broken", 2), ("broken", 30), ("open", 1)):
        promise(first, state, days)
    for days in (2, 40):
        Complaint.objects.create(
            key=f"c-{days}", complainant="borrower", jurisdiction="cn", channel="phone",
            category="conduct", received_at=now() - timedelta(days=days), agency="HENGXIN",
            loan_no="L-1",
        )  # fmt: skip
    day = access_day(now()) - timedelta(days=4)
    rows = [
        {
            "reference": f"A-{hour}", "loan_no": "L-1", "channel": "call", "acted_by": "E-7",
            "at": datetime.combine(day, time(hour), ZoneInfo("Asia/Shanghai")).isoformat(),
            "number": "13900000001", "result": result,
        }
        for hour, result in ((10, "promised"), (23, "busy"))
    ]  # fmt: skip
    assert take_rows(rows, by=agent, at=now()).taken == 2

    found = cohort()
    assert (found.recovered, found.recovery_rate) == (500_00, 0.25)
    assert (found.cured, found.contacted, found.reached, found.days) == (1, 1, 1, 6)
    assert (found.promises, found.kept, found.keep_rate) == (2, 1, 0.5)
    assert (found.breaches, found.complaints) == (2, 1)  # the older complaint is open

    client = Client()
    client.force_login(make_user(role="compliance_officer"))
    asked = {"from": str(day - timedelta(days=20)), "to": str(access_day(now()))}
    page = client.get("/compliance/agencies/", asked).content.decode()
    assert "计佣还款 ÷ 委出时欠款" in page
    file = b"".join(client.get("/compliance/agencies/months/file/", asked)).decode("utf-8-sig")
    head, line = (one.split(",") for one in file.splitlines())
    told = dict(zip(head, line, strict=True))
    assert (told["recovery_rate"], told["days_to_contact"]) == ("0.2500", "6.0000")
