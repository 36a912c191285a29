"""What a mail that came in is, by its own words."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outreach.mails import OURS, TO, bounce, complaint, reply

from carrears.outreach.mail_in.reading import (
    Automatic,
    Bounce,
    Complaint,
    MailError,
    Reply,
    own_id,
    read_mail,
)
from carrears.outreach.reply_words import asks_to_stop


def test_a_bounce_names_its_message_its_recipient_and_its_status() -> None:
    words = f"smtp; 550 5.1.1 <{TO}>: Recipient address rejected: User unknown"
    assert read_mail(bounce()) == Bounce(OURS, (TO,), "failed", "5.1.1", words)
    assert own_id(bounce()) == "<b1@mx.example.com>"


def test_a_status_stands_in_the_diagnosis_where_the_field_has_none() -> None:
    found = read_mail(bounce(status="5.2.2").replace(b"Status: 5.2.2\r\n", b""))
    assert isinstance(found, Bounce)
    assert found.status == "5.2.2"


def test_a_complaint_names_its_message() -> None:
    assert read_mail(complaint()) == Complaint(OURS, "abuse")


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}])
def test_a_machine_that_answers_is_no_person(headers: dict[str, str]) -> None:
    assert read_mail(reply("我正在休假", **headers)) == Automatic((OURS, "<x@y.z>"))


@pytest.mark.parametrize(
    "quoted",
    [
        "\n\n> 不希望再收到此类邮件，请打开",
        "\n\n------------------ 原始邮件 ------------------\n不希望再收到此类邮件",
        "\n\nOn Wed, Jul 1, 2026 at 10:00 Lender <collections@lender.example> wrote:\n退订",
        "\n\n贷款人 <collections@lender.example> 于2026年7月1日周三 10:00写道：\n退订",
        "\n\n发件人: 贷款人 <collections@lender.example>\n退订",
    ],
)
def test_the_words_that_are_answered_are_not_his(quoted: str) -> None:
    found = read_mail(reply("我下周五还款" + quoted))
    assert isinstance(found, Reply)
    assert (found.text, found.sender, found.message_ids) == ("我下周五还款", TO, (OURS, "<x@y.z>"))
    assert not asks_to_stop(found.text, on=date(2026, 7, 1))


def test_a_page_is_read_by_its_words() -> None:
    html = "<style>p{}</style><p>明天还</p><blockquote>退订</blockquote>"
    raw = reply(html).replace(b"text/plain", b"text/html")
    found = read_mail(raw)
    assert isinstance(found, Reply)
    assert found.text == "明天还"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bounce().replace(b"Action: failed\r\n", b""),
        bounce().replace(b"Message-ID: " + OURS.encode(), b"X: y"),
        complaint().replace(b"Feedback-Type: abuse\r\n", b""),
    ],
)
def test_what_lacks_what_it_has_to_tell_is_refused(raw: bytes) -> None:
    with pytest.raises(MailError):
        read_mail(raw)


@given(st.binary(max_size=2000), st.integers(0, 1500))
def test_whatever_comes_is_read_or_refused(noise: bytes, at: int) -> None:
    for raw in (noise, bounce()[:at] + noise, complaint()[:at] + noise + complaint()[at:]):
        with suppress(MailError):
            assert read_mail(raw) is not None
