"""Bounces, complaints and replies: taken in once, from a real mailbox, with what follows."""

from __future__ import annotations

import imaplib
import time as clocks
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from factories import make_case, make_user
from outreach.dovecot import put, running
from outreach.mails import OURS, TO, bounce, complaint, reply

from carrears.casework.models import Case
from carrears.casework.words import text_of
from carrears.evidence.models import Entry
from carrears.outreach.mail_in.imap import MailboxAddress, MailboxError
from carrears.outreach.mail_in.service import read_mailbox
from carrears.outreach.mail_in.taking import take_mail
from carrears.outreach.models import Attempt, Delivery, ReceivedMail, UnknownText
from carrears.outreach.services import contact
from carrears.parties.models import Consent, ContactPoint

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME, settings.MAIL_DIR = tmp_path, tmp_path / "mail"


@pytest.fixture
def case() -> Case:
    return make_case()


def send(case: Case, key: str = "k") -> str:
    """Send a reminder; its Message-ID."""
    assert case.party is not None
    user = make_user(role="team_lead", username=f"lead-{key}")
    attempt = contact(case, party=case.party, template="reminder", by=user, key=key)
    assert attempt.state == "sent", attempt.error
    return attempt.message_id


def address(case: Case) -> tuple[bool, str]:
    return ContactPoint.objects.values_list("valid", "unusable").get(party=case.party, kind="email")


def test_a_hard_bounce_takes_the_address_out_of_use_with_evidence_and_stops_sending(
    case: Case,
) -> None:
    about = send(case)
    assert take_mail(bounce(about=about), at=AT) == "hard"
    assert address(case) == (False, "mail_bounced")
    letter = Delivery.objects.get()
    assert (letter.state, letter.error.split()[0]) == ("undelivered", "5.1.1")
    assert Entry.objects.filter(kind="mail.bounced", subject=case.loan_no).count() == 1
    assert Entry.objects.filter(kind="person.number_marked").count() == 1

    assert case.party is not None
    user = make_user(role="collector")
    after = contact(case, party=case.party, template="reminder", by=user, key="after")
    assert after.state != "sent"


def test_the_same_bounce_again_changes_nothing(case: Case) -> None:
    about = send(case)
    assert [take_mail(bounce(about=about), at=AT) for _ in range(3)] == ["hard"] * 3
    assert ReceivedMail.objects.count() == 1
    assert Entry.objects.filter(kind="mail.bounced").count() == 1


def test_a_soft_bounce_leaves_the_address_until_there_are_several(case: Case) -> None:
    about = send(case)
    for n, valid in ((1, True), (2, True), (3, False)):
        own = f"<s{n}@mx.example.com>"
        assert take_mail(bounce(about=about, status="5.2.2", own=own), at=AT) == "soft"
        assert address(case)[0] is valid
    assert Delivery.objects.get().state == "undelivered"  # a dead letter, which may be sent again


def test_what_is_only_late_is_no_bounce(case: Case) -> None:
    about = send(case)
    assert take_mail(bounce(about=about, action="delayed", status="4.4.1"), at=AT) == "delay"
    assert (Delivery.objects.get().state, address(case)[0]) == ("accepted", True)


def test_a_bounce_of_another_address_leaves_ours_in_use(case: Case) -> None:
    about = send(case)
    take_mail(bounce(about=about, to="other@example.net"), at=AT)
    assert address(case) == (True, "")


def test_a_bounce_of_a_message_that_is_not_ours_is_noted_and_no_more(case: Case) -> None:
    send(case)
    assert take_mail(bounce(about="<x@y.z>"), at=AT) == "unmatched"
    assert (Delivery.objects.get().state, address(case)[0]) == ("accepted", True)


def test_a_complaint_is_a_refusal_of_mail(case: Case) -> None:
    about = send(case)
    assert [take_mail(complaint(about=about), at=AT) for _ in range(2)] == ["complaint"] * 2
    said = Consent.objects.filter(party=case.party, channel="email", source="complaint_loop")
    assert [one.granted for one in said] == [False]
    assert Entry.objects.filter(kind="mail.complained", subject=case.loan_no).count() == 1


def test_who_says_that_it_is_no_spam_does_not_refuse(case: Case) -> None:
    about = send(case)
    take_mail(complaint(about=about, kind="not-spam"), at=AT)
    assert not Consent.objects.filter(source="complaint_loop").exists()


def test_a_reply_stands_on_the_case_that_was_written_about(case: Case) -> None:
    about = send(case)
    other = make_case(loan_no="B-1")
    take_mail(reply("我下周五还款\n\n> 退订", about=about, sender="new@example.net"), at=AT)
    [note] = case.events.filter(kind="note")
    assert (text_of(note), note.data["means"]) == ("我下周五还款", ["promise"])
    assert not other.events.filter(kind="note").exists()


