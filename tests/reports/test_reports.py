"""Reports go by mail: when due, once, by each reader's own rights, and again after a break."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import dkim
import pytest
from analytics.test_sheets import read
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.conf import LazySettings
from factories import make_case, make_user
from reports.servers import MailServer, running_mail_server

from carrears.access.models import User
from carrears.analytics.sheets import MEDIA
from carrears.evidence.models import Entry
from carrears.reports.models import ReportKind, ReportMail, ReportRun, ReportSchedule
from carrears.reports.rhythm import Rhythm
from carrears.reports.sending import send_due
from carrears.reports.services import (
    ReportError,
    schedule_report,
    send_again,
    start_report,
    stop_report,
)
from carrears.workbench.queries.report_mails import write_report

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai
DUE = AT + timedelta(minutes=30)
DAILY = Rhythm("day", time(8, 30), "Asia/Shanghai")


@pytest.fixture(autouse=True)
def server(settings: LazySettings) -> Iterator[MailServer]:
    with running_mail_server() as running:
        settings.SMTP_URL = running.url
        yield running


def reader(name: str, role: str = "team_lead", email: str = "") -> User:
    user = make_user(role=role, username=name)
    user.email = email or f"{name}@lender.example"
    user.save(update_fields=["email"])
    return user


@pytest.fixture
def lead() -> User:
    return reader("lead1")


def plan(lead: User, *readers: User, kind: ReportKind = ReportKind.TEAM) -> ReportSchedule:
    people = readers or (lead,)
    return schedule_report(kind, DAILY, people, language="en-US", by=lead, at=AT)


def send(at: datetime = DUE) -> int:
    return send_due(write_report, at=at)


def states() -> list[tuple[str, int, str]]:
    return list(ReportMail.objects.order_by("pk").values_list("state", "tries", "error"))


def kinds() -> list[str]:
    found = Entry.objects.filter(subject__startswith="report:").order_by("pk")
    return list(found.values_list("kind", flat=True))


def test_a_report_goes_when_it_is_due_and_once(lead: User, server: MailServer) -> None:
    make_case(loan_no="SECRET-77", assignee=lead)
    plan(lead)
    assert [send(at) for at in (AT, DUE, DUE, DUE + timedelta(minutes=1))] == [0, 1, 0, 0]
    [mail] = server.mails
    assert (mail["To"].addresses[0].addr_spec, mail["Auto-Submitted"]) == (
        "lead1@lender.example",
        "auto-generated",
    )
    assert mail["Subject"] == "Team now · 2026-07-01"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "Worked today: 0" in text.get_content()
    assert "Different cases on which somebody called" in text.get_content()
    names = [one.get_filename() for one in mail.iter_attachments()]
    assert names == ["team-figures.csv", "team-collectors.csv", "team.xlsx"]
    book = list(mail.iter_attachments())[-1]
    assert book.get_content_type() == MEDIA
    figures, collectors = (read(book.get_content(), sheet) for sheet in (1, 2))
    assert [value for _, value in figures[0]] == ["figure", "value", "note", "definition"]
    assert [value for _, value in collectors[0]][:2] == ["day", "collector"]
    assert b"SECRET-77" not in server.given[0]
    assert states() == [("sent", 1, "")]
    assert ReportMail.objects.get().written is None
    assert kinds() == ["report.scheduled", "report.sent"]


def test_no_debtor_is_in_any_report(lead: User, server: MailServer) -> None:
    make_case(loan_no="SECRET-77", assignee=lead)
    boss = reader("boss", "compliance_officer")
    for kind in (ReportKind.TEAM, ReportKind.PROMISES, ReportKind.BOOK):
        plan(lead, kind=kind)
    schedule_report(ReportKind.AGENCIES, DAILY, [boss], language="zh-CN", by=boss, at=AT)
    assert send() == 4
    for mail in server.mails:
        parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
        texts = [part for part in parts if isinstance(part, str)]
        assert not any("SECRET-77" in part or "孙试九" in part for part in texts)
        assert all(len(part) > 10 for part in texts)
        [book] = [part for part in parts if isinstance(part, bytes)]
        with zipfile.ZipFile(io.BytesIO(book)) as file:
            said = "".join(file.read(name).decode() for name in file.namelist())
        assert not any(word in said for word in ("SECRET-77", "孙试九"))


def test_each_reader_gets_what_he_may_see_himself(lead: User, server: MailServer) -> None:
    other = reader("lead2")
    plan(lead, lead, other)
    other.groups.clear()
    other.save()
    assert send() == 1
    assert [mail["To"].addresses[0].addr_spec for mail in server.mails] == ["lead1@lender.example"]
    assert sorted(states()) == [("barred", 0, "no_right"), ("sent", 1, "")]


def test_who_may_not_see_a_report_is_not_scheduled(lead: User) -> None:
    collector, mute = reader("c1", "collector"), make_user(role="team_lead", username="mute")
    with pytest.raises(ReportError, match="may not see this report"):
        plan(lead, collector)
    with pytest.raises(ReportError, match="no e-mail address"):
        plan(lead, mute)
    with pytest.raises(ReportError, match="you may not see"):
        schedule_report(ReportKind.AGENCIES, DAILY, [lead], language="en-US", by=lead, at=AT)
    assert not ReportSchedule.objects.exists()


def test_a_server_that_hangs_up_gets_the_same_mail_again(lead: User, server: MailServer) -> None:
    plan(lead)
    server.answers = ["drop"]
    assert send() == 0
    assert [(state, tries) for state, tries, _ in states()] == [("waiting", 1)]
    make_case(loan_no="LATER-1", assignee=lead)  # what is written stays as it was written
    assert send(DUE + timedelta(minutes=1)) == 1
    first, second = server.given
    assert first == second
    assert states() == [("sent", 2, "")]


def test_a_process_that_ends_in_the_middle_is_gone_on_with(lead: User, server: MailServer) -> None:
    plan(lead, lead, reader("lead2"))
    written: list[int] = []

    def break_off(schedule: ReportSchedule, user: User, at: datetime) -> Any:
        if written:
            raise KeyboardInterrupt
        written.append(user.pk)
        return write_report(schedule, user, at)

    with pytest.raises(KeyboardInterrupt):
        send_due(break_off, at=DUE)
    assert len(server.given) == 1
    assert send(DUE + timedelta(minutes=2)) == 1
    assert {mail["To"].addresses[0].addr_spec for mail in server.mails} == {
        "lead1@lender.example",
        "lead2@lender.example",
    }
    assert ReportRun.objects.count() == 1


def test_what_is_deferred_is_tried_again_and_given_up_at_last(
    lead: User, server: MailServer
) -> None:
    plan(lead)
    server.answers = ["451 later"] * 6
    at = DUE
    for _ in range(6):
        assert send(at) == 0
        at = ReportMail.objects.get().next_at
    assert [(state, tries) for state, tries, _ in states()] == [("failed", 6)]
    assert kinds()[-1] == "report.failed"
    # The next day it goes by itself, whatever became of this one.
    assert send(DUE + timedelta(days=1)) == 1


def test_what_is_refused_is_sent_again_when_asked(lead: User, server: MailServer) -> None:
    planned = plan(lead, lead, reader("lead2"))
    server.answers = ["550 no such user"]
    assert send() == 1
    at = DUE + timedelta(hours=1)
    run = send_again(planned.pk, by=lead, at=at)
    with pytest.raises(ReportError, match="on its way"):
        send_again(planned.pk, by=lead, at=at)
    assert send(at) == 1
    assert (run.mails.count(), run.asked_by) == (1, lead)
    assert len({mail["Message-ID"] for mail in server.mails}) == 2
    assert kinds()[-2:] == ["report.asked_again", "report.sent"]


def test_a_stopped_report_does_not_go(lead: User, server: MailServer) -> None:
    planned = plan(lead)
    stop_report(planned.pk, by=lead, at=AT)
    with pytest.raises(ReportError, match="stopped already"):
        stop_report(planned.pk, by=lead, at=AT)
    assert send() == 0
    later = DUE + timedelta(days=3, hours=1)
    started = start_report(planned.pk, by=lead, at=later)
    assert started.next_at == DUE + timedelta(days=4)
    assert send(later) == 0
    assert server.given == []
    assert kinds() == ["report.scheduled", "report.stopped", "report.started"]


def test_several_times_that_were_missed_are_one_mail(lead: User, server: MailServer) -> None:
    plan(lead)
    assert send(DUE + timedelta(days=3, hours=5)) == 1
    assert ReportRun.objects.get().due_at == DUE + timedelta(days=3)
    assert len(server.given) == 1


def test_a_report_is_signed_for_the_domain(
    lead: User, server: MailServer, settings: LazySettings, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path / "dkim.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    settings.DKIM_SELECTOR, settings.DKIM_KEY_FILE = "r1", str(path)
    plan(lead)
    assert send() == 1

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        del timeout
        assert name == b"r1._domainkey.lender.example."
        return record

    assert dkim.verify(server.given[0], dnsfunc=look_up)
    assert not dkim.verify(server.given[0].replace(b"Worked", b"Worken"), dnsfunc=look_up)
