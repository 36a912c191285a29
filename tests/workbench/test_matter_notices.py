"""Complaints, disputes and texts tell whom they ask for, lead there, and stop when done."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from access.outsiders import open_agency
from conduct.disputing import dispute
from conduct.disputing import step as dispute_step
from conduct.test_complaints import complain, step
from factories import make_case, make_user
from workbench.documents import words

from carrears.access.models import Kind, User
from carrears.access.organisations import lender, open_organisation
from carrears.clock import now
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.complaint_raising import raise_complaints, raise_disputes
from carrears.notices.models import Notice
from carrears.outreach.models import UnknownText
from carrears.outreach.replies import take_reply
from carrears.outreach.unknown_texts import dismiss_text, tell_of_unknown_texts

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 30, 1, tzinfo=UTC)


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer", username="he")


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead", username="lead")


def waiting(user: User) -> list[tuple[str, bool]]:
    unread = Notice.objects.filter(user=user, read_at=None).order_by("pk")
    return [(one.kind, bool(one.data.get("late"))) for one in unread]


def on(day: date) -> datetime:
    """At ten in the morning in China."""
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


def test_a_complaint_tells_who_deals_with_it_now(sign_in: Any, officer: User, lead: User) -> None:
    made = complain(make_case(loan_no="A-03"))
    step(made, "assign", officer, assign_to=lead)
    assert waiting(lead) == [("complaint", False)]
    notice = Notice.objects.get(user=lead)
    client = sign_in(lead, language="en")
    assert "A complaint came to you unread A-03" in words(client.get("/notices/"))
    answer = client.post(f"/notices/{notice.pk}/open/")
    assert answer.headers["Location"] == f"/compliance/complaints/{made.pk}/"

    step(made, "assign", officer, key="second", assign_to=officer)
    assert waiting(officer) == []  # his own doing
    step(made, "assign", officer, key="third", assign_to=lead)
    assert waiting(lead) == [("complaint", False)]
    step(made, "assign", lead, key="fourth", assign_to=officer)
    assert (waiting(lead), waiting(officer)) == ([], [("complaint", False)])
    closed = step(made, "close", officer, outcome="withdrawn", text="x")
    assert (closed.state, waiting(officer)) == ("closed", [])


def test_a_complaint_that_nears_its_day_or_is_late_tells_each_once(
    officer: User, lead: User
) -> None:
    clerk = make_user(role="compliance_officer", username="clerk")
    team = open_organisation("T1", name="T1", kind=Kind.TEAM, parent=lender(), by=None, at=now())
    elsewhere = make_user(role="team_lead", username="elsewhere", organisation=team)
    made = complain(make_case(loan_no="A-03", assignee=make_user(username="c", role="collector")))
    step(made, "acknowledge", officer)
    step(made, "assign", officer, assign_to=clerk)
    Notice.objects.all().delete()

    for day in (10, 11, 12):
        raise_complaints(at=on(date(2026, 7, day)))
    assert (waiting(lead), waiting(clerk)) == ([("complaint_due", False)],) * 2
    assert waiting(officer) == waiting(elsewhere) == []
    for day in (15, 16):
        raise_complaints(at=on(date(2026, 7, day)))
    late = [("complaint_due", True)]
    assert (waiting(lead), waiting(clerk), waiting(officer)) == (late, late, late)
    step(made, "extend", officer, text="情况复杂")
    assert waiting(lead) == waiting(clerk) == waiting(officer) == []


def test_a_late_complaint_is_named_so(sign_in: Any, officer: User) -> None:
    made = complain(make_case(loan_no="A-03"))
    raise_complaints(at=on(date(2026, 9, 1)))
    page = words(sign_in(officer, language="en").get("/notices/"))
    assert "A complaint is late unread A-03" in page
    assert Complaint.objects.get(pk=made.pk).raised_level == 2


def test_a_dispute_does_the_same(sign_in: Any, officer: User, lead: User) -> None:
    made = dispute(make_case(loan_no="A-03", jurisdiction="cn"))
    dispute_step(made, "assign", officer, assign_to=lead)
    assert waiting(lead) == [("dispute", False)]
    raise_disputes(at=on(date(2026, 9, 1)))
    assert waiting(lead) == [("dispute", False), ("dispute_due", True)]
    client = sign_in(lead)
    for notice in Notice.objects.filter(user=lead):
        answer = client.post(f"/notices/{notice.pk}/open/")
        assert answer.headers["Location"] == f"/disputes/{made.pk}/"
    Notice.objects.update(read_at=None)
    dispute_step(made, "answer", officer, outcome="rejected")
    assert waiting(lead) == waiting(officer) == []


def test_texts_without_a_place_tell_who_may_place_them_until_none_waits(
    sign_in: Any, lead: User
) -> None:
    assert tell_of_unknown_texts(at=now()) == 0
    take_reply("smpp", "8613911112222", "你们找谁", at=AT)
    told = tell_of_unknown_texts(at=now())
    assert (waiting(lead), tell_of_unknown_texts(at=now())) == ([("unplaced", False)], 0)
    assert told == Notice.objects.count()
    take_reply("smpp", "8613911113333", "打错了", at=AT)
    assert tell_of_unknown_texts(at=now()) == told
    assert Notice.objects.get(user=lead).many == 2
    client = sign_in(lead)
    answer = client.post(f"/notices/{Notice.objects.get(user=lead).pk}/open/")
    assert answer.headers["Location"] == "/mail/unknown/"
    Notice.objects.update(read_at=None)
    for text in UnknownText.objects.all():
        assert waiting(lead) == [("unplaced", False)]
        dismiss_text(text, reason="打错", by=lead, at=now())
    assert waiting(lead) == []
    take_reply("smpp", "8613911114444", "谁啊", at=AT)  # on the same day: it is told anew
    assert tell_of_unknown_texts(at=now()) == told
    assert waiting(lead) == [("unplaced", False)]
    assert waiting(make_user(username="x", role="agency_user", organisation=open_agency("H"))) == []
