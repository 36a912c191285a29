"""Texts that people send to us: who it was, whether they ask to be left alone, where it is kept.

A reply of somebody known stands on the timeline of each of his open cases; one that asks to be
left alone withdraws his consent to texts in the same transaction. One that promises, disputes or
tells of hardship (``meanings``) waits for a person: the case page and the queue say so until
somebody tells what came of it (``outcomes``). What comes from a number that nobody here has is
kept, sealed, as an ``UnknownText``.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from carrears.casework.models import Case, CaseState
from carrears.casework.services import tell
from carrears.outreach.delivery_models import UnknownText
from carrears.outreach.reply_words import asks_to_stop, meanings_of
from carrears.parties.blind import Kind, blind_indexes
from carrears.parties.consents import record_consent
from carrears.parties.models import ContactPoint, LoanParty, Party
from carrears.parties.services import keyring, seal_for_house


@transaction.atomic
def take_reply(gateway: str, number: str, text: str, *, at: datetime) -> int:
    """Keep a text that came in and what it asks for; returns how many people it may be from.

    The same words from the same number on the same day are one.
    """
    indexes = blind_indexes(keyring(), Kind.PHONE, f"+{number.lstrip('+')}")
    oldest = indexes[-1] if indexes else b""  # a rotation in mid-day makes no second one of it
    digest = hashlib.sha256(oldest + at.date().isoformat().encode() + text.encode()).hexdigest()[
        :32
    ]
    points = ContactPoint.objects.filter(kind="phone", value_index__in=indexes)
    people = list(Party.objects.filter(pk__in=points.values("party")).order_by("pk"))
    stops, meanings = asks_to_stop(text, on=at.date()), meanings_of(text, on=at.date())
    if not people:
        UnknownText.objects.get_or_create(
            key=digest,
            defaults={
                "gateway": gateway,
                "number_sealed": seal_for_house("number", number),
                "text_sealed": seal_for_house("text", text),
                "asks_to_stop": stops,
                "received_at": at,
            },
        )
    for party in people:
        if stops:
            record_consent(party, channel="sms", granted=False, source="sms_reply", at=at)
        loans = LoanParty.objects.filter(party=party).values("loan_no")
        for case in Case.objects.filter(loan_no__in=loans, state=CaseState.OPEN):
            tell(
                case,
                "note",
                at=at,
                by=None,
                data={"text": text, "by_sms": True, **({"means": meanings} if meanings else {})},
                key=f"sms-reply:{case.pk}:{digest}",
            )
    return len(people)
