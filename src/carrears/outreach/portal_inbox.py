"""A person's inbox: what stands in it, that it was read, taken back, or answered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.casework.models import CaseState
from carrears.database.bulk import insert_unknown_rows
from carrears.evidence.services import Record, record_many
from carrears.outreach.by_portal import commitment_to, payload_of
from carrears.outreach.delivery_models import Fate, Receipt, UnknownText
from carrears.outreach.messages import OutreachError
from carrears.outreach.portal_models import BODY, TITLE, PortalMessage
from carrears.outreach.replies import cases_of, note_reply, open_first
from carrears.outreach.reply_words import Channel, asks_to_stop, meanings_of
from carrears.parties.consents import record_consent
from carrears.parties.models import Party
from carrears.parties.portal_accounts import account_of
from carrears.parties.services import keyring, seal_for_house
from carrears.parties.vault import SubjectKey, open_subject_key
from carrears.parties.words import commit_words, words_of

CHANNEL: Channel = "portal"
_EMPTIED_TOGETHER = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One message in clear, as its person reads it."""

    message: PortalMessage
    title: str
    body: str


def messages_of(party: Party, *, at: datetime) -> QuerySet[PortalMessage]:
    """What stands in a person's inbox, the newest first; nothing where he has no account."""
    found = PortalMessage.objects.filter(
        party=party, withdrawn_at=None, expires_at__gt=at, body_sealed__isnull=False
    ).select_related("case")
    if party.wrapped_key is None or account_of(party) is None:
        return found.none()
    return found if settings.DEMO else found.filter(specimen=False)


def open_messages(messages: Sequence[PortalMessage], party: Party) -> list[Shown]:
    """These messages of one person in clear."""
    key = _key_of(party)
    return [_opened(one, key) for one in messages]


@transaction.atomic
def mark_read(message: PortalMessage, *, via: str, by: User, at: datetime) -> PortalMessage:
    """Keep that its person opened it, where and when first; later openings change nothing.

    Raises:
        OutreachError: it was taken back or has expired.
    """
    held = _locked(message)
    if held.withdrawn_at is not None or held.expires_at <= at or held.body_sealed is None:
        raise OutreachError("this message is not shown any more")
    if held.read_at is not None:
        return held
    held.read_at, held.read_via = at, via
    held.save(update_fields=["read_at", "read_via"])
    delivery = held.attempt.delivery
    insert_unknown_rows(
        [
            Receipt(
                gateway=delivery.gateway,
                reference=str(held.token),
                fate=Fate.READ,
                words=via,
                received_at=at,
                delivery=delivery,
            )
        ]
    )
    shown = _opened(held, _key_of(held.party))
    words = f"{shown.title}\n\n{shown.body}"
    _tell(
        "read",
        held,
        by=by,
        at=at,
        via=via,
        words=commitment_to(words, key=held.key, sealing=_key_of(held.party)),
    )
    return held


@transaction.atomic
def withdraw(message: PortalMessage, *, reason: str, by: User, at: datetime) -> PortalMessage:
    """Take a message out of the inbox; it was said, and counts as a contact all the same.

    Raises:
        OutreachError: no reason, or it was taken back before.
    """
    if not reason.strip():
        raise OutreachError("a reason is needed")
    held = _locked(message)
    if held.withdrawn_at is not None:
        raise OutreachError("this message was taken back before")
    held.withdrawn_at, held.withdrawn_by = at, by
    held.save(update_fields=["withdrawn_at", "withdrawn_by"])
    said = {"reason": reason.strip()[:120]}
    committed = commit_words(_key(held, "withdrawn"), said, party=held.party_id)
    _tell("withdrawn", held, by=by, at=at, **committed)
    return held


def why_withdrawn(message: PortalMessage) -> str:
    """Why a message was taken back; empty where that went with the person."""
    key = _key(message, "withdrawn")
    return words_of([key]).get(key, "")


@transaction.atomic
def take_answer(message: PortalMessage, text: str, *, key: str, at: datetime) -> None:
    """Keep what a person answers in his inbox, as any reply; the same ``key`` is kept once.

    It stands on the case of the message; where that is closed, on what is open of his loans, and
    where nothing is, among the texts that fit no case.
    """
    digest = hashlib.sha256(f"{message.token}:{key}".encode()).hexdigest()[:32]
    party, day = message.party, at.date()
    stops = asks_to_stop(text, on=day, channel=CHANNEL)
    meanings = meanings_of(text, on=day, channel=CHANNEL)
    if stops:
        record_consent(party, channel=CHANNEL, granted=False, source="inbox_reply", at=at)
    is_over = message.case.state == CaseState.CLOSED
    cases = open_first(cases_of(party)) if is_over else [message.case]
    for case in cases:
        note_reply(case, text, digest=digest, meanings=meanings, at=at, channel=CHANNEL)
    if not cases:
        UnknownText.objects.get_or_create(
            key=digest,
            defaults={
                "gateway": message.attempt.delivery.gateway,
                "number_sealed": seal_for_house("number", _account(party)),
                "text_sealed": seal_for_house("text", text),
                "asks_to_stop": stops,
                "received_at": at,
            },
        )


def empty_expired(*, at: datetime) -> int:
    """Drop the words of what nobody is shown any more; how many. Its attempt has them still."""
    done = 0
    over = Q(expires_at__lte=at, body_sealed__isnull=False)
    while numbers := list(
        PortalMessage.objects.filter(over).values_list("pk", flat=True)[:_EMPTIED_TOGETHER]
    ):
        done += PortalMessage.objects.filter(pk__in=numbers).update(
            title_sealed=None, body_sealed=None
        )
    return done


def _account(party: Party) -> str:
    point = account_of(party)
    return _key_of(party).open(point.kind, point.value_sealed) if point else ""


def _key_of(party: Party) -> SubjectKey:
    return open_subject_key(keyring(), str(party.token), party.wrapped_key)


def _opened(message: PortalMessage, key: SubjectKey) -> Shown:
    return Shown(
        message,
        key.open(TITLE, message.title_sealed or b""),
        key.open(BODY, message.body_sealed or b""),
    )


def _locked(message: PortalMessage) -> PortalMessage:
    rows = PortalMessage.objects.select_for_update(of=("self",))
    return rows.select_related("case", "party", "attempt__delivery").get(pk=message.pk)


def _key(message: PortalMessage, what: str) -> str:
    """The key of an entry of the log."""
    return f"inbox:{message.key}:{what}"


def _tell(what: str, message: PortalMessage, *, by: User, at: datetime, **more: str) -> None:
    record_many(
        [
            Record(
                kind=f"inbox.{what}",
                subject=message.case.loan_no,
                key=_key(message, what),
                actor=by.get_username(),
                occurred_at=at,
                payload=payload_of(message) | more,
            )
        ]
    )
