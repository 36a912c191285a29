"""Texts that people send to us: who it was, whether they ask to be left alone, where it is kept.

A reply of somebody known stands on the timeline of each of his open cases, and of who is only
reminded on the files of the loans that are watched; one that asks to be
left alone withdraws his consent to texts in the same transaction. One that promises, disputes or
tells of hardship (``meanings``) waits for a person: the case page and the queue say so until
somebody tells what came of it (``outcomes``). What fits none is kept, sealed, as an
``UnknownText`` until a person assigns or dismisses it (``unknown_texts``); where it asks to be left
alone, the number is barred from texts at once, whosever it is now or later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from carrears.casework.models import Case, CaseState
from carrears.casework.services import tell
from carrears.clock import local_day, now
from carrears.conduct.services import Scope, bar_value
from carrears.notices.models import NoticeKind
from carrears.notices.services import Told, holders, notify
from carrears.outreach.delivery_models import UnknownText
from carrears.outreach.reply_words import Channel, Meaning, asks_to_stop, is_urgent, meanings_of
from carrears.parties.blind import Kind, blind_indexes
from carrears.parties.consents import record_consent
from carrears.parties.models import ContactPoint, LoanParty, Party
from carrears.parties.services import keyring, seal_for_house

# How a line of the timeline says by what a reply came.
_BY: Mapping[Channel, str] = {"sms": "by_sms", "email": "by_mail", "portal": "by_portal"}


@transaction.atomic
def take_reply(gateway: str, number: str, text: str, *, at: datetime, is_whole: bool = True) -> int:
    """Keep a text that came in and what it asks for; returns how many people it may be from.

    The same words from the same number on the same day are one. One that is not whole always waits
    for a person.
    """
    digits = f"+{number.lstrip('+')}"
    indexes = blind_indexes(keyring(), Kind.PHONE, digits)
    oldest = indexes[-1] if indexes else b""  # a rotation in mid-day makes no second one of it
    digest = hashlib.sha256(oldest + at.date().isoformat().encode() + text.encode()).hexdigest()[
        :32
    ]
    points = ContactPoint.objects.filter(kind="phone", value_index__in=indexes)
    people = list(Party.objects.filter(pk__in=points.values("party")).order_by("pk"))
    stops, meanings = asks_to_stop(text, on=at.date()), meanings_of(text, on=at.date())
    if not is_whole:
        meanings = meanings or ("other",)
    cases = 0
    for party in people:
        if stops:
            record_consent(party, channel="sms", granted=False, source="sms_reply", at=at)
        for case in open_first(cases_of(party)):
            note_reply(case, text, digest=digest, meanings=meanings, at=at, people=len(people))
            cases += 1
    if not cases:
        _, is_new = UnknownText.objects.get_or_create(
            key=digest,
            defaults={
                "gateway": gateway,
                "number_sealed": seal_for_house("number", number),
                "text_sealed": seal_for_house("text", text),
                "asks_to_stop": stops,
                "received_at": at,
            },
        )
        if is_new and stops and indexes:
            _bar(digits, at=at)
    return len(people)


def cases_of(party: Party) -> list[Case]:
    """What is not closed of the loans that he belongs to: cases, and files of watched loans."""
    loans = LoanParty.objects.filter(party=party).values("loan_no")
    found = Case.objects.filter(loan_no__in=loans).exclude(state=CaseState.CLOSED)
    return list(found.order_by("pk"))


def open_first(cases: Sequence[Case]) -> list[Case]:
    """Those on which a reply stands that names none: the open ones, where there are any."""
    return [one for one in cases if one.state == CaseState.OPEN] or [*cases]


def note_reply(
    case: Case,
    text: str,
    *,
    digest: str,
    meanings: Sequence[Meaning],
    at: datetime,
    channel: Channel = "sms",
    people: int = 1,
    files: int = 0,
) -> None:
    """Put a reply on the timeline of a case, where it waits if somebody has to see to it.

    Then whoever works the case is told of it. ``people`` is how many share the number or address:
    it may be of any of them, and says so. ``files`` is how many hung on it.
    """
    of = {"of_people": people} if people > 1 else {}
    of |= {"files": files} if files else {}
    by = {_BY[channel]: True}
    tell(
        case,
        "note",
        at=at,
        by=None,
        data={"text": text, **by, **({"means": list(meanings)} if meanings else {}), **of},
        key=f"{channel}-reply:{case.pk}:{digest}",
    )
    if meanings:
        _tell_staff(case, digest, urgent=is_urgent(meanings, on=at.date()))


def _tell_staff(case: Case, digest: str, *, urgent: bool) -> None:
    """Tell whoever works the case; at once all who may place texts as well where it cannot wait.

    The file of a watched loan is nobody's case: they are told of it, too.
    """
    people = {case.assignee_id} if case.assignee_id is not None else set()
    if urgent or case.state == CaseState.WATCH:
        people |= {one.pk for one in holders("outreach.settle_unknowntext")}
    key = f"reply:{case.pk}:{digest}"
    told = [
        Told(user=one, kind=NoticeKind.REPLY, key=key, loan_no=case.loan_no)
        for one in sorted(people)
    ]
    notify(told, at=now())


def _bar(number: str, *, at: datetime) -> None:
    bar_value(
        Kind.PHONE,
        number,
        reason="asked by text to be left alone",
        from_on=local_day(at, settings.TIME_ZONE),
        until_on=None,
        scope=Scope("sms"),
        by=None,
        at=at,
    )
