"""Which gateway takes a message, by the settings and by whether the book is replayed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from carrears.clock import is_replay, now
from carrears.outreach import by_portal, by_smpp, mailbox, smsbox
from carrears.outreach.by_email import MailGateway
from carrears.outreach.channels import Gateway
from carrears.outreach.email import SmtpServer
from carrears.outreach.http_sms.account import name_of
from carrears.outreach.models import Attempt

MAIL, MAILBOX = "smtp", "mailbox"
# Letters wait for a batch (``printing``); of a replayed book they are specimens.
PRINT, PRINT_REPLAYED = "print", "print-replayed"
# Taken by the process that judged them; what others take waits for ``carrears sms``.
AT_ONCE = frozenset({MAIL, MAILBOX, smsbox.NAME, *by_portal.NAMES})


def gateway_name(attempt: Attempt) -> str:
    """What takes this message: what a replayed book says must never reach a person."""
    if attempt.channel == "letter":
        return PRINT_REPLAYED if is_replayed(attempt) else PRINT
    if attempt.channel == "portal":
        return by_portal.NAME_REPLAYED if is_replayed(attempt) else by_portal.NAME
    if attempt.channel == "sms":
        return smsbox.NAME if is_replayed(attempt) else sms_gateway_name()
    if is_replayed(attempt):
        return MAIL if settings.DEMO and settings.SMTP_URL else MAILBOX
    return mail_gateway_name()


def sms_gateway_name() -> str:
    """What takes texts of a live book: the built-in box where nothing is set, or in a demo."""
    if settings.DEMO or not settings.SMS_URL:
        return smsbox.NAME
    return name_of(settings.SMS_URL) or by_smpp.NAME


def mail_gateway_name() -> str:
    """What takes mails of a live book."""
    return MAIL if settings.SMTP_URL else MAILBOX


def is_replayed(attempt: Attempt) -> bool:
    """Whether the attempt belongs to a book that is history."""
    return is_replay(attempt.at.date(), today=now().date())


@contextmanager
def running_gateway(name: str) -> Iterator[Gateway]:
    """The gateway of this name, ready to be opened; the built-in ones run as long."""
    if name == MAIL:
        yield MailGateway(SmtpServer.from_url(settings.SMTP_URL))
        return
    if name in by_portal.NAMES:
        yield by_portal.PortalGateway(name)
        return
    if name == smsbox.NAME:
        yield smsbox.SmsBox(Path(settings.SMS_DIR))
        return
    with mailbox.running(Path(settings.MAIL_DIR)) as server:
        yield MailGateway(server, name=MAILBOX)
