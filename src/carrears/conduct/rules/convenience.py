"""Times and places that are inconvenient to the consumer (12 CFR 1006.6(b), 1006.14(h))."""

from __future__ import annotations

from datetime import date, datetime

from carrears.clock import zone as zone_of
from carrears.conduct.facts import ContactEvent, Preference
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.clocks import opens, retry_at_edges, show_local, window_consents
from carrears.conduct.rules.consumers import find_answered, is_attorney_here, is_consumer
from carrears.conduct.rules.pauses import name_notice, open_notices
from carrears.conduct.rules.persons import find_express_no
from carrears.conduct.rules.wishes import is_point, name_wish, standing_wishes
from carrears.conduct.situation import Situation, label, may_have_begun
from carrears.conduct.windows import Window, minutes_until

_ELECTRONIC = frozenset({"sms", "im", "portal", "email", "social_private"})
# Where a number or address is; an e-mail address or a mobile telephone is at no place.
_PLACE_OF = {
    "home_landline": "home",
    "home_address": "home",
    "work_landline": "work",
    "work_address": "work",
}


@logic(
    "convenient",
    "agreed",
    "outside",
    "boundary",
    "answers",
    "others_at_night",
    closed="window",
    untimed="names",
    accepts="names",
)
def convenient_hours(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Usual hours, in every place where the consumer may be, unless a better time is known.

    The closing instant itself is in doubt between statute and regulation: stopped, for review.
    """
    attempt = situation.attempt
    if not situation.is_contact or attempt.channel in law.names("untimed"):
        return None
    if is_attorney_here(situation):
        return None
    closed = law.window("closed")
    values = {"local": show_local(situation), "from_": closed.end, "to": closed.start}
    shut = [local for local in situation.locals if closed.holds(local)]
    if is_consumer(situation) is False:
        if not shut:
            return None
        retry = retry_at_edges(situation, (closed,))
        return Ruling("review", "others_at_night", None, retry, values=values)
    if not shut:
        left = minutes_until(closed.start, situation.locals)
        return Ruling("allow", "convenient", values=values, minutes_left=left)
    known, windows = _known_times(situation, shut, law)
    retry = retry_at_edges(situation, (closed, *windows))
    if known:
        return Ruling("allow", "agreed", used=known, values=values)
    if all(local.strftime("%H:%M:%S") == f"{closed.start}:00" for local in shut):
        return Ruling("review", "boundary", "block", retry, values=values)
    if answered := find_answered(situation):
        used = (f"history:{answered.id}",)
        return Ruling("review", "answers", None, retry, used, values)
    return Ruling("block", "outside", None, retry, values=values)


def _known_times(
    situation: Situation, shut: list[datetime], law: Law
) -> tuple[tuple[str, ...], tuple[Window, ...]]:
    """What shows that just this time is convenient, and every window the person named.

    A consent must have been given to the collector himself (15 USC 1692c(a)).
    """
    attempt = situation.attempt
    consents = [
        each
        for each in window_consents(situation)
        if each.kind in law.names("accepts") and each.to == attempt.collector
    ]
    wishes = [
        wish
        for wish in standing_wishes(situation, "only_time")
        if not wish.channels or attempt.channel in wish.channels
    ]
    shown = [
        label("consents", situation.facts.consents, each)
        for each in consents
        if opens(each, shut, situation, law.window("closed"))
    ] + [
        name_wish(wish, situation)
        for wish in wishes
        if all(any(window.holds(local) for window in wish.windows) for local in shut)
    ]
    named = [window for consent in consents for window in consent.windows]
    named += [window for wish in wishes for window in wish.windows]
    return tuple(shown), tuple(named)


@logic("respected", "answers", "inconvenient", untimed="names")
def designated_times(situation: Situation, law: Law) -> Ruling | None:
    """Times the person called inconvenient are kept; his own message then may be answered once."""
    attempt = situation.attempt
    if not situation.is_contact or attempt.channel in law.names("untimed"):
        return None
    values = {"local": show_local(situation)}
    answers: tuple[str, ...] = ()
    for wish in standing_wishes(situation, "avoid_time", "only_time"):
        if wish.channels and attempt.channel not in wish.channels:
            continue
        if not any(_is_against(wish, local) for local in situation.locals):
            continue
        answered = find_answered(situation)
        if answered is not None and _is_of_that_time(answered, wish, situation):
            answers = (f"history:{answered.id}",)
            continue
        retry = retry_at_edges(situation, wish.windows)
        used = (name_wish(wish, situation),)
        return Ruling("block", "inconvenient", None, retry, used, values)
    return Ruling("allow", "answers" if answers else "respected", used=answers, values=values)


def _is_against(wish: Preference, local: datetime) -> bool:
    if not wish.windows:
        return True
    inside = any(window.holds(local) for window in wish.windows)
    return inside == (wish.kind == "avoid_time")


def _is_of_that_time(event: ContactEvent, wish: Preference, situation: Situation) -> bool:
    """Whether the person himself wrote or called at that inconvenient time, that day."""
    if not _is_later(event, wish, situation):
        return False
    for name, local in zip(situation.zones, situation.locals, strict=True):
        then = event.moment.astimezone(zone_of(name))
        if then.date() != local.date() or not _is_against(wish, then):
            return False
    return True


def _is_later(
    event: ContactEvent, wish: Preference, situation: Situation, *, surely: bool = False
) -> bool:
    """Whether the person's own message came after the wish.

    ``surely``: and is not the very message that told it, as one of the same moment or day may be.
    """
    made = wish.made_at
    if made is None:
        return False
    for name in situation.zones:
        local = event.moment.astimezone(zone_of(name))
        said: date = (
            local.replace(tzinfo=made.tzinfo) if isinstance(made, datetime) else local.date()
        )
        if said < made or (surely and said == made):
            return False
    return True


@logic("elsewhere", "answers", "inconvenient_place", "place_unknown")
def designated_places(situation: Situation, law: Law) -> Ruling | None:
    """Places the person called inconvenient: what is tied to one, or known to reach him there."""
    del law
    places, unknown = _places(situation), _is_placeless_landline(situation)
    if not situation.is_contact or not (places or unknown):
        return None
    for wish in standing_wishes(situation, "avoid_place"):
        if unknown or wish.place is None:
            return Ruling("review", "place_unknown", used=(name_wish(wish, situation),))
        if wish.place not in places:
            continue
        answered = find_answered(situation)
        if answered is not None and _is_later(answered, wish, situation):
            return Ruling("allow", "answers", used=(f"history:{answered.id}",))
        return Ruling("block", "inconvenient_place", used=(name_wish(wish, situation),))
    return Ruling("allow", "elsewhere")


@logic("elsewhere", "prohibited_at_work", "place_unknown")
def workplace(situation: Situation, law: Law) -> Ruling | None:
    """No contact at work once the collector knows that the employer forbids it."""
    del law
    if not situation.is_contact or is_consumer(situation) is False:
        return None
    unknown = _is_placeless_landline(situation)
    if "work" not in _places(situation) and not unknown:
        return None
    for notice in open_notices(situation, "employer_prohibits"):
        if _is_about(notice.by, situation) and may_have_begun(notice.received_at, situation):
            used = (name_notice(notice, situation),)
            if unknown:
                return Ruling("review", "place_unknown", used=used)
            return Ruling("block", "prohibited_at_work", used=used)
    return Ruling("allow", "elsewhere")


def _is_placeless_landline(situation: Situation) -> bool:
    """Whether a landline may be used of which nobody knows where it rings."""
    told = situation.attempt.place
    return told is None and any(each.kind == "landline_unknown" for each in situation.points)


def _is_about(name: str | None, situation: Situation) -> bool:
    """Whether the employer's ban concerns the party: told by it, by its employer, by nobody."""
    teller = next((each for each in situation.facts.parties if each.id == name), None)
    return teller is None or teller.id == situation.attempt.party or teller.relation == "employer"


def _places(situation: Situation) -> frozenset[str]:
    """Where the attempt may reach the party, by what is told and by the points it may use."""
    told = situation.attempt.place
    found = {_PLACE_OF.get(point.kind) for point in situation.points} | {told}
    return frozenset(place for place in found if place is not None)


@logic(
    "welcome",
    "answers",
    "confirms",
    "owed",
    "refused_channel",
    "refused_point",
    "withdrawn",
    confirmations="names",
    owed="names",
    confirming="names",
)
def medium_refused(situation: Situation, law: Law) -> Ruling | None:
    """A medium or number the person refused is left alone; three narrow exceptions."""
    attempt = situation.attempt
    if not situation.is_contact:
        return None
    for wish in standing_wishes(situation, "avoid_channel", "avoid_contact_point"):
        if wish.marketing_only and "marketing" not in attempt.content:
            continue
        point = wish.kind == "avoid_contact_point"
        if not (is_point(wish, situation) if point else _is_medium(wish, situation)):
            continue
        used = (name_wish(wish, situation),)
        answered = find_answered(situation)
        if answered is not None and _is_later(answered, wish, situation, surely=True):
            return Ruling("allow", "answers", used=(f"history:{answered.id}",))
        if attempt.purpose in law.names("owed"):
            return Ruling("allow", "owed", used=used)
        return _unless_confirming(
            situation, law, "refused_point" if point else "refused_channel", used
        )
    if withdrawn := find_express_no(situation):
        return _unless_confirming(situation, law, "withdrawn", withdrawn)
    return Ruling("allow", "welcome")


def _unless_confirming(
    situation: Situation, law: Law, reason: str, used: tuple[str, ...]
) -> Ruling:
    if _is_confirmation(situation, law):
        return Ruling("allow", "confirms", used=used)
    return Ruling("block", reason, used=used)


def _is_medium(wish: Preference, situation: Situation) -> bool:
    channel = situation.attempt.channel
    if channel in wish.channels or not wish.channels:
        return True
    return channel == "voicemail" and "call" in wish.channels


def _is_confirmation(situation: Situation, law: Law) -> bool:
    """The one electronic word that the opt-out is heeded, and nothing else in it."""
    attempt = situation.attempt
    if attempt.purpose not in law.names("confirmations"):
        return False
    if attempt.channel not in _ELECTRONIC or not set(attempt.content) <= law.names("confirming"):
        return False
    return not any(
        event.purpose in law.names("confirmations")
        and event.direction == "out"
        and event.party == attempt.party
        and event.channel == attempt.channel
        for event in situation.facts.history
    )
