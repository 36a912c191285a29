"""What follows from a mail that came in, and that it follows once.

A bounce makes its message a dead letter; a hard one, or the last of several soft ones, takes the
address out of use with evidence, so that nothing more is sent there until somebody confirms it. A
complaint is a refusal of e-mail. Both have to name a message by the Message-ID that we signed: of
another one, which anybody could have guessed, nothing follows, and a person looks at it. A reply
stands on the open cases of whom the message that it answers went to, else of whose address it comes
from; what fits none waits for a person, and so does what cannot be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from carrears.casework.models import Case
from carrears.clock import local_day
from carrears.conduct.services import Scope, bar_value
from carrears.evidence.services import record
from carrears.outreach.delivery_models import Delivery, UnknownText
from carrears.outreach.mail_in.attachments import keep_attachments
from carrears.outreach.mail_in.reading import (
    Automatic,
    Bounce,
    Complaint,
    MailError,
    Reply,
    own_id,
    read_mail,
)
from carrears.outreach.mail_in.rules import rules_on
from carrears.outreach.mail_models import MailKind, ReceivedMail
from carrears.outreach.message_ids import is_signed
from carrears.outreach.receipts import Told, take_receipts
from carrears.outreach.replies import cases_of, note_reply, open_first
from carrears.outreach.reply_words import asks_to_stop, meanings_of
from carrears.outreach.return_paths import ReturnPaths
from carrears.outreach.said import said_of
from carrears.parties.blind import Kind, blind_indexes
from carrears.parties.consents import record_consent
from carrears.parties.models import ContactPoint, Party
from carrears.parties.numbers import BOUNCED, mark_number
from carrears.parties.services import keyring, seal_for_house
from carrears.starred import without_personal_data

IMAP = "imap"
# Why a report has no effect, as the screen says it.
UNSIGNED = gettext_noop("a report that anybody could have written: its Message-ID is not signed")
_LONGEST = 80  # of a reference, as deliveries keep it
_NOT_SPAM = "not-spam"
_MOST_KEPT = 200_000  # octets of a mail put aside


@transaction.atomic
def take_mail(raw: bytes, *, at: datetime) -> str:
    """Take one mail in and return what it was; the same Message-ID again changes nothing."""
    key = hashlib.sha256(own_id(raw).encode() or raw).hexdigest()
    known = ReceivedMail.objects.filter(key=key).first()
    if known is not None:
        return known.kind
    try:
        told = read_mail(raw, paths=ReturnPaths.of(settings.BOUNCE_ADDRESS, sender=settings.SENDER))
    except MailError as error:
        return put_aside(raw, problem=str(error), at=at)
    mail = ReceivedMail(key=key, kind=MailKind.UNMATCHED, received_at=at)
    if isinstance(told, Bounce | Complaint) and not is_signed(keyring(), told.message_id):
        _keep_unsigned(mail, told, raw)
    elif isinstance(told, Reply):
        mail.kind, mail.delivery = MailKind.REPLY, _delivery(told.message_ids)
        people = [mail.delivery.attempt.party] if mail.delivery else _people_at(told.sender)
        cases, unknown = _reply(mail.delivery, told, people, key=key, at=at)
        mail.save()
        keep_attachments(mail, told.files, cases=cases, unknown=unknown, people=people)
    else:
        _follow(mail, told, key=key, at=at)
    mail.save()
    return mail.kind


def put_aside(raw: bytes, *, problem: str, at: datetime) -> str:
    """Keep a mail that nothing follows from, sealed, with what is wrong with it."""
    ReceivedMail.objects.get_or_create(
        key=hashlib.sha256(own_id(raw).encode() or raw).hexdigest(),
        defaults={
            "kind": MailKind.ASIDE,
            "problem": problem[:120],
            "raw_sealed": seal_for_house(
                ReceivedMail.SEALED_AS, raw[:_MOST_KEPT].decode("latin-1")
            ),
            "received_at": at,
        },
    )
    return MailKind.ASIDE.value


def _keep_unsigned(mail: ReceivedMail, told: Bounce | Complaint, raw: bytes) -> None:
    """A report that anybody could have written: where it is about a message of ours, for a person.

    Of a message that is none of ours nothing is to be said.
    """
    mail.delivery = _delivery((told.message_id,))
    if mail.delivery is None:
        return
    mail.kind, mail.problem = MailKind.UNSIGNED, UNSIGNED
    mail.raw_sealed = _sealed(raw)


def _sealed(raw: bytes) -> bytes:
    return seal_for_house(ReceivedMail.SEALED_AS, raw[:_MOST_KEPT].decode("latin-1"))


def _follow(
    mail: ReceivedMail, told: Bounce | Complaint | Automatic, *, key: str, at: datetime
) -> None:
    match told:
        case Bounce():
            mail.delivery = _delivery((told.message_id,))
            if mail.delivery is not None:
                mail.kind = _bounce(mail.delivery, told, key=key, at=at)
        case Complaint():
            mail.delivery = _delivery((told.message_id,))
            if mail.delivery is not None and told.kind != _NOT_SPAM:
                mail.kind = MailKind.COMPLAINT
                _complain(mail.delivery, told, key=key, at=at)
        case Automatic():
            mail.kind, mail.delivery = MailKind.AUTOMATIC, _delivery(told.message_ids)


def _delivery(message_ids: Sequence[str]) -> Delivery | None:
    """The message of ours that is named, the nearest one of several."""
    names = [one[:_LONGEST] for one in message_ids]
    found = Delivery.objects.filter(
        references__overlap=names, attempt__channel="email"
    ).select_related("attempt__case", "attempt__party", "attempt__contact_point")
    known = {reference: one for one in found for reference in one.references}
    return next((known[name] for name in names if name in known), None)


def _bounce(delivery: Delivery, bounce: Bounce, *, key: str, at: datetime) -> MailKind:
    said = " ".join((bounce.status, bounce.words)).strip()
    if bounce.action != "failed":
        fate = "under_way" if bounce.action == "delayed" else "delivered"
        _told(delivery, bounce, fate, said)
        return MailKind.DELAY
    rules = rules_on(at.date())
    kind = MailKind.HARD if rules.is_hard(bounce.status) else MailKind.SOFT
    attempt = delivery.attempt
    record(
        "mail.bounced",
        subject=attempt.case.loan_no,
        key=f"mail:{key}",
        actor="",
        occurred_at=at,
        payload={"attempt": attempt.pk, "status": bounce.status, "kind": kind.value},
    )
    point = attempt.contact_point
    if point is not None and _is_of(point, bounce.recipients):
        since = at - timedelta(days=rules.soft_days)
        soft = ReceivedMail.objects.filter(
            kind=MailKind.SOFT, received_at__gte=since, delivery__attempt__contact_point=point
        )
        if kind is MailKind.HARD or soft.count() + 1 >= rules.soft_limit:
            mark_number(point.pk, why=BOUNCED, by=None, at=at)
    _told(delivery, bounce, "undelivered", said)  # last: it tells whether it is tried again
    return kind


def _told(delivery: Delivery, bounce: Bounce, fate: str, said: str) -> None:
    kept = said_of(delivery.attempt, said, also=bounce.recipients)
    told = Told(bounce.message_id[:_LONGEST], fate, kept[:_LONGEST])
    take_receipts(delivery.gateway, [told])


def _is_of(point: ContactPoint, recipients: Sequence[str]) -> bool:
    """Whether the report is about the address that we wrote to, and not one further on.

    One that names none, and came to the message's own return path, is.
    """
    if not recipients:
        return True
    index = bytes(point.value_index or b"")
    found = (blind_indexes(keyring(), Kind.EMAIL, one) for one in recipients)
    return any(index in indexes for indexes in found)


def _complain(delivery: Delivery, complaint: Complaint, *, key: str, at: datetime) -> None:
    attempt = delivery.attempt
    record_consent(attempt.party, channel="email", granted=False, source="complaint_loop", at=at)
    record(
        "mail.complained",
        subject=attempt.case.loan_no,
        key=f"mail:{key}",
        actor="",
        occurred_at=at,
        payload={"attempt": attempt.pk, "kind": without_personal_data(complaint.kind)[:40]},
    )


def _reply(
    delivery: Delivery | None, reply: Reply, people: Sequence[Party], *, key: str, at: datetime
) -> tuple[list[Case], UnknownText | None]:
    """Put a reply where it belongs; returns the cases that its files are for, else what waits.

    One that brings files is read by a person, and who of several wrote it is for one to say.
    """
    text = reply.text or reply.subject
    stops = asks_to_stop(text, on=at.date(), channel="email")
    meanings = meanings_of(text, on=at.date(), channel="email")
    if reply.files:
        meanings = meanings or ("other",)
    cases: dict[int, Case] = {}
    for party in people:
        if stops:
            record_consent(party, channel="email", granted=False, source="email", at=at)
        found = cases_of(party)
        if delivery is not None:
            found = [one for one in found if one.pk == delivery.attempt.case_id] or found
        cases |= {case.pk: case for case in open_first(found)}
    for case in cases.values():
        note_reply(
            case,
            text,
            digest=key[:32],
            meanings=meanings,
            at=at,
            channel="email",
            people=len(people),
            files=len(reply.files),
        )
    if cases and not (reply.files and len(people) > 1):
        return list(cases.values()), None
    # Files may tell of one of those who share an address what the others are not to know.
    return [], _keep_unknown(reply.sender, text, key=key[:32], stops=stops, at=at)


def _people_at(sender: str) -> list[Party]:
    indexes = blind_indexes(keyring(), Kind.EMAIL, sender) if sender else []
    points = ContactPoint.objects.filter(kind="email", value_index__in=indexes)
    return list(Party.objects.filter(pk__in=points.values("party")).order_by("pk"))


def _keep_unknown(sender: str, text: str, *, key: str, stops: bool, at: datetime) -> UnknownText:
    unknown = UnknownText.objects.create(
        key=key,
        gateway=IMAP,
        number_sealed=seal_for_house("number", sender),
        text_sealed=seal_for_house("text", text),
        asks_to_stop=stops,
        received_at=at,
    )
    if stops and blind_indexes(keyring(), Kind.EMAIL, sender):
        bar_value(
            Kind.EMAIL,
            sender,
            reason="asked by mail to be left alone",
            from_on=local_day(at, settings.TIME_ZONE),
            until_on=None,
            scope=Scope("email"),
            by=None,
            at=at,
        )
    return unknown
