"""Mail the reports that are due: each try is on record before it is made.

A mail is written once, at its first try, and kept until it ends: a process that was killed goes on
with the same bytes under the same Message-ID, by which mailboxes keep it once. So a kill between
the server's answer and ours can have one mail handed over twice, and none lost.
"""

from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import record
from carrears.outreach import mailbox
from carrears.outreach.dkim_signing import DkimKey, dkim_key_of_settings, sign_email
from carrears.outreach.email import EmailError, SmtpServer, connect, hand_over
from carrears.outreach.messages import lender_name
from carrears.outreach.retries import retrying_on
from carrears.outreach.staff_email import build_staff_email
from carrears.reports.content import NotReadyYetError, ReportFile, Written
from carrears.reports.kinds import why_not
from carrears.reports.models import MailState, ReportKind, ReportMail, ReportSchedule
from carrears.reports.services import plan_due

# Writes a report as somebody may see it, in his language: the screens' own figures.
Write = Callable[[ReportSchedule, User, datetime], Written]


@dataclass(frozen=True, slots=True)
class _Line:
    session: smtplib.SMTP
    key: DkimKey | None


def send_due(write: Write, *, at: datetime) -> int:
    """Make the runs that are due and mail what waits; how many mails the server took.

    A server that does not answer ends it: the others would fare the same, and wait as long.
    """
    plan_due(at=at)
    waiting = ReportMail.objects.filter(state=MailState.WAITING, next_at__lte=at)
    pks = list(waiting.order_by("next_at", "pk").values_list("pk", flat=True))
    if not pks:
        return 0
    sent = 0
    try:
        with _open_line() as line:
            for pk in pks:
                mail = _begin(pk, write, at=at)
                if mail is not None:
                    sent += _send(line, mail)
    except (EmailError, OSError, smtplib.SMTPException) as error:
        _wait(pks, f"mail server: {error}"[:240], at=at)
    return sent


@contextmanager
def _open_line() -> Iterator[_Line]:
    """A session with the mail server of the settings, or the built-in mailbox where none is set.

    Raises:
        EmailError, OSError, smtplib.SMTPException: no session, or no key to sign with.
    """
    key = dkim_key_of_settings()
    if settings.SMTP_URL:
        with connect(SmtpServer.from_url(settings.SMTP_URL)) as session:
            yield _Line(session, key)
        return
    with mailbox.running(Path(settings.MAIL_DIR)) as server, connect(server) as session:
        yield _Line(session, key)


@transaction.atomic
def _begin(pk: int, write: Write, *, at: datetime) -> ReportMail | None:
    """The mail, if it is still to be sent and its reader may still see it; the try is counted."""
    rows = ReportMail.objects.select_for_update(of=("self",), skip_locked=True)
    mail = rows.select_related("run__schedule", "user").filter(
        pk=pk, state=MailState.WAITING, next_at__lte=at
    ).first()  # fmt: skip
    if mail is None:
        return None
    kind = ReportKind(mail.run.schedule.report)
    # Judged at each try: a right that was taken away since keeps what is written from going.
    if why := why_not(mail.user, kind, mail.run.schedule.narrowed):
        _end(mail, MailState.BARRED, why, at=at)
        return None
    mail.tries += 1
    pause = _pause_after(mail.tries, at)
    mail.next_at = at + (pause or timedelta(0))
    if mail.written is None:
        try:
            mail.written, mail.written_at = asdict(write(mail.run.schedule, mail.user, at)), at
        except NotReadyYetError:
            mail.error = "not_ready"
    mail.save(update_fields=["written", "written_at", "tries", "next_at", "error"])
    if mail.written is None:
        if pause is None:
            _end(mail, MailState.FAILED, mail.error, at=at)
        return None
    return mail


def _send(line: _Line, mail: ReportMail) -> bool:
    """Whether the server took it.

    Raises:
        OSError, smtplib.SMTPServerDisconnected: the session is gone.
    """
    try:
        email = build_staff_email(
            _written(mail),
            key=f"report:{mail.pk}",
            sender=settings.SENDER,
            sender_name=lender_name(mail.run.schedule.language),
            to=mail.user.email,
            to_name=str(mail.user),
            language=mail.run.schedule.language,
            at=mail.written_at or mail.next_at,
        )
        digest = hashlib.sha256(email.as_bytes()).hexdigest()
        if line.key is not None:
            sign_email(email, line.key)
    except EmailError as error:
        _end(mail, MailState.FAILED, str(error), at=now())
        return False
    told = hand_over(line.session, email)
    if told.result == "accepted":
        mail.digest = digest
        _end(mail, MailState.SENT, "", at=now())
        return True
    if told.result == "refused" or _pause_after(mail.tries, now()) is None:
        _end(mail, MailState.FAILED, told.answer, at=now())
    else:
        mail.error = told.answer[:240]
        mail.save(update_fields=["error"])
    return False


def _wait(pks: list[int], error: str, *, at: datetime) -> None:
    """The server did not answer: tried again after the pauses, in the end not any more."""
    for mail in ReportMail.objects.filter(pk__in=pks, state=MailState.WAITING).select_related(
        "run__schedule", "user"
    ):
        if mail.next_at <= at:  # not begun yet: this was its try
            mail.tries += 1
        pause = _pause_after(mail.tries, at)
        if pause is None:
            _end(mail, MailState.FAILED, error, at=at)
            continue
        mail.next_at, mail.error = at + pause, error
        mail.save(update_fields=["tries", "next_at", "error"])


def _pause_after(tries: int, at: datetime) -> timedelta | None:
    return retrying_on("report", at.date()).wait_after(tries)


@transaction.atomic
def _end(mail: ReportMail, state: MailState, error: str, *, at: datetime) -> None:
    """It is sent, or will not be; what it said is not kept any longer."""
    mail.state, mail.error, mail.written = state, error[:240], None
    mail.sent_at = at if state == MailState.SENT else None
    mail.save(update_fields=["state", "error", "written", "sent_at", "digest"])
    payload: dict[str, Any] = {
        "report": mail.run.schedule.report,
        "due_at": mail.run.due_at.isoformat(),
        "reader": mail.user.get_username(),
        "tries": mail.tries,
    }
    payload |= {"sha256": mail.digest} if mail.digest else {"why": mail.error}
    record(
        f"report.{state}",
        subject=f"report:{mail.run.schedule_id}",
        payload=payload,
        actor="system",
        key=f"report-mail:{mail.pk}:{state}",
        occurred_at=at,
    )


def _written(mail: ReportMail) -> Written:
    told = dict(mail.written or {})
    files = tuple(ReportFile(**one) for one in told.pop("files", ()))
    return Written(**told, files=files)
