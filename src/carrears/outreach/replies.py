"""Texts that people send to us: who it was, whether they ask to be left alone, where it is kept.

A reply of somebody known stands on the timeline of each of his open cases; one that asks to be
left alone withdraws his consent to texts in the same transaction. What comes from a number that
nobody here has is kept, sealed, as an ``UnknownText``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date, datetime
from functools import cache
from pathlib import Path

import yaml
from django.db import transaction
from pydantic import BaseModel, ConfigDict

from carrears.casework.models import Case, CaseState
from carrears.casework.services import tell
from carrears.outreach.delivery_models import UnknownText
from carrears.parties.blind import Kind, blind_indexes
from carrears.parties.consents import record_consent
from carrears.parties.models import ContactPoint, LoanParty, Party
from carrears.parties.services import keyring, seal_for_house

# Between the characters of a word that somebody spaced out; a comma parts two sentences.
_SPACED = re.compile(r"(?<=[\u4e00-\u9fff])[\s\-.·_*]+(?=[\u4e00-\u9fff])")
_APOSTROPHES = str.maketrans("‘’ʼ´`", "'" * 5)


class Wording(BaseModel):
    """By which words a reply asks to be left alone, from a day on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_on: date
    source: str
    same: str
    whole: str
    anywhere: str


def asks_to_stop(text: str, *, on: date) -> bool:
    """Whether a reply asks that no more texts be sent; in doubt it does not."""
    words = max((one for one in _read() if one.from_on <= on), key=lambda one: one.from_on)
    pairs = words.same.split()
    same = str.maketrans({pair[0]: pair[1] for pair in pairs})
    said = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold().translate(same)
    bare = "".join(letter for letter in said if letter.isalnum())
    if re.fullmatch(words.whole, bare):
        return True
    return bool(re.search(words.anywhere, _SPACED.sub("", said)))


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
    stops = asks_to_stop(text, on=at.date())
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
                data={"text": text, "by_sms": True},
                key=f"sms-reply:{case.pk}:{digest}",
            )
    return len(people)


@cache
def _read() -> tuple[Wording, ...]:
    raw = yaml.safe_load(Path(__file__).with_name("replies.yaml").read_bytes())
    return tuple(Wording.model_validate(one) for one in raw)
