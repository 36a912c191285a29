"""Each mail has a return path of its own, by which bounces without headers find it."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import LazySettings
from django.utils.encoding import force_str
from factories import make_case, make_user
from outreach.mails import TO, bounce
from outreach.test_email import serving
from outreach.test_mail_in import dovecot, put

from carrears.casework.models import Case
from carrears.clock import at_local, local_day, now
from carrears.outreach.mail_in.service import read_mailbox
from carrears.outreach.mail_in.taking import take_mail
from carrears.outreach.models import Delivery, ReceivedMail
from carrears.outreach.return_paths import ReturnPathError, ReturnPaths
from carrears.outreach.services import contact
from carrears.parties.models import ContactPoint

pytestmark = pytest.mark.django_db
AT = now() + timedelta(days=1)
CHINA = "Asia/Shanghai"
__all__ = ["dovecot"]  # the mailbox of its tests


class Keeping:
    """A server that takes everything and keeps from where each mail left."""

    def __init__(self) -> None:
        self.left_from: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        del server, session
        self.left_from.append(force_str(envelope.mail_from))
        return "250 OK"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME, settings.MAIL_DIR = tmp_path, tmp_path / "mail"
    settings.BOUNCE_ADDRESS = "bounces@back.lender.example"


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Today's noon where the debtor is, as mail of a replayed book leaves for no server."""
    at = at_local(local_day(now(), CHINA), time(12), CHINA)
    for module in ("services", "sending", "judging", "gateways"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)


@pytest.fixture
def case() -> Case:
    return make_case(as_of=local_day(now(), CHINA))


def send(case: Case, settings: LazySettings) -> tuple[str, str]:
    """Send a reminder over a real server: its Message-ID, and from where it left."""
    assert case.party is not None
    user = make_user(role="team_lead", username="lead")
    kept = Keeping()
    with serving(kept) as server:
        settings.SMTP_URL = f"smtp://{server.host}:{server.port}"
        attempt = contact(case, party=case.party, template="reminder", by=user, key="k")
    assert attempt.state == "sent", attempt.error
    [path] = kept.left_from
    return attempt.message_id, path


def plain(
    path: str,
    words: str,
    *,
    sender: str = "MAILER-DAEMON@mx.example.com",
    subject: str = "failure notice",
    header: str = "To",
) -> bytes:
    """As qmail writes it: no report, no headers of the message."""
    return (
        f"Return-Path: <>\r\nFrom: <{sender}>\r\n{header}: {path}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{abs(hash(words))}@mx.example.com>\r\nAuto-Submitted: auto-replied\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    ).encode()


def usable(case: Case) -> bool:
    return ContactPoint.objects.values_list("valid", flat=True).get(party=case.party, kind="email")


def test_a_mail_leaves_from_a_path_that_names_it(case: Case, settings: LazySettings) -> None:
    message_id, path = send(case, settings)
    local = message_id.strip("<>").partition("@")[0]
    assert path == f"bounces+{local}@back.lender.example"
    assert len(path.partition("@")[0]) <= 64


def test_without_a_mailbox_it_leaves_from_the_sender(case: Case, settings: LazySettings) -> None:
    settings.BOUNCE_ADDRESS = ""
    assert send(case, settings)[1] == settings.SENDER


@pytest.mark.parametrize("header", ["To", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_plain_words_of_a_server_bounce_the_message(
    case: Case, settings: LazySettings, header: str
) -> None:
    _, path = send(case, settings)
    words = f"Hi. I'm afraid I wasn't able to deliver. <{TO}>: 550 5.1.1 user unknown"
    assert take_mail(plain(path.upper(), words, header=header), at=AT) == "hard"
    letter = Delivery.objects.get()
    assert (letter.state, letter.error.split()[0], usable(case)) == ("undelivered", "5.1.1", False)


def test_a_report_without_headers_is_known_by_where_it_came_to(
    case: Case, settings: LazySettings
) -> None:
    _, path = send(case, settings)
    whole = bounce(about="<rewritten@gateway.example>").decode()
    head, _, rest = whole.partition("To: collections@lender.example")
    assert take_mail(f"{head}To: {path}{rest}".encode(), at=AT) == "hard"
    again = f"{head}To: {path}{rest}".replace("<b1@", "<b2@")
    cut = again.partition("--b\r\nContent-Type: text/rfc")[0] + "--b--\r\n"
    assert take_mail(cut.encode(), at=AT) == "hard"
    assert ReceivedMail.objects.filter(delivery=Delivery.objects.get()).count() == 2


def test_who_is_away_bounces_nothing(case: Case, settings: LazySettings) -> None:
    _, path = send(case, settings)
    away = plain(path, "I am away until Monday. 5.1.1", sender=TO, subject="Out of office")
    assert take_mail(away, at=AT) == "automatic"
    assert (Delivery.objects.get().state, usable(case)) == ("accepted", True)


def test_what_is_only_late_waits(case: Case, settings: LazySettings) -> None:
    _, path = send(case, settings)
    late = plain(path, "4.4.1 connection timed out; the server is still trying", subject="Warning")
    assert take_mail(late, at=AT) == "delay"
    given_up = plain(path, "4.4.1 connection timed out; I'm not going to try again")
    assert take_mail(given_up, at=AT) == "soft"
    assert usable(case)


def test_an_address_of_the_internet_is_no_status(case: Case, settings: LazySettings) -> None:
    _, path = send(case, settings)
    assert take_mail(plain(path, "550 from 192.5.1.1: try 10.5.1.1 or 5.1.1.9."), at=AT) == "soft"
    assert usable(case)


def test_a_path_that_we_did_not_sign_has_no_effect(case: Case, settings: LazySettings) -> None:
    _, path = send(case, settings)
    digest = path.partition("+")[2][:24]
    forged = f"bounces+{digest}.{'0' * 24}@back.lender.example"
    assert take_mail(plain(forged, "550 5.1.1 unknown"), at=AT) == "unmatched"
    elsewhere = path.replace("back.lender", "back.other")
    assert take_mail(plain(elsewhere, "550 5.1.1 no user"), at=AT) == "automatic"
    assert (Delivery.objects.get().state, usable(case)) == ("accepted", True)


def test_a_real_mailbox_gives_back_what_came_to_a_path(
    dovecot: int, case: Case, settings: LazySettings
) -> None:
    _, path = send(case, settings)
    put(dovecot, plain(path, "550 5.1.1 user unknown"), plain(path, "550 5.1.1 unknown", sender=TO))
    assert read_mailbox() == {"hard": 1, "automatic": 1}
    assert not usable(case)


@pytest.mark.parametrize("address", ["bounces", "a+b@c.example", f"{'b' * 15}@c.example"])
def test_an_address_that_cannot_take_paths_is_refused(address: str) -> None:
    with pytest.raises(ReturnPathError, match="CARREARS_BOUNCE_ADDRESS"):
        ReturnPaths.of(address, sender="collections@lender.example")
