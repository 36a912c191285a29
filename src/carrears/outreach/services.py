"""Say it to a person, if it may be said.

Booking and judging are one transaction under a lock of each debtor, so that two senders
cannot both use the last permitted contact; only what was allowed is then handed over. An
attempt that a crash left booked is sent again under its own Message-ID.
"""

from __future__ import annotations

import json
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from carrears.access.models import User
from carrears.casework.models import ActionState, Case, PlannedAction
from carrears.clock import business_moment, is_replay, local_day, now
from carrears.conduct.gate import Verdict
from carrears.conduct.models import VerdictRecord
from carrears.evidence.services import Record, record_many
from carrears.money import Money
from carrears.outreach import mailbox
from carrears.outreach.email import (
    EmailError,
    SmtpServer,
    build_email,
    connect,
    hand_over,
    message_id,
)
from carrears.outreach.judging import Judged, judge_attempts
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.templates import Message, Template, TemplateError, load_template, render
from carrears.parties.models import Party
from carrears.parties.queries import PersonData, open_parties
from carrears.parties.services import keyring
from carrears.parties.vault import open_subject_key
from carrears.portfolio.products import load_products

_CHUNK = 200
# How long after its judgement a booked message may still leave.
_FRESH = timedelta(minutes=10)
_OPT_OUT = "outreach.opt-out"


class OutreachError(ValueError):
    """What was asked cannot be said to this person; the message says why."""


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A message before it is sent, and what the gate says of it at ``at``."""

    person: PersonData
    to: str
    template: Template
    locale: str
    message: Message
    verdict: Verdict
    at: datetime

    @property
    def subject(self) -> str:
        """The message's subject."""
        return self.message.subject

    @property
    def body(self) -> str:
        """The message's text."""
        return self.message.text

    @property
    def template_version(self) -> str:
        """The template's version."""
        return self.template.version


@dataclass(frozen=True, slots=True)
class Wanted:
    """One e-mail that somebody or the strategy wants to send."""

    key: str
    case: Case
    party: Party
    template: Template
    at: datetime
    locale: str = ""
    action: PlannedAction | None = None
    by: User | None = None


def preview_contact(
    case: Case, *, party: Party, template: str, locale: str = "", by: User | None = None
) -> ContactDraft:
    """The message and the verdict as they would be now. Nothing is kept.

    Raises:
        OutreachError: the template cannot be filled for this case.
    """
    wanted = Wanted(
        key="preview",
        case=case,
        party=party,
        template=_template(template),
        at=contact_moment(case),
        locale=locale,
        by=by,
    )
    person = open_parties([party.token])[party.token]
    [judged] = judge_attempts([wanted], {party.token: person})
    chosen = _locale(wanted, person)
    point = person.at("email")
    return ContactDraft(
        person=person,
        to=point.value if point else "",
        template=wanted.template,
        locale=chosen,
        message=_message(wanted, person, chosen),
        verdict=judged.verdict,
        at=wanted.at,
    )


def contact(
    case: Case, *, party: Party, template: str, locale: str = "", by: User, key: str
) -> Attempt:
    """Send one e-mail now if the gate allows it; the same ``key`` again sends nothing more.

    Raises:
        OutreachError: the template cannot be filled for this case.
    """
    wanted = Wanted(
        key=f"{case.loan_no}:{key}",
        case=case,
        party=party,
        template=_template(template),
        at=contact_moment(case),
        locale=locale,
        by=by,
    )
    known = Attempt.objects.filter(key=wanted.key).first()
    if known is None:
        [known] = _book([wanted])
    if known.state == AttemptState.BOOKED:
        _send([known])
        known.refresh_from_db()
    return known


def contact_moment(case: Case) -> datetime:
    """When something said now about a case is said: now, or the clock of a replayed book."""
    return business_moment(case.as_of, _home_zone(case), moment=now())


def _home_zone(case: Case) -> str:
    return load_products(Path(settings.CARREARS_HOME))[case.product].time_zone


def contact_planned(*, as_of: date) -> int:
    """Send what was planned for ``as_of`` and is due; returns how many were dealt with.

    Of a replayed book everything is due. Whatever a crash left booked is sent first. What the
    mail server cannot take now stays booked for the next time.
    """
    _send_again()
    dealt_with, after = 0, 0
    while actions := _due_actions(as_of, after=after):
        attempts = _book([_wanted(action) for action in actions if action.case.party_id])
        _settle_unreachable([action for action in actions if not action.case.party_id])
        _send([one for one in attempts if one.state == AttemptState.BOOKED])
        dealt_with += len(actions)
        after = actions[-1].pk
    return dealt_with


