"""Agencies beside the lender's own: every number is that of the rows it leads to."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import MOMENT, make_case, make_user
from workbench.test_compliance import LATE, make_attempt

from carrears.access.models import User
from carrears.conduct.complaint_models import Complaint
from carrears.outreach.models import Override
from carrears.workbench.view_models.scorecard import Score

pytestmark = pytest.mark.django_db
URL = "/compliance/agencies/"
DAYS = "from=2026-06-01&to=2026-06-30"


def complain(key: str, **changes: Any) -> None:
    told = {
        "key": key, "complainant": "borrower", "jurisdiction": "cn", "channel": "phone",
        "category": "conduct", "received_at": MOMENT - timedelta(days=9),
    }  # fmt: skip
    Complaint.objects.create(**(told | changes))


def override(attempt: Any, asker: User, decider: User | None = None) -> None:
    asked = Override.objects.create(
        stopped=attempt,
        case=attempt.case,
        party=attempt.party,
        channel=attempt.channel,
        purpose=attempt.purpose,
        agency=attempt.agency,
        template=attempt.template,
        rules=["CN-35"],
        reason="x",
        asked_by=asker,
        asked_at=MOMENT,
    )
    if decider is not None:
        asked.state, asked.decided_by, asked.decided_at = "refused", decider, MOMENT
        asked.save()


@pytest.fixture
def client(sign_in: Any) -> Client:
    officer, lead = make_user(role="compliance_officer"), make_user(role="team_lead")
    case = make_case()
    agency = {"agency": "HENGXIN", "channel": "call"}
    for effective in (True, True, False, False):
        made = {"state": "made", "effective": effective}
        make_attempt(case, "allow", ("CN-01", "allow", LATE), **agency, **made)
    make_attempt(case, "block", ("CN-01", "block"), **agency)
    override(make_attempt(case, "review", ("CN-35", "review"), **agency), lead)
    override(make_attempt(case, "review", ("CN-35", "review"), made_by=lead), lead, officer)
    make_attempt(case, "allow")
    make_attempt(case, "allow", at=MOMENT - timedelta(days=90))
    done = {"state": "closed", "closed_at": MOMENT}
    complain(
        "a", agency="HENGXIN", answered_at=MOMENT - timedelta(days=7), outcome="upheld", **done
    )
    complain(
        "b", agency="HENGXIN", answered_at=MOMENT - timedelta(days=3), outcome="partly", **done
    )
    complain("c", agency="HENGXIN", outcome="withdrawn", **done)
    complain("d")
    complain("e", agency="HENGXIN", received_at=MOMENT - timedelta(days=90))
    signed: Client = sign_in(officer)
    return signed


def scores(client: Client) -> dict[str, Score]:
    return {one.title: one for one in client.get(f"{URL}?{DAYS}").context["page"].rows}


def test_the_figures_are_those_of_the_definitions(client: Client) -> None:
    found = scores(client)
    agency, own = found["HENGXIN"], found["自有人员与策略"]
    assert list(found) == ["自有人员与策略", "其中：人工", "其中：策略自动", "HENGXIN"]
    assert (agency.attempts, agency.allowed, agency.blocked, agency.review, agency.near) == (
        6, 4, 1, 1, 4,
    )  # fmt: skip
    assert (agency.contacts, agency.effective_rate) == (4, 0.5)
    assert (agency.asked, agency.refused, own.asked, own.refused) == (1, 0, 1, 1)
    assert (agency.complaints, agency.per_thousand) == (3, 750.0)
    assert (agency.found, agency.settled, agency.found_share) == (2, 2, 1.0)
    assert agency.response == pytest.approx(4.0)  # (2 + 6) ÷ 2
    assert (own.attempts, own.complaints, own.found_share, own.response) == (2, 1, None, None)
    assert (found["其中：人工"].attempts, found["其中：策略自动"].attempts) == (1, 1)
    assert found["其中：人工"].per_thousand is None


def test_each_number_leads_to_its_rows(client: Client) -> None:
    for score in scores(client).values():
        for action, number in (
            ("", score.attempts),
            ("allow", score.allowed),
            ("block", score.blocked),
            ("review", score.review),
            ("near", score.near),
            ("asked", score.asked),
            ("refused", score.refused),
            ("left", score.contacts),
            ("called", score.calls),
            ("effective", score.effective),
        ):
            listed = client.get(f"/compliance/attempts/?{score.query}&action={action}")
            assert listed.context["page"].pager.total == number, (score.title, action)
            counted = client.get(f"/compliance/?{score.query}&action={action}")
            assert counted.context["page"].all.total == number, (score.title, action)
        if score.complained:
            for more, number in (("", score.complaints), ("&outcome=found", score.found)):
                listed = client.get(f"/compliance/complaints/?{score.complained}{more}")
                assert listed.context["page"].pager.total == number


def test_the_file_holds_the_counts(client: Client) -> None:
    answer = client.get(f"{URL}file/?{DAYS}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = {row["who"]: row for row in csv.DictReader(io.StringIO(text))}
    assert len(rows) == 2
    assert rows["HENGXIN"]["effective_calls"] == "2"
    assert rows["HENGXIN"]["response_days"] == "8.00"


def test_complaints_are_in_the_trend(client: Client) -> None:
    page = client.get(f"/compliance/?{DAYS}").context["page"]
    assert page.complaints == 4
    days = dict(page.watched.table)
    assert (days["2026-06-21"], days["2026-06-30"]) == ((0, 4), (4, 0))
    one = client.get(f"/compliance/?{DAYS}&actor=agency:HENGXIN").context["page"]
    assert one.complaints == 3
    assert client.get(f"/compliance/?{DAYS}&actor=auto").context["page"].complaints == 0
