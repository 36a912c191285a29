"""Calls from the case page: the verdict first, then booked, dialled and told of."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags
from factories import DAY, MOMENT, make_person, make_user
from workbench.calling import PART, URL, button_of, case, client, contact, desk_of, press, tell

from carrears.access.models import User
from carrears.casework.models import Case, CaseEvent, Hold, Showing
from carrears.clock import now
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach.calls import WantedCall, book_calls, record_result
from carrears.outreach.models import Attempt
from carrears.outreach.open_calls import left_open_on, raise_calls_left
from carrears.outreach.replies import take_reply
from carrears.parties.consents import record_consent
from carrears.parties.models import ContactPoint, Party
from carrears.workbench.queries.waiting import waiting_for

__all__ = ["case", "client"]  # fixtures
pytestmark = pytest.mark.django_db


def test_each_number_and_address_has_its_verdict_beside_it(client: Client) -> None:
    make_person(loan_no="A-03", name="周联系", role="contact", phone="13900000002", email="")

    debtor, friend = desk_of(client).people

    assert [n.verdict.outcome for n in debtor.numbers] == ["allow"]
    assert debtor.mail is not None
    assert debtor.mail.verdict is not None
    assert debtor.mail.verdict.outcome == "allow"
    assert (friend.role, friend.purpose, friend.mail) == ("contact", "ask_debtor_contact", None)
    assert friend.numbers[0].verdict.outcome != "allow"  # the debtor can be reached
    assert not Attempt.objects.exists()
    assert not Entry.objects.exists()


def test_a_blocked_number_says_why_where_and_when(client: Client, case: Case) -> None:
    Party.objects.filter(pk=case.party_id).update(time_zone="America/New_York", zones=[])

    text = client.get("/case/A-03/").content.decode()  # ten at night where he is

    [line] = re.findall(r'data-number="\d+".*?</div>\s*</div>', text, re.DOTALL)
    assert 'data-verdict="block"' in line
    assert re.search(r'<button class="btn" type="submit" disabled>', line)
    assert "CN-01" in line
    assert "GB/T 45251" in line
    assert "最早 2026-06-30 08:00（对方当地时间）" in line
    assert "本地 2026-06-30 20:00" in line
    dialog = client.get("/case/A-03/contact/", headers=PART).content.decode()
    assert "借款人当地时间 2026-06-30 08:00 起可再联系，本地 2026-06-30 20:00" in dialog


def test_pressing_books_shows_the_number_and_leaves_a_trace(client: Client, me: User) -> None:
    button = button_of(client)
    answer = client.post(URL, button, headers=PART).content.decode()
    again = client.post(URL, button, headers=PART).content.decode()

    call = Attempt.objects.get()
    assert (call.state, call.made_by, call.channel) == ("booked", me, "call")
    for text in (answer, again):
        assert 'href="tel:13900000001"' in text
    assert 'id="timeline" hx-swap-oob' in answer
    assert 'hx-swap-oob="outerHTML" data-waiting="workbench:open-calls">1<' in answer
    kinds = Entry.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["call.booked", "person.revealed", "person.revealed"]
    later = client.get("/case/A-03/").content.decode()
    assert "13900000001" not in later
    assert f'data-open-call="{call.pk}"' in later


def test_a_call_refused_when_it_is_booked_is_not_dialled(client: Client, case: Case) -> None:
    button = button_of(client)
    assert desk_of(client).people[0].numbers[0].verdict.outcome == "allow"
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)

    answer = client.post(URL, button, headers=PART).content.decode()

    assert "未登记，没有拨打" in answer
    assert "CN-18" in answer
    assert "tel:" not in answer
    assert Attempt.objects.get().state == "blocked"
    assert not Entry.objects.filter(kind="person.revealed").exists()


def test_another_call_meanwhile_uses_up_the_last_permitted_one(
    client: Client, case: Case, sign_in: Any
) -> None:
    """Three effective calls a day: two were made, and two look at the button for the third."""
    assert case.party is not None
    for hours in (2, 1):
        at = MOMENT - timedelta(hours=hours)
        [past] = book_calls([WantedCall(key=f"past-{hours}", case=case, party=case.party, at=at)])
        record_result(past, result="conversation", by=None)
    mine, other = button_of(client), sign_in(make_user(role="team_lead"))
    others = button_of(other)
    assert 'href="tel:' in other.post(URL, others, headers=PART).content.decode()
    Showing.objects.all().delete()  # the other has the case before him no more

    answer = client.post(URL, mine, headers=PART)

    assert answer.context["calls"].refused.verdict.outcome == "block"
    assert "CN-02" in answer.content.decode()
    assert "tel:" not in answer.content.decode()


def test_the_result_is_kept_with_who_answered_and_a_note(client: Client, me: User) -> None:
    press(client)
    call = Attempt.objects.get()

    answer = tell(client, call, code="relative", note="再不还就抓你")

    call.refresh_from_db()
    assert (call.state, call.result, call.effective) == ("made", "answered_other_person", False)
    assert call.answered_by == "relative"
    note = CaseEvent.objects.get(kind="note")
    assert note.actor == me
    assert note.data["words"]  # read as every note is
    text = answer.content.decode()
    assert "通话结果已保存" in text
    assert "待复核" in text
    assert "家人接听或在场" in text
    assert "2026-07-01" in text  # the day that the code comes back to it
    assert answer.context["calls"].open_calls == ()
    [entry] = Entry.objects.filter(kind="call.made")
    assert '"answered_by":"relative"' in entry.payload


@pytest.mark.parametrize(
    "told",
    [
        {"code": ""},
        {"code": "moved_away"},
        {"code": "call_back"},
        {"code": "busy", "follow_up_on": "2026-06-29"},
        {"code": "busy", "follow_up_on": "soon"},
        {"code": "refuses", "note": "x" * 4001},
    ],
)
def test_a_result_that_does_not_fit_is_refused_in_its_form(
    client: Client, told: dict[str, str]
) -> None:
    press(client)
    call = Attempt.objects.get()

    answer = tell(client, call, **told)

    assert answer.status_code == 422
    [shown] = answer.context["calls"].open_calls
    assert shown.form.errors
    call.refresh_from_db()
    assert (call.state, call.answered_by) == ("booked", "")
    assert not CaseEvent.objects.filter(kind="note").exists()


def test_told_twice_it_is_told_once_and_stays(client: Client) -> None:
    press(client)
    call = Attempt.objects.get()

    for _ in range(2):
        assert tell(client, call, code="no_answer", note="没人接").status_code == 200
    assert tell(client, call, code="refuses").status_code == 422

    assert CaseEvent.objects.filter(kind="note").count() == 1


def test_a_call_not_dialled_is_given_back(client: Client) -> None:
    press(client)

    tell(client, Attempt.objects.get(), code="not_dialled")

    assert Attempt.objects.get().state == "failed"
    assert desk_of(client).people[0].numbers[0].verdict.outcome == "allow"


@pytest.mark.parametrize(
    "change",
    [
        {"party": str(uuid.uuid4())}, {"party": "x"}, {"party": ""},
        {"point": "x"}, {"point": ""}, {"key": "x"},
    ],
)  # fmt: skip
def test_nobody_and_nothing_unknown_is_called(client: Client, change: dict[str, str]) -> None:
    assert press(client, **change).status_code == 404
    assert not Attempt.objects.exists()


def test_a_number_of_somebody_else_is_refused(client: Client) -> None:
    other = make_person(loan_no="B-01", name="别人")
    point = ContactPoint.objects.get(party=other, kind="phone")

    answer = press(client, point=str(point.pk))

    assert "这不是此人在用的号码" in answer.content.decode()
    assert not Attempt.objects.exists()


def test_an_open_call_waits_until_it_is_told_even_of_a_closed_case(
    client: Client, case: Case, me: User
) -> None:
    press(client)
    call = Attempt.objects.get()
    Case.objects.filter(pk=case.pk).update(state="closed", closed_on=date(2026, 6, 30))

    desk = desk_of(client)

    assert (desk.may_call, desk.people) == (False, ())
    assert [one.pk for one in desk.open_calls] == [call.pk]
    assert waiting(me) == 1
    assert press_is_refused(client, call)
    tell(client, call, code="no_answer")
    assert client.get("/case/A-03/").context["calls"] == None  # noqa: E711  a lazy None
    assert waiting(me) == 0


def waiting(user: User) -> int:
    return waiting_for(User.objects.get(pk=user.pk))["workbench:open-calls"]


def press_is_refused(client: Client, call: Attempt) -> bool:
    told = {"key": str(uuid.uuid4()), "party": str(call.party_id), "point": "1"}
    return client.post(URL, told, headers=PART).status_code == 404


def test_a_closed_case_offers_no_call(client: Client, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(state="closed", closed_on=date(2026, 6, 30))

    assert "calls-title" not in client.get("/case/A-03/").content.decode()


def test_open_calls_are_ones_own_or_all(client: Client, sign_in: Any) -> None:
    press(client)
    other = make_user(role="collector", username="other")
    lead, officer = make_user(role="team_lead"), make_user(role="compliance_officer")

    rows = {
        user.username: [
            row.number.text for row in sign_in(user).get("/calls/").context["page"].rows
        ]
        for user in (other, lead, officer)
    }

    assert [row.by for row in client.get("/calls/").context["page"].rows] == ["collector"]
    assert rows["other"] == []
    assert rows["team_lead"] == rows["compliance_officer"] == ["139****0001"]
    assert 'data-waiting="workbench:open-calls">1<' in client.get("/calls/").content.decode()


def test_without_scripts_the_case_page_says_it(client: Client) -> None:
    text = client.post(URL, button_of(client)).content.decode()

    assert text.lstrip().startswith("<!doctype html>")
    assert 'href="tel:13900000001"' in text
    call = Attempt.objects.get()
    answer = client.post(f"{URL}{call.pk}/result/", {"code": "busy"})
    assert answer.headers["Location"] == "/case/A-03/"


def test_the_verdict_stands_beside_the_button_that_writes(client: Client, case: Case) -> None:
    assert case.party is not None
    record_consent(case.party, channel="email", granted=False, source="call", at=now())

    text = client.get("/case/A-03/").content.decode()

    [line] = re.findall(r"data-mail>.*?</div>\s*</div>", text, re.DOTALL)
    assert 'data-verdict="block"' in line
    assert "CN-35" in line
    assert "只靠等待不能解除" in line


def test_a_call_left_open_is_shown_to_the_lead_and_to_compliance(
    client: Client, sign_in: Any
) -> None:
    press(client)
    call, minutes = Attempt.objects.get(), left_open_on(now().date()).minutes
    booked = now() - timedelta(minutes=minutes + 1)
    Attempt.objects.filter(pk=call.pk).update(booked_at=booked)
    raise_calls_left(at=now())
    lead = sign_in(make_user(role="team_lead"))

    page = lead.get("/calls/")
    assert [(row.left, row.by) for row in page.context["page"].rows] == [(True, "collector")]
    assert "通话未记录结果" in page.content.decode()
    told = f"collector 登记，{minutes} 分钟后仍无结果"
    assert told in lead.get("/case/A-03/").content.decode()
    officer = sign_in(make_user(role="compliance_officer"))
    assert "1 通通话未记录结果" in officer.get("/compliance/").content.decode()


def test_the_result_leads_to_the_next_step_until_it_is_done(client: Client) -> None:
    press(client)

    answer = tell(client, Attempt.objects.get(), code="hardship")

    assert "停催并审核困难" in answer.content.decode()
    assert client.get("/case/A-03/").context["page"].next_step.step == "hardship"
    before = date(2026, 5, 1)
    Hold.objects.create(case=Case.objects.get(), reason="hardship", from_on=before, until_on=before)
    assert client.get("/case/A-03/").context["page"].next_step.step == "hardship"
    client.post("/case/A-03/hold/", {"reason": "hardship"})
    page = client.get("/case/A-03/").context["page"]
    assert (page.next_step, page.hold.reason) == (None, "hardship")
    assert page.follow_up_on == date(2026, 7, 7)


def test_a_promise_is_next_until_there_is_one(client: Client) -> None:
    press(client)
    tell(client, Attempt.objects.get(), code="promised")
    assert client.get("/case/A-03/").context["page"].next_step.step == "promise"
    client.post("/case/A-03/promise/", {"amount": "100", "due_on": "2026-07-02"})
    assert client.get("/case/A-03/").context["page"].next_step is None


def test_a_reply_waits_on_the_case_page_until_somebody_tells_what_came_of_it(
    client: Client,
) -> None:
    take_reply("smpp", "8613900000001", "失业了，下个月还", at=MOMENT)
    page = client.get("/case/A-03/")
    assert [one.means for one in page.context["page"].replies] == [("hardship", "promise")]
    assert "称有困难、承诺还款" in strip_tags(page.content.decode())

    assert contact(client, way="in-sms", code="hardship").status_code == 200

    page = client.get("/case/A-03/").context["page"]
    assert (page.replies, page.next_step.step) == ((), "hardship")