def test_a_reply_that_asks_to_be_left_alone_withdraws_the_consent(case: Case) -> None:
    take_mail(reply("请不要再发邮件给我，退订", about=send(case)), at=AT)
    assert Consent.objects.filter(party=case.party, channel="email", granted=False).exists()


def test_a_mail_without_a_thread_is_known_by_its_address(case: Case) -> None:
    take_mail(reply("我已经还了", about=""), at=AT)
    assert case.events.filter(kind="note").count() == 1


def test_a_mail_of_nobody_waits_for_a_person() -> None:
    take_mail(reply("你们是谁", about="", sender="x@example.net"), at=AT)
    assert (UnknownText.objects.get().gateway, ReceivedMail.objects.get().kind) == ("imap", "reply")


def test_a_machines_answer_has_no_effect(case: Case) -> None:
    about = send(case)
    told = take_mail(reply("我在休假，请勿打扰", about=about, Auto_Submitted="auto-replied"), at=AT)
    assert told == "automatic"
    assert not case.events.filter(kind="note").exists()


def test_what_cannot_be_read_is_put_aside_sealed() -> None:
    raw = bounce().replace(b"Action: failed\r\n", b"")
    assert take_mail(raw, at=AT) == "aside"
    aside = ReceivedMail.objects.get()
    assert aside.problem == "a delivery status without an action"
    assert b"MAILER-DAEMON" not in bytes(aside.raw_sealed or b"")


@pytest.fixture
def dovecot(settings: LazySettings) -> Iterator[int]:
    with running(settings) as port:
        yield port


def test_a_real_mailbox_is_read_once_and_a_poisonous_mail_stops_no_other(
    dovecot: int, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = send(case)
    poison = bounce(own="<p@x.y>").replace(b"Action: failed\r\n", b"")
    put(dovecot, poison, bounce(about=about), complaint(about=about), reply("明天还", about=about))
    found = read_mailbox()
    assert found == {"aside": 1, "hard": 1, "complaint": 1, "reply": 1}
    assert read_mailbox() == {}

    put(dovecot, bounce(about=about), b"Subject: large\r\n\r\n" + b"x" * 4000)
    monkeypatch.setattr("carrears.outreach.mail_in.imap._LARGEST", 3000)
    assert read_mailbox() == {"hard": 1, "aside": 1}
    assert Entry.objects.filter(kind="mail.bounced").count() == 1
    assert Attempt.objects.count() == 1


def test_a_mail_too_large_is_put_aside_though_another_had_its_number_in_a_mailbox_made_anew(
    dovecot: int, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMAP_URL = f"{settings.IMAP_URL}/Returns"
    monkeypatch.setattr("carrears.outreach.mail_in.imap._LARGEST", 3000)
    session = imaplib.IMAP4("127.0.0.1", dovecot, timeout=20)
    session.login("bounces", "secret")
    for kept in (1, 2):
        assert session.create("Returns")[0] == "OK"
        large = b"Subject: large\r\n\r\n" + b"x" * 4000
        assert session.append("Returns", None, None, large)[0] == "OK"  # type: ignore[arg-type]
        assert read_mailbox() == {"aside": 1}
        assert ReceivedMail.objects.count() == kept
        assert read_mailbox() == {}
        assert session.delete("Returns")[0] == "OK"
        clocks.sleep(1.1)  # by which seconds the server tells mailboxes apart
    session.logout()


def test_a_wrong_password_is_said_without_it(dovecot: int, settings: LazySettings) -> None:
    del dovecot
    Path(settings.IMAP_SECRET_FILE).write_text("wrong-one")
    with pytest.raises(MailboxError, match="refused the user") as caught:
        read_mailbox()
    assert "wrong-one" not in str(caught.value)


def test_nothing_is_read_where_no_mailbox_is_set(settings: LazySettings) -> None:
    settings.IMAP_URL = ""
    assert read_mailbox() == {}


@pytest.mark.parametrize("url", ["imap://u@mail.example", "http://u@x", "imaps://mail.example"])
def test_a_mailbox_is_read_by_tls_unless_it_is_here(url: str) -> None:
    with pytest.raises(ValueError, match="mailbox"):
        MailboxAddress.from_url(url, password="x")


def test_an_address_shows_no_password() -> None:
    shown = repr(MailboxAddress.from_url("imaps://u:hidden@mail.example", password=""))
    assert ("hidden" in shown, OURS in shown, TO in shown) == (False, False, False)
