"""The counters of the pack for China once more, slowly and plainly, from the texts alone.

Written from the table of rules and the counting units of the case format, without a look at the
gate: each question goes over the whole history again, day by day and dial by dial.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from carrears.conduct.facts import ContactEvent

NOT_CONNECTED = ("busy", "not_in_service", "number_invalid", "no_answer", "rejected")
DEAD = ("not_in_service", "number_invalid")
EFFECTIVE_CALLS_A_DAY = 3
UNANSWERED_DIALS_A_DAY = 6
VISITS_A_DAY = 1
DIALS_IN_A_ROW = 3
DAYS_IN_A_ROW = 3


def day_of(event: ContactEvent, zone: str) -> date:
    """The calendar day of an event where the debtor is."""
    return event.at.replace(tzinfo=ZoneInfo(event.zone)).astimezone(ZoneInfo(zone)).date()


def may_call(history: tuple[ContactEvent, ...], *, today: date, zone: str, loans: set[str]) -> bool:
    """CN-02: fewer than three effective calls to the debtor today on the lender's ``loans``."""
    count = 0
    for event in history:
        if event.direction != "out" or event.channel != "call" or event.party != "D":
            continue
        if day_of(event, zone) == today and event.effective and set(event.debts) & loans:
            count += 1
    return count < EFFECTIVE_CALLS_A_DAY


def may_dial(
    history: tuple[ContactEvent, ...], *, today: date, zone: str, point: str, agreed: int | None
) -> bool:
    """CN-10: fewer than six unanswered dials of this number today, or than were agreed."""
    count = 0
    for event in history:
        if event.direction != "out" or event.channel != "call" or event.contact_point != point:
            continue
        if day_of(event, zone) == today and event.result in NOT_CONNECTED:
            count += 1
    return count < (UNANSWERED_DIALS_A_DAY if agreed is None else agreed)


def may_visit(history: tuple[ContactEvent, ...], *, today: date, zone: str) -> bool:
    """CN-05: no visit to the debtor today yet."""
    visits = [
        event
        for event in history
        if event.channel == "visit" and event.direction == "out" and event.party == "D"
        and day_of(event, zone) == today
    ]  # fmt: skip
    return len(visits) < VISITS_A_DAY


def is_lost(history: tuple[ContactEvent, ...], *, today: date, zone: str, reserved: str) -> bool:
    """CN-12: whether the debtor counts as out of reach today, so that others may be asked."""
    in_order = sorted(history, key=_moment)
    for position in range(len(in_order), 0, -1):
        if _is_contact(in_order[position - 1]):
            in_order = in_order[position:]
            break
    dials = [
        event
        for event in in_order
        if event.direction == "out" and event.channel == "call" and event.contact_point == reserved
    ]
    if any(dial.result in DEAD and day_of(dial, zone) <= today for dial in dials):
        return True
    for first, last in combinations(range(len(dials)), 2):
        row = dials[first : last + 1]
        if any(dial.result not in NOT_CONNECTED for dial in row):
            continue
        if len(row) == DIALS_IN_A_ROW and day_of(row[-1], zone) + timedelta(days=1) <= today:
            return True
        days = sorted({day_of(dial, zone) for dial in row})
        wanted = [days[0] + timedelta(days=ahead) for ahead in range(DAYS_IN_A_ROW)]
        if days == wanted and days[-1] <= today:
            return True
    return False


def _moment(event: ContactEvent) -> datetime:
    return event.at.replace(tzinfo=ZoneInfo(event.zone)).astimezone(ZoneInfo("UTC"))


def _is_contact(event: ContactEvent) -> bool:
    """A conversation, a visit that met him or anything that came from him."""
    if event.party != "D":
        return False
    return event.direction == "in" or event.result in {"conversation", "met"}
