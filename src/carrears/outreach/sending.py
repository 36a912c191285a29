"""Hand booked attempts over to a mail server, and keep what came of it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.casework.models import ActionState, PlannedAction
from carrears.clock import is_replay, now
from carrears.evidence.services import Record, record_many
from carrears.outreach import mailbox
from carrears.outreach.email import EmailError, SmtpServer, build_email, connect, hand_over
from carrears.outreach.messages import lender_name, opt_out_url, read_message
from carrears.outreach.models import Attempt, AttemptState
from carrears.parties.queries import PersonData, open_parties

# How long after its judgement a booked message may still leave.
_FRESH = timedelta(minutes=10)


def send_again() -> None:
    """Send what is booked, unless its verdict is too old to lean on."""
    booked = list(Attempt.objects.filter(state=AttemptState.BOOKED, channel="email").order_by("pk"))
    stale = [one for one in booked if not _is_replay(one) and one.at < now() - _FRESH]
    for attempt in stale:
        attempt.state, attempt.error = AttemptState.FAILED, "not sent in time; to be judged anew"
    _keep_results(stale)
    send_booked([one for one in booked if one.state == AttemptState.BOOKED])


def attempt_record(attempt: Attempt, *, by: User | None = None) -> Record:
    """What the log keeps of an attempt in its present state, told by ``by`` or who made it."""
    verdict = attempt.verdict
    actor = by or attempt.made_by
    is_call = attempt.channel == "call"
    return Record(
        kind=f"{'call' if is_call else 'message'}.{attempt.state}",
        subject=attempt.case.loan_no,
        key=f"attempt:{attempt.key}:{attempt.state}",
        actor=actor.get_username() if actor else "",
        occurred_at=attempt.at,
        payload={
            "attempt": attempt.pk,
            "party": str(attempt.party_id),
            "channel": attempt.channel,
            **(_call_payload(attempt) if is_call else _message_payload(attempt)),
            "verdict": verdict.pk,
            "gate_action": verdict.gate_action,
            **({"override": attempt.override_id} if attempt.override_id else {}),
            "pack": f"{verdict.pack} {verdict.pack_version}",
            "rules": [finding["rule_id"] for finding in verdict.findings],
            "error": attempt.error,
        },
    )


def _message_payload(attempt: Attempt) -> dict[str, Any]:
    return {
        "template": attempt.template,
        "template_version": attempt.template_version,
        "message_id": attempt.message_id,
    }


def _call_payload(attempt: Attempt) -> dict[str, Any]:
    return {
        "contact_point": attempt.contact_point_id,
        "agency": attempt.agency,
        "result": attempt.result,
        "effective": attempt.effective,
        **({"answered_by": attempt.answered_by} if attempt.answered_by else {}),
    }


def send_booked(attempts: Sequence[Attempt]) -> None:
    """Hand booked attempts over. Those that the server could not take now stay booked."""
    if not attempts:
        return
    people = open_parties({attempt.party_id for attempt in attempts})
    replays = [attempt for attempt in attempts if _is_replay(attempt)]
    live = [attempt for attempt in attempts if not _is_replay(attempt)]
    for group, server in ((replays, _mailbox_server), (live, _live_server)):
        if group:
            with server() as address:
                _send_to(address, group, people)


def _is_replay(attempt: Attempt) -> bool:
    return is_replay(attempt.at.date(), today=now().date())


@contextmanager
def _live_server() -> Iterator[SmtpServer]:
    if settings.SMTP_URL:
        yield SmtpServer.from_url(settings.SMTP_URL)
        return
    with mailbox.running(Path(settings.MAIL_DIR)) as server:
        yield server


@contextmanager
def _mailbox_server() -> Iterator[SmtpServer]:
    """The built-in mailbox: what a replayed book says must never reach a person."""
    if settings.DEMO and settings.SMTP_URL:
        yield SmtpServer.from_url(settings.SMTP_URL)
        return
    with mailbox.running(Path(settings.MAIL_DIR)) as server:
        yield server


def _send_to(
    server: SmtpServer, attempts: Sequence[Attempt], people: dict[Any, PersonData]
) -> None:
    try:
        with connect(server) as session:
            for attempt in attempts:
                _send_one(session, attempt, people[attempt.party_id])
    except (OSError, smtplib.SMTPException) as error:
        # The attempts stay booked: the next run or the next click sends them.
        waiting = [attempt.pk for attempt in attempts if attempt.state == AttemptState.BOOKED]
        Attempt.objects.filter(pk__in=waiting).update(error=f"mail server: {error}"[:500])
    finally:
        _keep_results([one for one in attempts if one.state != AttemptState.BOOKED])


def _send_one(session: smtplib.SMTP, attempt: Attempt, person: PersonData) -> None:
    point = next((p for p in person.points if p.pk == attempt.contact_point_id), None)
    if point is None or attempt.body_sealed is None:
        attempt.state = AttemptState.FAILED
        attempt.error = "the address or the message was erased"
        return
    try:
        email = build_email(
            read_message(attempt),
            key=attempt.key,
            sender=settings.SENDER,
            sender_name=lender_name(attempt.locale),
            to=point.value,
            to_name=person.name,
            language=attempt.locale,
            opt_out_url=opt_out_url(attempt.party_id),
            at=attempt.at,
        )
    except EmailError as error:
        attempt.state, attempt.error = AttemptState.FAILED, str(error)
        return
    handed = hand_over(session, email)
    attempt.result = handed.result
    attempt.error = handed.answer
    if handed.result == "accepted":
        attempt.state, attempt.sent_at = AttemptState.SENT, now()
    elif handed.result == "refused":
        attempt.state = AttemptState.FAILED


@transaction.atomic
def _keep_results(attempts: Sequence[Attempt]) -> None:
    Attempt.objects.bulk_update(attempts, ["state", "sent_at", "result", "error"])
    ended = {AttemptState.SENT: ActionState.SENT, AttemptState.FAILED: ActionState.FAILED}
    for state, action_state in ended.items():
        actions = [one.action_id for one in attempts if one.state == state and one.action_id]
        PlannedAction.objects.filter(pk__in=actions).update(state=action_state)
    record_many(attempt_record(attempt) for attempt in attempts)
