"""Texts that fit no case: given to one, dismissed, and what they asked for in effect before."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from factories import make_case, make_person, make_user

from carrears.casework.models import Case
from carrears.casework.words import text_of
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach.models import Attempt, UnknownText
from carrears.outreach.replies import take_reply
from carrears.outreach.services import contact
from carrears.parties.models import Consent

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 30, 1, tzinfo=UTC)
STRANGER = "8613911112222"
URL = "/mail/unknown/"


@pytest.fixture
def lead() -> Client:
    client = Client()
    client.force_login(make_user(role="team_lead"))
    return client


def settle(client: Client, **said: str) -> str:
    text = UnknownText.objects.get()
    return client.post(f"{URL}{text.pk}/", said, follow=True).content.decode()


def test_a_text_is_shown_with_its_number_masked(lead: Client) -> None:
    take_reply("smpp", STRANGER, "你们找谁", at=AT)
    page = lead.get(URL).content.decode()
    assert ("你们找谁" in page, STRANGER in page, "2222" in page) == (True, False, True)
    assert URL in lead.get("/mail/").content.decode()


def test_it_is_put_on_a_case_where_it_waits_like_any_reply(lead: Client) -> None:
    case = make_case()
    take_reply("smpp", STRANGER, "我下周五还款", at=AT)
    settle(lead, step="assign", loan_no=case.loan_no, reason="来电确认是本人新号")

    [note] = case.events.filter(kind="note")
    assert (text_of(note), note.data["means"]) == ("我下周五还款", ["promise"])
    text = UnknownText.objects.get()
    assert (text.settled, text.case, text.settled_by.get_username()) == (  # type: ignore[union-attr]
        "assigned", case, "team_lead",
    )  # fmt: skip
    assert Entry.objects.filter(kind="reply.assigned", subject=case.loan_no).count() == 1
    assert "来电确认是本人新号" in lead.get(f"{URL}?state=assigned").content.decode()
    assert b"\xe6\x9d\xa5" not in bytes(text.reason_sealed or b"")


@pytest.mark.parametrize(
    "said", [{"loan_no": "A-03", "reason": " "}, {"loan_no": "X", "reason": "y"}]
)
def test_it_needs_a_reason_and_an_open_case(lead: Client, said: dict[str, str]) -> None:
    make_case()
    take_reply("smpp", STRANGER, "你们找谁", at=AT)
    settle(lead, step="assign", **said)
    assert UnknownText.objects.get().settled == ""


def test_it_is_dismissed_with_a_reason_and_settled_once(lead: Client) -> None:
    make_case()
    take_reply("smpp", STRANGER, "中奖了", at=AT)
    settle(lead, step="dismiss", reason="广告")
    settle(lead, step="assign", loan_no="A-03", reason="后来")
    assert UnknownText.objects.get().settled == "dismissed"
    assert Entry.objects.filter(kind="reply.dismissed").count() == 1


def test_stop_words_bar_an_unknown_number_at_once_whosever_it_becomes() -> None:
    take_reply("smpp", STRANGER, "退订", at=AT)
    take_reply("smpp", STRANGER, "退订", at=AT)
    bar = DoNotContact.objects.get()
    assert (bar.party, bar.channel, bar.from_on) == (None, "sms", AT.date())

    case = make_case(name="")
    case.party = make_person(loan_no=case.loan_no, phone=f"+{STRANGER}")
    case.save()
    user = make_user(role="team_lead")
    attempt = contact(case, party=case.party, template="sms_reminder", by=user, key="k")
    assert (attempt.gate_action, attempt.state) == ("block", "blocked")
    assert Attempt.objects.get() == attempt


def test_who_is_given_a_text_that_asks_to_stop_gets_no_more(lead: Client) -> None:
    case = make_case()
    take_reply("smpp", STRANGER, "退订", at=AT)
    settle(lead, step="assign", loan_no=case.loan_no, reason="本人新号")
    assert (
        Consent.objects.filter(party=case.party, channel="sms").latest("given_at").granted is False
    )


def test_a_known_person_without_an_open_case_is_not_lost(lead: Client) -> None:
    case = make_case()
    Case.objects.filter(pk=case.pk).update(state="closed", closed_on=AT.date())
    take_reply("smpp", "8613900000001", "我已经还清了", at=AT)
    assert "我已经还清了" in lead.get(URL).content.decode()
    assert UnknownText.objects.count() == 1


def test_who_may_not_settle_them_does_not_see_them() -> None:
    client = Client()
    client.force_login(make_user(role="collector"))
    take_reply("smpp", STRANGER, "你们找谁", at=AT)
    assert client.get(URL).status_code == 403
    assert URL not in client.get("/mail/").content.decode()