def _send_again() -> None:
    """Send what is booked, unless its verdict is too old to lean on."""
    booked = list(Attempt.objects.filter(state=AttemptState.BOOKED).order_by("pk"))
    stale = [one for one in booked if not _is_replay(one) and one.at < now() - _FRESH]
    for attempt in stale:
        attempt.state, attempt.error = AttemptState.FAILED, "not sent in time; to be judged anew"
    _keep_results(stale)
    _send([one for one in booked if one.state == AttemptState.BOOKED])


def _due_actions(as_of: date, *, after: int) -> list[PlannedAction]:
    due = PlannedAction.objects.filter(
        state=ActionState.PLANNED, channel="email", as_of=as_of, pk__gt=after
    ).select_related("case__party")
    if not is_replay(as_of, today=local_day(now(), settings.TIME_ZONE)):
        due = due.filter(planned_for__lte=now())
    return list(due.order_by("pk")[:_CHUNK])


def _wanted(action: PlannedAction) -> Wanted:
    party = action.case.party
    assert party is not None  # noqa: S101  the caller looked
    replay = is_replay(action.as_of, today=local_day(now(), settings.TIME_ZONE))
    return Wanted(
        key=f"action:{action.key}",
        case=action.case,
        party=party,
        template=_template(action.template),
        at=action.planned_for if replay else now(),
        action=action,
    )


def _settle_unreachable(actions: Sequence[PlannedAction]) -> None:
    """A case without a person on record cannot be written to; that is no verdict's business."""
    PlannedAction.objects.filter(pk__in=[action.pk for action in actions]).update(
        state=ActionState.BLOCKED, reason="nobody on record"
    )


@transaction.atomic
def _book(wanted: Sequence[Wanted]) -> list[Attempt]:
    """Judge and keep these attempts under the locks of their debtors."""
    tokens = sorted({one.party.token for one in wanted}, key=str)
    # In one order, so that two senders wait for each other and never in a circle.
    list(Party.objects.select_for_update().filter(token__in=tokens).order_by("token"))
    known = Attempt.objects.filter(key__in=[one.key for one in wanted])
    done = {attempt.key: attempt for attempt in known}
    fresh = [one for one in wanted if one.key not in done]
    people = open_parties(tokens)
    judged = judge_attempts(fresh, people)
    records = VerdictRecord.objects.bulk_create(
        _verdict_record(one, verdict) for one, verdict in zip(fresh, judged, strict=True)
    )
    attempts = Attempt.objects.bulk_create(
        _attempt(one, record, people[one.party.token])
        for one, record in zip(fresh, records, strict=True)
    )
    _settle_actions(fresh, attempts)
    record_many(_evidence(attempt) for attempt in attempts)
    return [*done.values(), *attempts]


def _verdict_record(wanted: Wanted, judged: Judged) -> VerdictRecord:
    verdict = judged.verdict
    return VerdictRecord(
        attempt_at=wanted.at,
        pack=verdict.pack,
        pack_version=verdict.pack_version,
        gate_action=verdict.gate_action,
        expect=verdict.expect,
        findings=verdict.to_json()["findings"],
        facts=judged.facts_json(),
        next_allowed_at=verdict.next_allowed_at,
    )


def _attempt(wanted: Wanted, record: VerdictRecord, person: PersonData) -> Attempt:
    allowed = record.gate_action == "allow"
    locale = _locale(wanted, person)
    attempt = Attempt(
        key=wanted.key,
        case=wanted.case,
        action=wanted.action,
        party=wanted.party,
        contact_point_id=point.pk if (point := person.at("email")) else None,
        channel="email",
        purpose=wanted.template.purpose,
        verdict=record,
        gate_action=record.gate_action,
        state=AttemptState.BOOKED if allowed else AttemptState.BLOCKED,
        at=wanted.at,
        template=wanted.template.key,
        template_version=wanted.template.version,
        locale=locale,
        message_id=message_id(wanted.key, settings.SENDER) if allowed else "",
        made_by=wanted.by,
    )
    message = _message(wanted, person, locale)
    if wanted.party.wrapped_key is not None:
        key = open_subject_key(keyring(), str(wanted.party.token), wanted.party.wrapped_key)
        attempt.subject_sealed = key.seal("message subject", message.subject)
        attempt.body_sealed = key.seal(
            "message body", json.dumps([message.text, message.html], ensure_ascii=False)
        )
    return attempt


