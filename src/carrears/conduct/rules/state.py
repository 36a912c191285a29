"""Limits of a single state on calls and texts about a debt, creditors included."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from carrears.clock import zone as zone_of
from carrears.conduct.facts import ContactEvent, ContactPoint
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.consumers import find_answered, is_consumer
from carrears.conduct.situation import Situation
from carrears.conduct.windows import next_day

_PERSONAL = frozenset({"mobile", "home_landline"})


@logic(
    "below",
    "used_up",
    "used_up_elsewhere",
    "answers",
    "doubtful_content",
    channels="names",
    cap="count",
    days="count",
    cap_elsewhere="count",
    days_elsewhere="count",
    doubtful="names",
)
def debt_communications(situation: Situation, law: Law) -> Ruling | None:
    """At most ``cap`` calls and texts about a debt in ``days`` days, whoever makes them.

    At numbers that are not the debtor's own, ``cap_elsewhere`` in ``days_elsewhere``. A number
    of unknown kind must keep to both.
    """
    attempt = situation.attempt
    if not situation.is_contact or attempt.channel not in law.names("channels"):
        return None
    if is_consumer(situation) is not True:
        return None
    own = _is_own(situation.points)
    found = []
    if own is not False:
        found.append(_judge(situation, law, "used_up", own=True))
    if own is not True:
        found.append(_judge(situation, law, "used_up_elsewhere", own=False))
    against = [ruling for ruling in found if ruling.outcome != "allow"]
    if against:
        ruling = max(against, key=lambda each: str(each.retry_at))
        if answered := find_answered(situation):
            used = (f"history:{answered.id}",)
            return Ruling("review", "answers", None, ruling.retry_at, used, ruling.values)
        return ruling
    if not law.names("doubtful").isdisjoint(attempt.content):
        return Ruling("review", "doubtful_content", used=("attempt.content",))
    # A number of unknown kind keeps to both caps; the room is that of the tighter.
    spent = max((each.spent for each in found if each.spent), key=lambda n: n[0] - n[1])
    return found[0]._replace(spent=spent)


def _judge(situation: Situation, law: Law, reason: str, *, own: bool) -> Ruling:
    cap = law.number("cap" if own else "cap_elsewhere")
    days = law.number("days" if own else "days_elsewhere")
    worst = Ruling("allow", "below", values={"count": 0, "cap": cap, "days": days}, spent=(0, cap))
    for debt in situation.attempt.debts:
        for zone, today in zip(situation.zones, situation.days, strict=True):
            first = today - timedelta(days=days - 1)
            counted = [
                (day, event)
                for event in situation.facts.history
                if _counts(event, debt, situation, law, own=own)
                and (day := _day(event, zone)) >= first
            ]
            counted.sort(key=lambda each: each[1].moment)
            spare = len(counted) - cap
            values = {"count": len(counted), "cap": cap, "days": days}
            used = tuple(f"history:{event.id}" for _, event in counted)
            if spare < 0:
                if worst.outcome == "allow" and len(counted) >= int(str(worst.values["count"])):
                    spent = len(counted), cap
                    worst = Ruling("allow", "below", used=used, values=values, spent=spent)
                continue
            retry = _retry(today, zone, counted[spare][0], days)
            if worst.retry_at is None or retry > worst.retry_at:
                worst = Ruling("block", reason, None, retry, used, values)
    return worst


def _counts(event: ContactEvent, debt: str, situation: Situation, law: Law, *, own: bool) -> bool:
    """Whether an attempt to call or text about ``debt`` counts; unknown numbers count twice."""
    if event.direction != "out" or event.channel not in law.names("channels"):
        return False
    if event.debts and debt not in event.debts:
        return False
    points = tuple(
        point for point in situation.facts.contact_points if point.id == event.contact_point
    )
    return _is_own(points) in {own, None}


def _is_own(points: tuple[ContactPoint, ...]) -> bool | None:
    """Whether the number is the debtor's residence, mobile or told as his own."""
    kinds = {
        point.personal_number
        if point.personal_number is not None
        else {"work_landline": False}.get(point.kind, point.kind in _PERSONAL or None)
        for point in points
    }
    return kinds.pop() if len(kinds) == 1 else None


def _day(event: ContactEvent, zone: str) -> date:
    return event.moment.astimezone(zone_of(zone)).date()


def _retry(today: date, zone: str, oldest: date, days: int) -> datetime:
    return next_day(today, zone, days=days - (today - oldest).days)
