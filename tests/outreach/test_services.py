"""What is said goes through the gate, once, and of a replay never to a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import signing
from factories import DAY, make_action, make_case, make_user

from carrears.access.models import User
from carrears.casework.holds import lift_hold, place_hold
from carrears.casework.models import Case
from carrears.casework.services import tell
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact, VerdictRecord
from carrears.conduct.pack import load_pack
from carrears.conduct.stored import Question
from carrears.evidence.models import Entry
from carrears.outreach.mailbox import list_messages, running
from carrears.outreach.messages import OutreachError, read_message, read_opt_out
from carrears.outreach.models import Attempt
from carrears.outreach.replies import note_reply
from carrears.outreach.reply_words import meanings_of
from carrears.outreach.services import contact, contact_planned, preview_contact

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 30, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def mail(tmp_path: Path, settings: LazySettings) -> Path:
    settings.MAIL_DIR = tmp_path / "mail"
    settings.SMTP_URL = "smtp://127.0.0.1:1"  # nobody listens there
    return tmp_path / "mail"


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03")


@pytest.fixture
def user() -> User:
    return make_user(role="collector")


def send(case: Case, user: User, key: str = "k1", template: str = "reminder") -> Attempt:
    assert case.party is not None
    return contact(case, party=case.party, template=template, by=user, key=key)


def rules_against(attempt: Attempt) -> list[str]:
    return [f["rule_id"] for f in attempt.verdict.findings if f["gate_action"] != "allow"]


def test_a_replay_goes_to_the_built_in_mailbox_whatever_server_is_set(
    case: Case, user: User, mail: Path
) -> None:
    attempt = send(case, user)
    assert (attempt.state, attempt.gate_action) == ("sent", "allow")
    assert [kept.message_id for kept in list_messages(mail)] == [attempt.message_id]
    assert local_day(attempt.at, "Asia/Shanghai") == DAY


def test_what_was_said_is_kept_sealed(case: Case, user: User) -> None:
    attempt = send(case, user)
    assert "A-03" in read_message(attempt).text
    assert b"A-03" not in bytes(attempt.body_sealed or b"")


def test_the_same_key_sends_once(case: Case, user: User, mail: Path) -> None:
    first, second = send(case, user), send(case, user)
    assert (first.pk, len(list_messages(mail))) == (second.pk, 1)


def test_a_verdict_can_be_given_again_from_what_is_stored(case: Case, user: User) -> None:
    stored = send(case, user).verdict
    again = Question.of(stored.facts).answer(load_pack(stored.pack))
    assert json.loads(json.dumps(again.to_json()["findings"])) == stored.findings


def test_a_hold_bars_every_message_until_it_is_lifted(case: Case, user: User, mail: Path) -> None:
    hold = place_hold(case, reason="hospital", today=DAY, until_on=None, by=user, at=AT)
    assert send(case, user, "k1").state == "blocked"
    lift_hold(hold, today=DAY, by=user, at=AT)
    assert send(case, user, "k2").state == "sent"
    assert len(list_messages(mail)) == 1


def test_who_is_on_the_do_not_contact_list_is_not_written_to(case: Case, user: User) -> None:
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)
    attempt = send(case, user)
    assert (attempt.state, attempt.message_id) == ("blocked", "")
    assert rules_against(attempt) == ["CN-18"]


def test_a_blocked_attempt_is_kept_with_its_reason_and_as_evidence(case: Case, user: User) -> None:
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)
    attempt = send(case, user)
    entry = Entry.objects.get(kind="message.blocked")
    assert (entry.subject, f'"attempt":{attempt.pk}' in entry.payload) == ("A-03", True)


def test_a_preview_keeps_nothing(case: Case, user: User) -> None:
    assert case.party is not None
    draft = preview_contact(case, party=case.party, template="reminder", by=user)
    assert (draft.verdict.gate_action, "A-03" in draft.subject) == ("allow", True)
    assert (Attempt.objects.count(), VerdictRecord.objects.count()) == (0, 0)


def test_an_unknown_template_is_refused(case: Case, user: User) -> None:
    with pytest.raises(OutreachError, match="no template 'nonsense'"):
        send(case, user, template="nonsense")


def test_planned_messages_are_sent_and_settled(case: Case) -> None:
    action = make_action(case=case, as_of=DAY, channel="email", template="reminder")
    assert contact_planned(as_of=DAY) == 1
    action.refresh_from_db()
    assert (action.state, contact_planned(as_of=DAY)) == ("sent", 0)


@pytest.mark.parametrize(
    ("said", "sent"), [("他已经去世了", 0), ("请问怎么还款", 0), ("明天还", 1)]
)
def test_a_reply_that_nobody_has_read_comes_before_the_next_reminder(
    case: Case, said: str, sent: int
) -> None:
    make_action(case=case, as_of=DAY, channel="email", template="reminder")
    at = datetime.combine(DAY, time(1), UTC)
    digest, means = "d" * 32, meanings_of(said, on=DAY)
    note_reply(case, said, digest=digest, meanings=means, at=at)
    assert contact_planned(as_of=DAY) == sent
    tell(case, "outcome", at=at, by=None, data={"code": "says_paid"}, key="told")
    assert contact_planned(as_of=DAY) == 1 - sent


def at_noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A live book at noon: the real hour may be one at which nobody may be written to."""
    noon = at_local(local_day(now(), "Asia/Shanghai"), time(12), "Asia/Shanghai")
    for module in ("services", "sending", "judging"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: noon)
    return noon


def test_a_server_that_is_down_loses_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    noon = at_noon(monkeypatch)
    case = make_case(loan_no="A-04", as_of=local_day(noon, "Asia/Shanghai"))

    waiting = send(case, user)
    assert (waiting.state, waiting.error[:11]) == ("booked", "mail server")

    with running(tmp_path / "server") as server:
        settings.SMTP_URL = f"smtp://{server.host}:{server.port}"
        assert send(case, user).state == "sent"
    assert [kept.message_id for kept in list_messages(tmp_path / "server")] == [waiting.message_id]


def test_an_opt_out_link_cannot_be_forged(case: Case, user: User) -> None:
    text = read_message(send(case, user)).text
    token = text.split("/stop/")[1].split("/")[0]
    assert read_opt_out(token) == (str(case.party_id), "email")
    with pytest.raises(OutreachError):
        read_opt_out(token[:-2] + ("yy" if token.endswith("xx") else "xx"))


def test_an_opt_out_link_of_earlier_mails_still_works(case: Case) -> None:
    earlier = signing.dumps([str(case.party_id), "email"], salt="outreach.opt-out")
    assert read_opt_out(earlier) == (str(case.party_id), "email")
