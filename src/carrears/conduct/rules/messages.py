"""Voicemail, text, e-mail and mail: what may be left where others can see or hear it."""

from __future__ import annotations

from datetime import datetime, timedelta

from carrears.clock import zone as zone_of
from carrears.conduct.facts import Consent, ContactEvent
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.consumers import is_consumer
from carrears.conduct.situation import Situation, find_consents

_AGREED = frozenset({"consent", "agreement"})
_TEXTS = frozenset({"sms", "im", "social_private"})


@logic("limited", "reveals", "doubtful_content", allowed="names", reveals="names")
def limited_content(situation: Situation, law: Law) -> Ruling | None:
    """A voicemail that others may hear says no more than who calls and to call back."""
    attempt = situation.attempt
    if not situation.is_contact or attempt.channel != "voicemail":
        return None
    said = frozenset(attempt.content)
    if is_consumer(situation) is False or said & law.names("reveals"):
        return Ruling("block", "reveals", used=("attempt.content", "attempt.party"))
    if said - law.names("allowed"):
        return Ruling("review", "doubtful_content", used=("attempt.content",))
    return Ruling("allow", "limited")


@logic("safe", "unsafe", "no_harbour", "neutral", days="count", neutral="names")
def safe_harbour(situation: Situation, law: Law) -> Ruling | None:
    """A text or e-mail follows a procedure that keeps it from strangers, or a person decides.

    A text: the consumer wrote from the number, or consented to the collector himself, and
    within ``days`` days wrote, consented or the number was checked for reassignment. An
    e-mail: the consumer wrote from the address, or consented to the collector himself.
    """
    attempt = situation.attempt
    if not situation.is_contact or is_consumer(situation) is not True:
        return None
    if attempt.channel not in {"email", *_TEXTS}:
        return None
    wrote = _wrote_from(situation)
    consents = _direct_consents(situation)
    if attempt.purpose in law.names("neutral") and not _tells(situation):
        return Ruling("allow", "neutral")
    if not wrote and not consents:
        return Ruling("review", "no_harbour", used=("attempt.contact_point",))
    days = law.number("days")
    if attempt.channel == "email" or _is_fresh(situation, wrote, consents, days):
        return Ruling("allow", "safe")
    return Ruling("review", "unsafe", used=("attempt.contact_point",))


def _tells(situation: Situation) -> bool:
    """Whether the message says more than that it heeds an opt-out."""
    return not set(situation.attempt.content) <= {"opt_out_acknowledged"}


def _wrote_from(situation: Situation) -> list[ContactEvent]:
    """The party's own messages by this medium to this collector, from a point that may be meant."""
    return situation.remember("wrote from", lambda: _find_written(situation))


def _find_written(situation: Situation) -> list[ContactEvent]:
    attempt = situation.attempt
    points = {point.id for point in situation.points}
    return [
        event
        for event in situation.facts.history
        if event.direction == "in"
        and event.channel == attempt.channel
        and event.party == attempt.party
        and event.collector in {None, attempt.collector}
        and (event.contact_point is None or event.contact_point in points)
    ]


def _direct_consents(situation: Situation) -> list[Consent]:
    attempt = situation.attempt
    return [
        consent
        for consent in find_consents(situation, "electronic_message")
        if consent.kind in _AGREED
        and consent.by == attempt.party
        and consent.to == attempt.collector
    ]


def _is_fresh(
    situation: Situation, wrote: list[ContactEvent], consents: list[Consent], days: int
) -> bool:
    """Whether the last sign that the number is still the consumer's is recent, in every zone."""
    for name, today in zip(situation.zones, situation.days, strict=True):
        first = today - timedelta(days=days)
        written = [event.moment.astimezone(zone_of(name)).date() for event in wrote]
        given = [each.given_at for each in consents if each.given_at is not None]
        told = [stamp.date() if isinstance(stamp, datetime) else stamp for stamp in given]
        checked = [
            point.reassignment_checked_on
            for point in situation.points
            if point.reassignment_checked_on is not None
        ]
        if not any(first <= day <= today for day in (*written, *told, *checked)):
            return False
    return True


@logic("offered", "missing", electronic="names")
def opt_out_offered(situation: Situation, law: Law) -> Ruling | None:
    """Every electronic message shows a simple way to stop messages to that address."""
    attempt = situation.attempt
    if not situation.is_contact or attempt.channel not in law.names("electronic"):
        return None
    if attempt.disclosures.opt_out is False:
        return Ruling("block", "missing", used=("attempt.disclosures.opt_out",))
    return Ruling("allow", "offered")


@logic(
    "private",
    "work_email",
    "work_email_consented",
    "postcard",
    "public",
    "open_to_view",
    "social",
    banned="names",
    public="names",
    open="names",
    disclosures="names",
)
def private_media(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """No postcards, no public media, no work e-mail, nothing on an envelope."""
    attempt = situation.attempt
    if not situation.is_contact:
        return None
    if attempt.channel in law.names("banned"):
        return Ruling("block", "postcard", used=("attempt.channel",))
    if attempt.channel in law.names("public"):
        return Ruling("block", "public", used=("attempt.channel",))
    shown = not law.names("disclosures").isdisjoint(attempt.content)
    if attempt.channel in law.names("open") and shown:
        return Ruling("block", "open_to_view", used=("attempt.content",))
    if attempt.channel == "letter" and _is_marked(situation):
        return Ruling("block", "open_to_view", used=("attempt.disclosures",))
    if attempt.channel == "email" and any(each.kind == "work_email" for each in situation.points):
        if _wrote_from(situation) or _direct_consents(situation):
            return Ruling("allow", "work_email_consented")
        return Ruling("block", "work_email", used=("attempt.contact_point",))
    if attempt.channel == "social_private" and not _wrote_from(situation):
        return Ruling("review", "social", used=("attempt.channel",))
    return Ruling("allow", "private")


def _is_marked(situation: Situation) -> bool:
    """Whether the outside of a letter tells that it is about a debt."""
    return situation.attempt.disclosures.sender_name_reveals_debt is True
