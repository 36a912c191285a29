"""Recovery as proposed directions would have it: whom, when, where and by whom."""

from __future__ import annotations

from collections.abc import Callable

from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.clocks import retry_at_edges, show_local
from carrears.conduct.rules.pauses import (
    Days,
    concerns_party,
    name_notice,
    open_notices,
    received_on,
)
from carrears.conduct.rules.scope import (
    find_place,
    is_collection,
    is_customer,
    is_voluntary_payer,
)
from carrears.conduct.rules.wishes import judge_times, standing_wishes
from carrears.conduct.situation import Situation

Question = Callable[[Situation, Law], Ruling | None]


@logic(
    "in_order",
    "outsider",
    "volunteers",
    "complaint",
    "agent_unannounced",
    "agent_uncertified",
    "agent_unknown",
    "occasion",
    "occasion_message",
    "closed",
    "refused_time",
    "refused_place",
    "place",
    "place_unknown",
    "unrecorded",
    closed="window",
    untimed="names",
    occasions="names",
    occasion_channels="names",
    recorded="names",
    collection_purposes="names",
    collection_content="names",
)
def recovery_conduct(situation: Situation, law: Law) -> Ruling | None:
    """Each question in its turn; the first that blocks, else the first that doubts, answers."""
    if not situation.is_contact or not is_collection(situation, law):
        return None
    rulings = [question(situation, law) for question in _QUESTIONS]
    said = [ruling for ruling in rulings if ruling is not None]
    blocks = [ruling for ruling in said if ruling.outcome == "block"]
    return next(iter(blocks or said), Ruling("allow", "in_order"))


def _whom(situation: Situation, law: Law) -> Ruling | None:
    """Only the borrower and the guarantor; not relatives, friends, referees, colleagues."""
    del law
    if is_customer(situation):
        return None
    if is_voluntary_payer(situation):
        return Ruling("review", "volunteers", used=("consents", "attempt.party"))
    return Ruling("block", "outsider", used=("attempt.party",))


def _complaint(situation: Situation, law: Law) -> Ruling | None:
    """A case with a complaint open is not given to agents."""
    del law
    if not _is_agent(situation):
        return None
    for notice in open_notices(situation, "complaint"):
        if Days(received_on(notice), notice.ends_on).hold(situation):
            return Ruling("block", "complaint", used=(name_notice(notice, situation),))
    return None


def _agent(situation: Situation, law: Law) -> Ruling | None:
    """The agent is certified, and the borrower was told of him before."""
    del law
    collector = situation.collector
    if not _is_agent(situation) or collector is None:
        return None
    used = (f"organisations:{collector.id}",)
    if collector.borrower_told_of_agent is False:
        return Ruling("block", "agent_unannounced", used=used)
    if collector.agent_certified is False:
        return Ruling("block", "agent_uncertified", used=used)
    if collector.borrower_told_of_agent is None or collector.agent_certified is None:
        return Ruling("review", "agent_unknown", used=used)
    return None


def _occasion(situation: Situation, law: Law) -> Ruling | None:
    """No calls or visits at bereavement, calamity, weddings and festivals."""
    channel = situation.attempt.channel
    for notice in open_notices(situation, *law.names("occasions")):
        days = Days(notice.starts_on or received_on(notice), notice.ends_on)
        if not concerns_party(notice, situation) or not days.hold(situation):
            continue
        used, retry = (name_notice(notice, situation),), days.end(situation)
        if channel is None or channel in law.names("occasion_channels"):
            return Ruling("block", "occasion", retry_at=retry, used=used)
        return Ruling("review", "occasion_message", retry_at=retry, used=used)
    return None


def _hours(situation: Situation, law: Law) -> Ruling | None:
    closed = law.window("closed")
    if situation.attempt.channel in law.names("untimed"):
        return None
    if not any(closed.holds(local) for local in situation.locals):
        return None
    retry = retry_at_edges(situation, (closed,))
    values = {"from_": closed.end, "to": closed.start, "local": show_local(situation)}
    return Ruling("block", "closed", retry_at=retry, values=values)


def _wishes(situation: Situation, law: Law) -> Ruling | None:
    """A time that the person asked to be spared is spared."""
    if situation.attempt.channel in law.names("untimed"):
        return None
    return judge_times(situation)


def _place(situation: Situation, law: Law) -> Ruling | None:
    """The place that the borrower chose, else the home, else the workplace."""
    del law
    attempt = situation.attempt
    if attempt.channel != "visit":
        return None
    place, used = find_place(situation), ("attempt.place",)
    if any(wish.place == place for wish in standing_wishes(situation, "avoid_place")):
        return Ruling("block", "refused_place", used=used)
    if place == "home" or attempt.party_agrees_now is True:
        return None
    if place is None:
        return Ruling("review", "place_unknown", used=used)
    if place == "work" and _was_not_home(situation):
        return None
    return Ruling("block", "place", used=used)


def _recording(situation: Situation, law: Law) -> Ruling | None:
    attempt = situation.attempt
    if attempt.channel in law.names("recorded") and attempt.disclosures.recording is False:
        return Ruling("block", "unrecorded", used=("attempt.disclosures.recording",))
    return None


_QUESTIONS: tuple[Question, ...] = (
    _whom,
    _complaint,
    _agent,
    _occasion,
    _hours,
    _wishes,
    _place,
    _recording,
)


def _is_agent(situation: Situation) -> bool:
    """Whether somebody else than every creditor acts."""
    return not situation.creditors <= {situation.attempt.collector}


def _was_not_home(situation: Situation) -> bool:
    """Whether the last visit at home found nobody."""
    homes = {point.id for point in situation.facts.contact_points if point.kind == "home_address"}
    visits = [
        event
        for event in situation.facts.history
        if event.channel == "visit"
        and event.direction == "out"
        and event.party == situation.attempt.party
        and (event.contact_point is None or event.contact_point in homes)
    ]
    last = max(visits, key=lambda event: event.moment, default=None)
    return last is not None and last.result == "not_home"
