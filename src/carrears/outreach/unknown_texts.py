"""Texts that fit no case: a person says whose they are, or that nothing follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import local_day
from carrears.evidence.services import Record, record_many
from carrears.notices.models import NoticeKind
from carrears.notices.services import Told, count_down, counted_of, holders, notify
from carrears.outreach.by_portal import NAMES as PORTALS
from carrears.outreach.delivery_models import Settled, UnknownText
from carrears.outreach.mail_in.attachments import assign_attachments, drop_attachments
from carrears.outreach.mail_in.taking import IMAP
from carrears.outreach.messages import OutreachError
from carrears.outreach.replies import note_reply
from carrears.outreach.reply_words import Channel, meanings_of
from carrears.parties.consents import record_consent
from carrears.parties.services import open_for_house, seal_for_house

_SOURCES: Mapping[Channel, str] = {
    "sms": "sms_reply",
    "email": "email",
    "portal": "inbox_reply",
}


def channel_of(gateway: str) -> Channel:
    """By which channel a text came in, by its gateway."""
    if gateway in PORTALS:
        return "portal"
    return "email" if gateway == IMAP else "sms"


@transaction.atomic
def assign_text(found: UnknownText, case: Case, *, reason: str, by: User, at: datetime) -> None:
    """Put a text on the timeline of a case, where it waits like any reply.

    Where it asks to be left alone, the case's debtor gets no more texts from now on.

    Raises:
        OutreachError: no reason, or somebody settled it meanwhile.
    """
    text = _locked(found, reason)
    words = open_for_house("text", text.text_sealed)
    channel = channel_of(text.gateway)
    meanings = meanings_of(words, on=text.received_at.date(), channel=channel)
    files = text.attachments.count()
    note_reply(
        case,
        words,
        digest=text.key,
        meanings=meanings or (("other",) if files else ()),
        at=text.received_at,
        channel=channel,
        files=files,
    )
    assign_attachments(text, case)
    if text.asks_to_stop and case.party is not None:
        record_consent(case.party, channel=channel, granted=False, source=_SOURCES[channel], at=at)
    text.case = case
    _settle(text, Settled.ASSIGNED, reason, by=by, at=at)


def tell_of_unknown_texts(*, at: datetime) -> int:
    """Tell those who may settle them of texts that wait without a place; how many people.

    Once a day, and again when there are more of them. Bears a second start.
    """
    many = UnknownText.objects.filter(settled="").count()
    if not many:
        return 0
    told = [
        Told(user=one.pk, kind=NoticeKind.UNPLACED, key=_key_of(at), many=many)
        for one in holders("outreach.settle_unknowntext")
    ]
    return notify(told, at=at)


def _key_of(at: datetime) -> str:
    return f"unplaced:{local_day(at, settings.TIME_ZONE)}"


@transaction.atomic
def dismiss_text(found: UnknownText, *, reason: str, by: User, at: datetime) -> None:
    """Say that nothing follows from a text. A number that asked to be left alone stays barred.

    Raises:
        OutreachError: no reason, or somebody settled it meanwhile.
    """
    text = _locked(found, reason)
    drop_attachments(text)
    _settle(text, Settled.DISMISSED, reason, by=by, at=at)


def _locked(found: UnknownText, reason: str) -> UnknownText:
    if not reason.strip():
        raise OutreachError(gettext_noop("a reason is needed"))
    text = UnknownText.objects.select_for_update().get(pk=found.pk)
    if text.settled:
        raise OutreachError(gettext_noop("somebody has settled this text meanwhile"))
    return text


def _settle(text: UnknownText, settled: Settled, reason: str, *, by: User, at: datetime) -> None:
    text.settled, text.settled_by, text.settled_at = settled, by, at
    text.reason_sealed = seal_for_house("reason", reason.strip()[:200])
    text.save(update_fields=["settled", "case", "settled_by", "settled_at", "reason_sealed"])
    left = UnknownText.objects.filter(settled="").count()
    for notice in counted_of(NoticeKind.UNPLACED, key=_key_of(at)):
        count_down(notice, left, at=at)
    record_many(
        [
            Record(
                kind=f"reply.{settled.value}",
                subject=text.case.loan_no if text.case else f"unknown-text:{text.pk}",
                key=f"unknown-text:{text.pk}:{settled.value}",
                actor=by.get_username(),
                occurred_at=at,
                payload={"text": text.pk, "gateway": text.gateway, "stop": text.asks_to_stop},
            )
        ]
    )