def _settle_actions(wanted: Sequence[Wanted], attempts: Sequence[Attempt]) -> None:
    blocked = []
    for one, attempt in zip(wanted, attempts, strict=True):
        if one.action is not None and attempt.state == AttemptState.BLOCKED:
            one.action.state = ActionState.BLOCKED
            one.action.reason = _rules_against(attempt.verdict)
            blocked.append(one.action)
    PlannedAction.objects.bulk_update(blocked, ["state", "reason"])


def _rules_against(verdict: VerdictRecord) -> str:
    against = [f["rule_id"] for f in verdict.findings if f["gate_action"] != "allow"]
    return ", ".join(against)[:120] or verdict.expect


def _evidence(attempt: Attempt) -> Record:
    verdict = attempt.verdict
    return Record(
        kind=f"message.{attempt.state}",
        subject=attempt.case.loan_no,
        key=f"attempt:{attempt.key}:{attempt.state}",
        actor=attempt.made_by.get_username() if attempt.made_by else "",
        occurred_at=attempt.at,
        payload={
            "attempt": attempt.pk,
            "party": str(attempt.party_id),
            "channel": attempt.channel,
            "template": attempt.template,
            "template_version": attempt.template_version,
            "message_id": attempt.message_id,
            "verdict": verdict.pk,
            "gate_action": verdict.gate_action,
            "pack": f"{verdict.pack} {verdict.pack_version}",
            "rules": [finding["rule_id"] for finding in verdict.findings],
            "error": attempt.error,
        },
    )


def _send(attempts: Sequence[Attempt]) -> None:
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
            sender_name=_lender(attempt.locale),
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
    record_many(_evidence(attempt) for attempt in attempts)


def read_message(attempt: Attempt) -> Message:
    """What an attempt said, in clear.

    Raises:
        SubjectErasedError: the person was erased, and the message with them.
    """
    key = open_subject_key(keyring(), str(attempt.party_id), attempt.party.wrapped_key)
    subject = key.open("message subject", attempt.subject_sealed or b"")
    text, html = json.loads(key.open("message body", attempt.body_sealed or b""))
    return Message(subject, text, html)


def _template(key: str) -> Template:
    try:
        return load_template(key)
    except TemplateError as error:
        raise OutreachError(str(error)) from error


def _locale(wanted: Wanted, person: PersonData) -> str:
    product = load_products(Path(settings.CARREARS_HOME))[wanted.case.product]
    return wanted.template.locale_for(wanted.locale or person.language or product.locale)


def _lender(locale: str) -> str:
    return settings.LENDER_NAME["en-US" if locale.startswith("en") else "zh-CN"]


def _message(wanted: Wanted, person: PersonData, locale: str) -> Message:
    case = wanted.case

    def money(minor: int | None) -> Money:
        return Money(minor or 0, case.currency)

    try:
        return render(
            wanted.template,
            locale,
            {
                "name": person.name,
                "lender": _lender(locale),
                "phone": settings.LENDER_PHONE,
                "opt_out_url": opt_out_url(wanted.party.token),
                "loan_no": case.loan_no,
                "as_of": case.as_of,
                "dpd": case.dpd,
                "arrears": money(case.arrears),
                "arrears_principal": money(case.arrears_principal),
                "arrears_interest": money(case.arrears_interest),
                "arrears_fee": money(case.arrears_fee),
                "oldest_due_on": case.oldest_due_on or case.as_of,
                "next_due_on": case.next_due_on or case.as_of,
                "next_due_amount": money(case.next_due_amount),
            },
        )
    except TemplateError as error:
        raise OutreachError(str(error)) from error


def opt_out_url(party: Any) -> str:
    """The page on which a person stops e-mail with one click; the link cannot be forged."""
    token = signing.dumps([str(party), "email"], salt=_OPT_OUT)
    return settings.PUBLIC_URL.rstrip("/") + reverse("workbench:opt-out", args=[token])


def read_opt_out(token: str) -> tuple[str, str]:
    """Whom and which channel an opt-out link names.

    Raises:
        OutreachError: the link was altered.
    """
    try:
        party, channel = signing.loads(token, salt=_OPT_OUT)
    except signing.BadSignature as error:
        raise OutreachError("this link is not one of ours") from error
    return str(party), str(channel)
