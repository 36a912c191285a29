"""What the gate leaves to a person: asked for on the case page, decided by another, used once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from factories import DAY, make_case, make_user
from pytest_django import Settings

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call
from carrears.outreach.models import Attempt, Override
from carrears.parties.models import Party
from carrears.workbench.queries.waiting import waiting_for
from carrears.workbench.view_models.calls import CallDesk

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
CASE = "/case/A-03/"


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


@pytest.fixture
def collector(sign_in: Any, me: User, case: Case) -> Client:
    assert case.party is not None
    assert book_call(case, party=case.party, key="call-001", by=None).state == "booked"
    client: Client = sign_in(me)  # for whom a call right after the first needs review (CN-10b)
    return client


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer")


@pytest.fixture
def second(sign_in: Any, officer: User) -> Client:
    client: Client = sign_in(officer)
    return client


def desk_of(client: Client) -> CallDesk:
    desk: CallDesk = client.get(CASE).context["calls"]
    return desk


def ask(client: Client, reason: str = "客户要求马上回电") -> Any:
    desk = desk_of(client)
    [person] = desk.people
    told = {"key": desk.key, "party": person.token, "point": str(person.numbers[0].point)}
    return client.post(f"{CASE}calls/", told | {"reason": reason}, headers=PART)


def decide(client: Client, decision: str = "approve", reason: str = "已听录音") -> Any:
    pk = Override.objects.get().pk
    return client.post(f"/overrides/{pk}/decide/", {"decision": decision, "reason": reason})


def use(client: Client) -> Any:
    pk = Override.objects.get().pk
    return client.post(f"{CASE}overrides/{pk}/use/", headers=PART)


def test_two_people_let_one_call_go(collector: Client, second: Client, me: User) -> None:
    text = collector.get(CASE).content.decode()
    assert "data-ask" in text
    answer = ask(collector)
    assert "已提交申请，由第二人审批" in answer.content.decode()
    assert "tel:" not in answer.content.decode()
    override = Override.objects.get()
    assert (override.state, override.asked_by, override.rules) == ("asked", me, ["CN-10b"])
    assert "data-ask" not in collector.get(CASE).content.decode()  # asked for already

    page = second.get(f"/overrides/{override.pk}/").content.decode()
    assert "客户要求马上回电" in page
    assert "CN-10b" in page
    assert "所依据的事实" in page
    assert 'value="approve"' in page
    assert decide(second).headers["Location"] == "/overrides/"

    [row] = desk_of(collector).overrides
    assert (row.state, row.may_use, row.decision) == ("approved", True, "已听录音")
    assert 'href="tel:13900000001"' in use(collector).content.decode()
    made = Attempt.objects.get(override=override)
    assert (made.state, made.gate_action) == ("booked", "review")
    assert desk_of(collector).overrides == ()
    kinds = Entry.objects.filter(kind__startswith="override.").order_by("pk")
    assert list(kinds.values_list("kind", "actor")) == [
        ("override.asked", me.username),
        ("override.approved", "compliance_officer"),
    ]


def test_a_refusal_is_told_with_its_reason(collector: Client, second: Client) -> None:
    ask(collector)

    decide(second, "refuse", "等到明天")

    [row] = desk_of(collector).overrides
    assert (row.state, row.may_use, row.decision) == ("refused", False, "等到明天")
    assert "等到明天" in collector.get(CASE).content.decode()
    assert "this override is not approved" not in use(collector).content.decode()
    assert "此申请未获放行" in use(collector).content.decode()
    assert Attempt.objects.filter(state="booked").count() == 1


def test_nobody_decides_on_his_own(sign_in: Any, collector: Client) -> None:  # noqa: ARG001
    lead = sign_in(make_user(role="team_lead"))
    ask(lead)
    pk = Override.objects.get().pk

    page = lead.get(f"/overrides/{pk}/").content.decode()
    answer = decide(lead)

    assert 'value="approve"' not in page
    assert "须由他人审批" in page
    assert answer.status_code == 422
    assert "须由第二人审批" in answer.content.decode()
    assert Override.objects.get().state == "asked"


@pytest.mark.parametrize(("decision", "reason"), [("approve", " "), ("", "yes"), ("maybe", "yes")])
def test_a_decision_needs_a_word_and_a_reason(
    collector: Client, second: Client, decision: str, reason: str
) -> None:
    ask(collector)

    assert decide(second, decision, reason).status_code == 422
    assert Override.objects.get().state == "asked"


def test_nothing_is_decided_twice(sign_in: Any, collector: Client, second: Client) -> None:
    ask(collector)
    decide(second)

    answer = decide(sign_in(make_user(role="team_lead")), "refuse")

    assert answer.status_code == 422
    assert "此申请已审批过" in answer.content.decode()
    assert Override.objects.get().state == "approved"


def test_what_is_blocked_cannot_be_asked_for(collector: Client, case: Case) -> None:
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)

    assert "data-ask" not in collector.get(CASE).content.decode()
    answer = ask(collector)
    assert "未登记，没有拨打" in answer.content.decode()
    blocked = Attempt.objects.get(gate_action="block")
    again = collector.post(f"{CASE}overrides/{blocked.pk}/ask/", {"reason": "please"}, headers=PART)
    assert "只有需人工判断的联系才能申请放行" in again.content.decode()
    assert not Override.objects.exists()


def test_a_call_refused_for_review_may_be_asked_for_then(collector: Client) -> None:
    answer = ask(collector, reason=" ")  # pressed as if it were allowed
    assert "data-ask" in answer.content.decode()
    stopped = Attempt.objects.get(gate_action="review")
    url = f"{CASE}overrides/{stopped.pk}/ask/"

    assert "须填写原因" in collector.post(url, {"reason": ""}, headers=PART).content.decode()
    collector.post(url, {"reason": "客户要求"}, headers=PART)
    twice = collector.post(url, {"reason": "客户要求"}, headers=PART)

    assert Override.objects.get().stopped == stopped
    assert "此前已申请过" in twice.content.decode()


def test_a_fact_that_came_between_stops_the_approved_call(
    collector: Client, second: Client, case: Case
) -> None:
    ask(collector)
    decide(second)
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)

    answer = use(collector).content.decode()

    assert "未登记，没有拨打" in answer
    assert "tel:" not in answer
    assert desk_of(collector).overrides[0].state == "approved"  # not used up


def test_a_message_under_review_is_asked_for_and_sent(
    sign_in: Any, me: User, second: Client, tmp_path: Path, settings: Settings
) -> None:
    settings.MAIL_DIR, settings.SMTP_URL, settings.LENDER_CODES = tmp_path / "mail", "", ()
    case, collector = make_case(assignee=me), sign_in(me)
    # Ten in the morning in Shanghai is night in London, which is for this house to decide.
    Party.objects.filter(pk=case.party_id).update(time_zone="Europe/London", zones=[])
    text = collector.get(f"{CASE}contact/", headers=PART).content.decode()
    assert 'name="reason"' in text
    key = re.search(r'name="key" value="([^"]+)"', text)
    assert key

    told = {"key": key.group(1), "reason": "客户约定夜间"}
    answer = collector.post(f"{CASE}contact/", told, headers=PART).content.decode()

    assert "已提交申请，由第二人审批" in answer
    page = second.get(f"/overrides/{Override.objects.get().pk}/").content.decode()
    assert "赵*一，您好" in page  # the words, and no name in clear to him
    decide(second)
    assert "邮件已提交发送" in use(collector).content.decode()
    assert Attempt.objects.get(override__isnull=False).state == "sent"
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_what_waits_is_counted_for_each(
    collector: Client, second: Client, me: User, officer: User
) -> None:
    def count(user: User) -> int:
        return waiting_for(User.objects.get(pk=user.pk))["workbench:overrides"]

    ask(collector)
    assert (count(me), count(officer)) == (0, 1)
    assert 'data-waiting="workbench:overrides">1<' in second.get("/overrides/").content.decode()
    decide(second)
    assert (count(me), count(officer)) == (1, 0)
    use(collector)
    assert (count(me), count(officer)) == (0, 0)


def test_the_history_is_filtered(collector: Client, second: Client, me: User) -> None:
    ask(collector)
    decide(second)
    use(collector)

    def found(**query: str) -> int:
        return len(second.get("/overrides/", query, follow=True).context["page"].rows)

    assert [found(state=s) for s in ("", "asked", "approved", "used", "refused", "x")] == [
        1, 0, 0, 1, 0, 1,
    ]  # fmt: skip
    assert (found(channel="call"), found(channel="email")) == (1, 0)
    assert (found(q="A-03"), found(q="A-04")) == (1, 0)
    assert (found(by=str(me.pk)), found(by="0"), found(by="x")) == (1, 0, 1)
    assert (found(to="2001-01-01"), found(**{"from": "2001-01-01"}), found(to="x")) == (0, 1, 1)


def test_a_collector_sees_those_of_his_own_cases(collector: Client, sign_in: Any) -> None:
    ask(collector)
    pk = Override.objects.get().pk
    other = sign_in(make_user(role="collector", username="other"))

    assert other.get("/overrides/").context["page"].rows == ()
    assert other.get(f"/overrides/{pk}/").status_code == 404
    assert len(collector.get("/overrides/").context["page"].rows) == 1
