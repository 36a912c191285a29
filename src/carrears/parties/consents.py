"""What a person allows or refuses: a ledger of words, each kept, of which the newest holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.clock import local_day, now
from carrears.evidence.services import record
from carrears.parties.consent_texts import CONTACT, LANGUAGES, ConsentTexts, load_consent_texts
from carrears.parties.models import Consent, Party

# By what a word came in, besides a tape (``tape``) and a person's request (``request``).
SOURCES = (
    "form",
    "app",
    "call",
    "letter",
    "in_person",
    "email",
    "sms_reply",
    "inbox_reply",
    "opt_out_link",
    "complaint_loop",
)


class ConsentError(ValueError):
    """A word that cannot be kept; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a person, at its true moment; the same ``key`` is kept once.

    ``channel`` is empty where the purpose has none; ``text`` is the version that was agreed to,
    ``language`` the one in which it was read.
    """

    purpose: str = CONTACT
    channel: str = ""
    granted: bool
    at: datetime
    source: str
    text: str = ""
    language: str = ""
    key: str = ""


def newest_words(consents: Iterable[Consent]) -> dict[tuple[str, str], Consent]:
    """The word that holds for each purpose and channel."""
    ordered = sorted(consents, key=lambda one: (one.given_at, one.pk))
    return {(one.purpose, one.channel): one for one in ordered}


def texts() -> ConsentTexts:
    """Purposes and texts of this house."""
    return load_consent_texts(Path(settings.CARREARS_HOME))


def record_consent(
    party: Party, *, channel: str, granted: bool, source: str, at: datetime, actor: str = ""
) -> bool:
    """Keep a person's word on a channel; returns False when that was already the last word."""
    word = Word(channel=channel, granted=granted, source=source, at=at)
    return keep_word(party, word, actor=actor) is not None


@transaction.atomic
def keep_word(
    party: Party, word: Word, *, by: User | None = None, actor: str = ""
) -> Consent | None:
    """Write a word into the ledger, with evidence; None when it says nothing new.

    Nothing new is the key again, and the last word said once more on the same text.

    Raises:
        ConsentError: it is for no known purpose, channel or text, or its key or moment stands for
            another word.
    """
    Party.objects.select_for_update().get(pk=party.pk)
    if _is_known(party, word):
        return None
    expect_sense(word)
    mine = (word.purpose, word.channel)
    last = newest_words(party.consents.filter(purpose=word.purpose)).get(mine)
    if last is not None and last.given_at <= word.at and _same(last, word):
        return None
    consent = Consent.objects.create(
        party=party,
        purpose=word.purpose,
        channel=word.channel,
        granted=word.granted,
        given_at=word.at,
        source=word.source,
        text_version=word.text,
        language=word.language,
        key=word.key,
        recorded_by=by,
    )
    payload = {
        "party": str(party.token),
        "purpose": word.purpose,
        "channel": word.channel,
        "source": word.source,
    }
    record(
        "person.consented" if word.granted else "person.refused",
        subject=str(party.token),
        payload=payload | ({"text": word.text, "language": word.language} if word.text else {}),
        actor=by.get_username() if by else actor,
        key=f"consent:{consent.pk}",
        occurred_at=word.at,
    )
    return consent


def expect_sense(word: Word) -> None:
    """Pass if a word is one that may be kept.

    Raises:
        ConsentError: as ``keep_word``.
    """
    known = texts()
    purpose = known.purposes.get(word.purpose)
    if purpose is None:
        raise ConsentError(f"{word.purpose!r} is none of {', '.join(known.purposes)}")
    if not purpose.takes(word.channel):
        channels = ", ".join(purpose.scopes) or "none"
        raise ConsentError(f"{word.channel!r} is no channel of {word.purpose}: {channels}")
    if not word.text:
        if word.language:
            raise ConsentError("a language goes with a text")
        return
    text = known.texts.get(word.text)
    if text is None or text.purpose != word.purpose:
        raise ConsentError(f"{word.text!r} is no text for {word.purpose}")
    if word.language not in text.words:
        languages = ", ".join(LANGUAGES)
        raise ConsentError(f"{word.text} was not read in {word.language!r}: {languages}")
    if local_day(word.at, settings.TIME_ZONE) < text.from_on:
        raise ConsentError(f"{word.text} was not in use before {text.from_on}")


def expect_past(word: Word) -> None:
    """Pass if another system tells a word of the past; a gateway's clock may be ahead of ours.

    Raises:
        ConsentError: it tells one of time to come, which would hold against all said before.
    """
    if word.at > now():
        raise ConsentError("a word cannot be given in time to come")


def _is_known(party: Party, word: Word) -> bool:
    if word.key:
        kept = Consent.objects.filter(key=word.key).first()
        if kept is not None:
            if kept.party_id != party.pk or not _same(kept, word) or kept.given_at != word.at:
                raise ConsentError(f"the key {word.key!r} was used for another word")
            return True
    at_once = party.consents.filter(
        purpose=word.purpose, channel=word.channel, given_at=word.at
    ).first()
    if at_once is None:
        return False
    if not _same(at_once, word):
        raise ConsentError("another word of that very moment is on record")
    return True


def _same(kept: Consent, word: Word) -> bool:
    said = (word.purpose, word.channel, word.granted, word.text, word.language)
    return (kept.purpose, kept.channel, kept.granted, kept.text_version, kept.language) == said
