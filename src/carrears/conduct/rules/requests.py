"""Reasonable times, and what the person asked for on when, where and how."""

from __future__ import annotations

from carrears.conduct.facts import Preference
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.clocks import opens, retry_at_edges, show_local, window_consents
from carrears.conduct.rules.pauses import name_notice, open_notices
from carrears.conduct.rules.wishes import (
    PLACE_OF,
    is_point,
    judge_times,
    name_wish,
    standing_wishes,
)
from carrears.conduct.situation import Situation
from carrears.conduct.windows import Window, minutes_until

_AGREED = frozenset({"consent", "agreement"})


@logic(
    "reasonable",
    "asked_time",
    "outside_house",
    "asked_outside_house",
    "unsocial",
    "refused_time",
    "refused_channel",
    "refused_point",
    "refused_place",
    "refused_all",
    unsocial="window",
    untimed="names",
    owed_notices="names",
)
def reasonable_contact(situation: Situation, law: Law) -> Ruling | None:
    """Requests are kept; the house's hours bind; an unsocial hour goes to a person.

    Where the law gives no hours, ``unsocial`` only ever leads to a review, and a time that the
    person asked for is reasonable. Notices that a law demands are owed whatever was asked.
    """
    attempt = situation.attempt
    if attempt.act not in {"contact", "repossess"}:
        return None
    owed = attempt.purpose in law.names("owed_notices")
    timed = attempt.channel not in law.names("untimed")
    asked = None if owed else _judge_requests(situation, timed=timed)
    if asked is not None:
        return asked
    if not timed:
        return Ruling("allow", "reasonable", values={"local": show_local(situation)})
    hour = _judge_hour(situation, law.window("unsocial"))
    refused = None if owed else _judge_refusal(situation)
    return hour if hour.outcome != "allow" or refused is None else refused


def _judge_requests(situation: Situation, *, timed: bool) -> Ruling | None:
    attempt = situation.attempt
    for wish in standing_wishes(situation, "avoid_contact_point", "avoid_place", "avoid_channel"):
        if wish.marketing_only and "marketing" not in attempt.content:
            continue
        used = (name_wish(wish, situation),)
        if wish.kind == "avoid_contact_point" and is_point(wish, situation):
            return Ruling("block", "refused_point", used=used)
        if wish.kind == "avoid_place" and _is_place(wish, situation):
            return Ruling("block", "refused_place", used=used)
        if wish.kind == "avoid_channel" and attempt.channel in (wish.channels or {attempt.channel}):
            return Ruling("block", "refused_channel", used=used)
    return judge_times(situation) if timed else None


def _judge_refusal(situation: Situation) -> Ruling | None:
    """Who asked not to be contacted at all is owed due regard, which a person gives."""
    for notice in open_notices(situation, "cease", "refuse_contact"):
        if notice.by == situation.attempt.party:
            return Ruling("review", "refused_all", used=(name_notice(notice, situation),))
    return None


def _is_place(wish: Preference, situation: Situation) -> bool:
    """Whether the attempt reaches the person at the place that ``wish`` rules out."""
    told = situation.attempt.place
    places = {told} if told is not None else {PLACE_OF.get(each.kind) for each in situation.points}
    return wish.place in places


def _judge_hour(situation: Situation, unsocial: Window) -> Ruling:
    hours = situation.facts.house_policy.contact_hours
    asked, windows = _asked_times(situation, unsocial)
    edges = (unsocial, *windows, *(() if hours is None else (hours,)))
    retry = retry_at_edges(situation, edges)
    values = {
        "local": show_local(situation),
        "from_": hours.start if hours else unsocial.end,
        "to": hours.end if hours else unsocial.start,
    }
    used = ("house_policy.contact_hours",)
    if hours is not None and not all(hours.holds(local) for local in situation.locals):
        if asked:
            return Ruling("review", "asked_outside_house", None, retry, (*used, *asked), values)
        return Ruling("block", "outside_house", None, retry, used, values)
    if not any(unsocial.holds(local) for local in situation.locals):
        left = minutes_until(hours.end if hours else unsocial.start, situation.locals)
        return Ruling("allow", "reasonable", values=values, minutes_left=left)
    if asked:
        return Ruling("allow", "asked_time", used=asked, values=values)
    return Ruling("review", "unsocial", retry_at=retry, values=values)


def _asked_times(
    situation: Situation, unsocial: Window
) -> tuple[tuple[str, ...], tuple[Window, ...]]:
    """What shows that the person asked for just this time, and every time asked for."""
    locals_ = list(situation.locals)
    channel = situation.attempt.channel
    wishes = [
        wish
        for wish in standing_wishes(situation, "only_time")
        if not wish.channels or channel in wish.channels
    ]
    consents = [each for each in window_consents(situation) if each.kind in _AGREED]
    shown = [
        name_wish(wish, situation)
        for wish in wishes
        if all(any(window.holds(local) for window in wish.windows) for local in locals_)
    ] + ["consents" for each in consents if opens(each, locals_, situation, unsocial)]
    named = [window for wish in wishes for window in wish.windows]
    named += [window for consent in consents for window in consent.windows]
    return tuple(shown), tuple(named)
