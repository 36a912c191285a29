"""Replies that wait for a person: on every open case of the number, until somebody tells.

Of who has none they wait on the files of the loans that are watched.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories import make_action, make_case, make_user

from carrears.casework.models import Case, CaseEvent
from carrears.notices.models import Notice
from carrears.outreach.models import UnknownText
from carrears.outreach.replies import take_reply
from carrears.outreach.reply_pauses import paused_cases, paused_people
from carrears.outreach.services import _due_actions
from carrears.outreach.team_day import open_replies
from carrears.parties.models import Consent, LoanParty, Party

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


def watched(loan_no: str, *, party: Party | None = None) -> Case:
    """The file of a loan that is not behind, whose debtor is only reminded."""
    case = make_case(loan_no=loan_no) if party is None else _another(party, loan_no)
    Case.objects.filter(pk=case.pk).update(state="watch", dpd=0, bucket=0)
    return Case.objects.get(pk=case.pk)


def _another(party: Party, loan_no: str) -> Case:
    LoanParty.objects.create(party=party, loan_no=loan_no, role="obligor")
    return make_case(loan_no=loan_no, name="", party=party)


def test_a_reply_of_who_is_only_reminded_stands_on_the_file_of_his_loan() -> None:
    case, lead = watched("W-1"), make_user(role="team_lead")
    assert take_reply("smpp", NUMBER, "车主已经去世了", at=AT) == 1
    assert UnknownText.objects.count() == 0
    [(loan_no, meanings)] = waiting()
    assert (loan_no, "death" in meanings) == ("W-1", True)
    assert case.pk in paused_cases(AT.date())
    assert list(open_replies(lead).values_list("case", flat=True)) == [case.pk]
    # It is nobody's case: whoever places texts hears of it.
    assert Notice.objects.filter(kind="reply", loan_no="W-1", user=lead).exists()


def test_a_reply_stands_on_the_open_case_first_and_stops_the_reminders_of_the_other_loan() -> None:
    first = make_case(loan_no="A-1")
    assert first.party is not None
    file = watched("W-2", party=first.party)
    take_reply("smpp", NUMBER, "车主已经去世了", at=AT)
    assert [loan_no for loan_no, _ in waiting()] == ["A-1"]
    assert list(paused_people(AT.date())) == [first.party_id]
    for case in (first, file):
        make_action(case=case, channel="sms", template="sms_reminder", as_of=AT.date())
    assert _due_actions(AT.date()).count() == 0

    CaseEvent.objects.create(
        case=first, kind="outcome", happened_at=AT, data={}, key="told", actor=None
    )
    assert _due_actions(AT.date()).count() == 2
