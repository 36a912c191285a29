"""The queue says why a case stands at its place; the button opens the best that nobody has."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict
from factories import make_action, make_case, make_user

from carrears.casework.models import CaseEvent, Hold, Showing
from carrears.casework.services import add_note
from carrears.clock import now
from carrears.workbench.queries.queue import queue_page

pytestmark = pytest.mark.django_db


def test_a_collectors_queue_is_in_the_order_of_what_acting_is_worth() -> None:
    me, lead = make_user(role="collector"), make_user(role="team_lead")
    make_case(loan_no="small", loan_id=1, priority=90, arrears=100_00, name="", assignee=me)
    make_case(loan_no="large", loan_id=2, priority=10, arrears=900_00, name="", assignee=me)

    def order(user: Any, query: str = "") -> list[str]:
        return [row.loan_no for row in queue_page(user, QueryDict(query)).rows]

    assert order(me) == ["large", "small"]
    assert order(me, "sort=priority") == order(lead) == ["small", "large"]
    assert order(lead, "sort=worth") == ["large", "small"]
    assert order(me, "sort=worth&flag=hold") == []
    [first, _] = queue_page(me, QueryDict()).rows
    assert first.why[0] == "等级 B：预计可收回欠款的 35%"
    assert queue_page(lead, QueryDict()).rows[0].why == ()


def test_pages_of_the_order_hang_together() -> None:
    me = make_user(role="collector")
    for place in range(60):
        make_action(case=make_case(loan_no=f"L{place:02}", loan_id=place, name="", assignee=me))
    pages = [queue_page(me, QueryDict(f"page={n}")).rows for n in (1, 2)]
    assert [len(rows) for rows in pages] == [50, 10]
    assert len({row.loan_no for rows in pages for row in rows}) == 60


def test_the_button_opens_one_after_the_other(sign_in: Any) -> None:
    me = make_user(role="collector")
    client = sign_in(me)
    for place in (1, 2):
        make_case(loan_no=f"L{place}", loan_id=place, arrears=place * 100, name="", assignee=me)
    answers = [client.post("/queue/next/") for _ in range(3)]
    assert [answer.headers["Location"] for answer in answers] == [
        "/case/L2/", "/case/L1/", "/queue/",
    ]  # fmt: skip


def test_the_reason_why_the_button_led_nowhere_stays_by_it(sign_in: Any) -> None:
    me = make_user(role="collector")
    client = sign_in(me, language="en")

    def press(**given: str) -> str:
        page = client.post("/queue/next/", given, follow=True).content.decode()
        assert "data-toast=" not in page.split("<template")[0]
        found = re.search(r'role="status" id="next-case-told">.*?<p>(.*?)</p>(.*?)</div>', page)
        assert found is not None
        assert ("Go through them again" in found[2]) == ("Today" in found[1])
        return found[1]

    assert press() == "You have no open case."
    worked, held = (make_case(loan_no=n, loan_id=1, name="", assignee=me) for n in ("L1", "L2"))
    add_note(worked, text="打过", by=me, at=now())
    Hold.objects.create(case=held, reason="legal", from_on=held.as_of)
    assert press() == (
        "Today&#x27;s cases are done: whatever can be worked you have worked today. "
        "1 case is on hold."
    )
    assert client.post("/queue/next/", {"again": "yes"}).headers["Location"] == "/case/L1/"
    assert press(again="yes") == ("No case is waiting that nobody has open. 1 case is on hold.")
    assert "next-case-told" not in client.get("/queue/").content.decode()


def test_an_open_page_keeps_the_case_and_another_is_told(sign_in: Any) -> None:
    lead, other = (make_user(role="team_lead", username=name) for name in ("l1", "l2"))
    case = make_case()
    first, second = sign_in(lead), sign_in(other, language="en")
    assert 'hx-post="/case/A-03/showing/"' in first.get("/case/A-03/").content.decode()
    assert not first.post("/case/A-03/showing/").content.strip()
    assert "l1 has this case open" in second.post("/case/A-03/showing/").content.decode()

    second.post("/case/A-03/take-over/")
    assert Showing.objects.get(case=case).user == other
    assert CaseEvent.objects.get().kind == "taken_over"
    assert "l2" in first.post("/case/A-03/showing/").content.decode()


def test_a_page_that_is_left_gives_back_what_it_alone_has(sign_in: Any) -> None:
    case = make_case()
    client = sign_in(make_user(role="team_lead"))

    def opened() -> str:
        page = client.get("/case/A-03/").content.decode()
        assert 'action="/case/A-03/left/"' in page
        token = re.search(r'name="page" value="([0-9a-f-]{36})"', page)
        assert token is not None
        client.post("/case/A-03/showing/", {"page": token[1]})
        return token[1]

    def remains() -> float:
        return (Showing.objects.get(case=case).until - now()).total_seconds()

    first, second = opened(), opened()
    for page, stays in ((first, True), ("what", True), ("", True), (second, False)):
        assert client.post("/case/A-03/left/", {"page": page}).status_code == 204
        assert (remains() > 100) == stays


def test_who_only_reads_holds_nothing(sign_in: Any) -> None:
    make_case()
    client = sign_in(make_user(role="auditor"))
    assert "/showing/" not in client.get("/case/A-03/").content.decode()
    assert client.post("/case/A-03/showing/").status_code == 403
    assert client.post("/queue/next/").status_code == 403
