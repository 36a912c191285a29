"""Replies that wait for a person: on every open case of the number, until somebody tells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories import make_case, make_user

from carrears.casework.models import Case, CaseEvent
from carrears.notices.models import Notice
from carrears.outreach.replies import take_reply
from carrears.parties.models import Consent

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 4, tzinfo=UTC)
NUMBER = "8613900000001"


def waiting() -> list[tuple[str, list[str]]]:
    events = CaseEvent.objects.filter(kind="note", data__has_key="means").order_by("case__loan_no")
    return [(one.case.loan_no, one.data["means"]) for one in events]


def test_a_promise_waits_on_each_open_case_of_all_who_share_the_number() -> None:
    first, second = make_case(loan_no="A-1"), make_case(loan_no="B-1")
    assert first.party_id != second.party_id
    third = make_case(loan_no="C-1")
    Case.objects.filter(pk=third.pk).update(state="closed", closed_on=AT.date())
    assert take_reply("smpp", NUMBER, "明天还", at=AT) == 3
    assert waiting() == [("A-1", ["promise"]), ("B-1", ["promise"])]
    take_reply("smpp", NUMBER, "明天还", at=AT)
    assert len(waiting()) == 2


def test_who_only_says_thanks_waits_for_nobody_but_stands_on_the_timeline() -> None:
    case = make_case()
    take_reply("smpp", NUMBER, "好的，谢谢", at=AT)
    assert waiting() == []
    assert case.events.filter(kind="note").count() == 1


def test_a_reply_from_a_shared_number_says_of_how_many_it_may_be() -> None:
    make_case(loan_no="A-1")
    make_case(loan_no="B-1")
    take_reply("smpp", NUMBER, "我没有欠款", at=AT)
    told = CaseEvent.objects.filter(kind="note").values_list("case__loan_no", "data__of_people")
    assert sorted(told) == [("A-1", 2), ("B-1", 2)]


def test_a_stop_word_from_a_shared_number_holds_for_all_who_have_it() -> None:
    cases = [make_case(loan_no="A-1"), make_case(loan_no="B-1")]
    Case.objects.filter(pk=cases[1].pk).update(state="closed", closed_on=AT.date())
    take_reply("smpp", NUMBER, "退订", at=AT)
    refused = Consent.objects.filter(channel="sms", granted=False).values_list("party", flat=True)
    assert set(refused) == {case.party_id for case in cases}


def test_a_number_of_one_person_says_nothing_of_others() -> None:
    case = make_case()
    take_reply("smpp", NUMBER, "明天还", at=AT)
    assert "of_people" not in case.events.get(kind="note").data


def test_a_threat_to_his_own_life_is_told_at_once_to_whoever_may_see_to_it() -> None:
    collector, lead = make_user(role="collector"), make_user(role="team_lead")
    case = make_case()
    Case.objects.filter(pk=case.pk).update(assignee=collector)
    take_reply("smpp", NUMBER, "明天还", at=AT)
    assert told_of(case) == ["collector"]
    take_reply("smpp", NUMBER, "再逼我就跳楼", at=AT)
    assert told_of(case) == ["collector", "collector", "team_lead"]
    assert not Notice.objects.exclude(user__in=[collector, lead]).exists()


def told_of(case: Case) -> list[str]:
    found = Notice.objects.filter(kind="reply", loan_no=case.loan_no)
    return sorted(found.values_list("user__username", flat=True))
