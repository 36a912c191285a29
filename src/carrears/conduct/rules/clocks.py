"""The hours in which a debtor is left in peace."""

from __future__ import annotations

from datetime import datetime

from carrears.clock import zone as zone_of
from carrears.conduct.facts import Consent
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.scope import is_collection
from carrears.conduct.situation import Situation, find_consents, given_by, label
from carrears.conduct.windows import Window, minutes_until, next_edge

_UNCONNECTED = frozenset({"busy", "not_in_service", "number_invalid", "no_answer", "rejected"})


@logic(
    "open",
    "closed",
    "agreed",
    "doubtful",
    "not_collection",
    closed="window",
    accepts="names",
    doubts="names",
    collection_purposes="names",
    collection_content="names",
)
def night_ban(situation: Situation, law: Law) -> Ruling | None:
    """No collection in the closed hours, unless the debtor agreed to just such a time."""
    if situation.attempt.act not in {"contact", "repossess"}:
        return None
    closed = law.window("closed")
    values = {"from_": closed.start, "to": closed.end, "local": show_local(situation)}
    inside = [local for local in situation.locals if closed.holds(local)]
    if not inside:
        left = minutes_until(closed.start, situation.locals)
        return Ruling("allow", "open", values=values, minutes_left=left)
    if not is_collection(situation, law):
        return Ruling("not_applicable", "not_collection", values=values)
    consents = window_consents(situation)
    retry = retry_at_edges(situation, (closed, *(w for each in consents for w in each.windows)))
    opening = [each for each in consents if opens(each, inside, situation, closed)]
    agreed = [each for each in opening if each.kind in law.names("accepts")]
    if agreed:
        return Ruling("allow", "agreed", used=_name(agreed, situation), values=values)
    doubtful = [each for each in opening if each.kind in law.names("doubts")]
    if doubtful:
        return Ruling("review", "doubtful", "block", retry, _name(doubtful, situation), values)
    return Ruling("block", "closed", retry_at=retry, values=values)


@logic("open", "quiet", closed="window")
def quiet_hours(situation: Situation, law: Law) -> Ruling | None:
    """Contacts in the quiet hours go to a person to decide."""
    if not situation.is_contact:
        return None
    closed = law.window("closed")
    values = {"from_": closed.start, "to": closed.end, "local": show_local(situation)}
    if any(closed.holds(local) for local in situation.locals):
        retry = retry_at_edges(situation, (closed,))
        return Ruling("review", "quiet", "review", retry, values=values)
    left = minutes_until(closed.start, situation.locals)
    return Ruling("allow", "open", values=values, minutes_left=left)


@logic("inside", "outside")
def house_hours(situation: Situation, law: Law) -> Ruling | None:
    """The lender's own contact hours."""
    del law
    hours = situation.facts.house_policy.contact_hours
    if hours is None or not situation.is_contact:
        return None
    values = {"from_": hours.start, "to": hours.end, "local": show_local(situation)}
    if all(hours.holds(local) for local in situation.locals):
        left = minutes_until(hours.end, situation.locals)
        return Ruling("allow", "inside", None, None, ("house_policy",), values, minutes_left=left)
    retry = retry_at_edges(situation, (hours,))
    return Ruling("block", "outside", retry_at=retry, used=("house_policy",), values=values)


def window_consents(situation: Situation) -> list[Consent]:
    """Consents to times that the contacted debtor himself gave."""
    party = situation.attempt.party
    if party is None or not situation.is_obligor:
        return []
    return [
        consent
        for consent in find_consents(situation, "contact_in_window")
        if given_by(consent, frozenset({party})) and consent.kind != "offer"
    ]


def opens(
    consent: Consent, closed_locals: list[datetime], situation: Situation, closed: Window
) -> bool:
    """Whether the consent names a window that holds in every zone where it is night."""
    if not all(any(w.holds(local) for w in consent.windows) for local in closed_locals):
        return False
    return not (consent.one_off and _is_used_up(consent, situation, closed))


def _name(consents: list[Consent], situation: Situation) -> tuple[str, ...]:
    return tuple(label("consents", situation.facts.consents, each) for each in consents)


def _is_used_up(consent: Consent, situation: Situation, closed: Window) -> bool:
    """Whether a contact in the night already took what was allowed once."""
    for event in situation.facts.history:
        if event.direction != "out" or event.party != situation.attempt.party:
            continue
        if event.result in _UNCONNECTED:
            continue
        for zone in situation.zones:
            local = event.moment.astimezone(zone_of(zone))
            granted = any(w.holds(local) for w in consent.windows)
            if granted and closed.holds(local) and _after(local, consent):
                return True
    return False


def _after(local: datetime, consent: Consent) -> bool:
    given = consent.given_at
    if given is None:
        return True
    if isinstance(given, datetime):
        return local.replace(tzinfo=given.tzinfo) >= given
    return local.date() >= given


def retry_at_edges(situation: Situation, windows: tuple[Window, ...]) -> datetime | None:
    """The first moment at which one of ``windows`` may open or close for the party."""
    edges = [
        next_edge(windows, local, zone)
        for local, zone in zip(situation.locals, situation.zones, strict=True)
    ]
    return min((edge for edge in edges if edge is not None), default=None)


def show_local(situation: Situation) -> str:
    """The attempt's wall-clock time in each plausible zone, for people."""
    return situation.shown
