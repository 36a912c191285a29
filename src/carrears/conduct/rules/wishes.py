"""What the person asked for: channels, numbers, places and times."""

from __future__ import annotations

from carrears.conduct.facts import Preference
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.clocks import retry_at_edges, show_local
from carrears.conduct.situation import (
    Situation,
    is_past,
    is_possibly_past,
    label,
    may_have_begun,
)

# Where a number or address reaches its owner.
PLACE_OF = {
    "home_landline": "home",
    "home_address": "home",
    "work_landline": "work",
    "work_address": "work",
    "work_email": "work",
}
_MESSAGES = frozenset({"sms", "im", "portal", "email", "call", "voicemail"})


@logic("refused_channel", "unsigned", "unsolicited", "respected", electronic="names")
def respect_medium(situation: Situation, law: Law) -> Ruling | None:
    """A refused medium stays silent; messages name their sender; advertising needs consent."""
    attempt = situation.attempt
    if not situation.is_contact or attempt.channel not in law.names("electronic"):
        return None
    marketing = "marketing" in attempt.content
    for wish in standing_wishes(situation, "avoid_channel"):
        if attempt.channel in wish.channels and (marketing or not wish.marketing_only):
            return Ruling("block", "refused_channel", used=(name_wish(wish, situation),))
    if attempt.channel == "sms" and attempt.disclosures.sender_id is False:
        return Ruling("block", "unsigned", used=("attempt.disclosures.sender_id",))
    if marketing and not _has_electronic_consent(situation):
        return Ruling("block", "unsolicited", used=("attempt.content",))
    return Ruling("allow", "respected")


@logic("refused_channel", "refused_point", "refused_place", "refused_time", "respected")
def respect_peace(situation: Situation, law: Law) -> Ruling | None:
    """Wishes about numbers, places, times and letters or visits are kept."""
    del law
    if not situation.is_contact:
        return None
    attempt = situation.attempt
    for wish in standing_wishes(situation, "avoid_contact_point", "avoid_place", "avoid_channel"):
        if wish.marketing_only:
            continue
        used = (name_wish(wish, situation),)
        if wish.kind == "avoid_contact_point" and is_point(wish, situation):
            return Ruling("block", "refused_point", used=used)
        if wish.kind == "avoid_place" and wish.place in _places(situation):
            return Ruling("block", "refused_place", used=used)
        if attempt.channel not in _MESSAGES and attempt.channel in wish.channels:
            return Ruling("block", "refused_channel", used=used)
    return judge_times(situation) or Ruling("allow", "respected")


def _places(situation: Situation) -> frozenset[str]:
    """Where the attempt reaches the person: as told, else where its number or address is."""
    if situation.attempt.place is not None:
        return frozenset({situation.attempt.place})
    kinds = (point.kind for point in situation.points)
    return frozenset(PLACE_OF[kind] for kind in kinds if kind in PLACE_OF)


def judge_times(situation: Situation) -> Ruling | None:
    """Whether a standing wish closes this time, with the reason ``refused_time``."""
    for wish in standing_wishes(situation, "avoid_time", "only_time"):
        if wish.channels and situation.attempt.channel not in wish.channels:
            continue
        avoid = wish.kind == "avoid_time"
        if any(
            any(window.holds(local) for window in wish.windows) == avoid
            for local in situation.locals
        ):
            return Ruling(
                "block",
                "refused_time",
                retry_at=retry_at_edges(situation, wish.windows),
                used=(name_wish(wish, situation),),
                values={"local": show_local(situation)},
            )
    return None


def standing_wishes(situation: Situation, *kinds: str) -> list[Preference]:
    """The contacted party's wishes that were made and not taken back."""
    return [
        wish
        for wish in situation.facts.preferences
        if wish.kind in kinds
        and wish.by in {None, situation.attempt.party}
        and may_have_begun(wish.made_at, situation)
        and not is_possibly_past(wish.withdrawn_at, situation)
    ]


def is_point(wish: Preference, situation: Situation) -> bool:
    """Whether the attempt may use the contact point that ``wish`` refuses."""
    points = situation.points
    if wish.contact_point is None:
        return True
    return wish.contact_point == situation.attempt.contact_point or any(
        point.id == wish.contact_point for point in points
    )


def _has_electronic_consent(situation: Situation) -> bool:
    attempt = situation.attempt
    return any(
        consent.scope == "electronic_message"
        and consent.granted is not False
        and consent.by == attempt.party
        and (not consent.channels or attempt.channel in consent.channels)
        and is_past(consent.given_at, situation)
        and not is_possibly_past(consent.revoked_at, situation)
        for consent in situation.facts.consents
    )


def name_wish(wish: Preference, situation: Situation) -> str:
    """How a finding names the wish."""
    return label("preferences", situation.facts.preferences, wish)
