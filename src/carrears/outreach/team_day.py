"""What people do now and have done today, for whoever leads them.

A day is the one that the book is at (``business_day``): today, or of a replayed book its own. A
contact counts where it was made or told by the person, on a case that the reader sees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Now

from carrears.access.models import User
from carrears.casework.day_plans import plan_day_of_house
from carrears.casework.models import (
    ActionState,
    Case,
    CaseEvent,
    CaseState,
    PlannedAction,
    Promise,
    PromisePart,
    Showing,
)
from carrears.casework.seeing import of_visible_cases, visible_cases
from carrears.clock import at_local
from carrears.outreach.models import Attempt, AttemptState, ContactOutcome

_BY_MACHINE = ("email", "sms", "letter", "im", "portal")


@dataclass(frozen=True, slots=True)
class Today:
    """The day of the book, and from when until when (outside) it lasts by the lender's clock."""

    day: date
    first: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Doing:
    """The case that somebody has open; ``call_since`` while a call on it is not told of."""

    loan_no: str
    since: datetime
    call_since: datetime | None = None


@dataclass(slots=True)
class Done:
    """What one person did today; ``promised`` is minor units by currency."""

    cases: int = 0
    promises: int = 0
    promised: dict[str, int] | None = None
    blocked: int = 0
    review: int = 0


@dataclass(frozen=True, slots=True)
class Waits:
    """How much of something waits, and since when the oldest of it does."""

    number: int
    oldest: datetime | date | None


@dataclass(frozen=True, slots=True)
class DueToday:
    """The parts of promises that are due today, all and met; minor units by currency."""

    number: int
    met: int
    amounts: dict[str, int]


def today_of_book() -> Today:
    """The day that counts as today, as for the plan of the day."""
    zone, day = settings.TIME_ZONE, plan_day_of_house()
    end = day + timedelta(days=1)
    return Today(day, at_local(day, time.min, zone), at_local(end, time.min, zone))


def doing_now(user: User, people: Collection[int]) -> dict[int, list[Doing]]:
    """The cases that people have open at this moment, as far as ``user`` sees them; newest first.

    A call that is booked and not told of counts as open although its page was left.
    """
    shown = of_visible_cases(Showing.objects.filter(user__in=people, until__gt=Now()), user)
    calls = of_visible_cases(
        Attempt.objects.filter(state=AttemptState.BOOKED, channel="call", made_by__in=people), user
    )
    found: dict[tuple[int, str], Doing] = {
        (who, loan_no): Doing(loan_no, since)
        for who, loan_no, since in shown.values_list("user", "case__loan_no", "since")
    }
    for who, loan_no, booked_at in calls.values_list("made_by", "case__loan_no", "booked_at"):
        known = found.get((who, loan_no))
        found[who, loan_no] = Doing(loan_no, known.since if known else booked_at, booked_at)
    doing: dict[int, list[Doing]] = defaultdict(list)
    for (who, _), one in sorted(found.items(), key=lambda each: each[1].since, reverse=True):
        doing[who].append(one)
    return doing


def done_today(user: User, people: Collection[int], today: Today) -> dict[int, Done]:
    """What each of them did today."""
    done: dict[int, Done] = defaultdict(Done)
    for who, _ in _worked(user, today, people):
        done[who].cases += 1
    within = {"at__gte": today.first, "at__lt": today.until}
    mine = of_visible_cases(Attempt.objects.filter(**within, made_by__in=people), user).order_by()
    stopped = mine.filter(state=AttemptState.BLOCKED).values_list("made_by", "gate_action")
    for who, action, number in stopped.annotate(number=Count("pk")):
        done[who].review += number if action == "review" else 0
        done[who].blocked += number if action == "block" else 0
    promises = _promised(user, today).filter(made_by__in=people)
    sums: Any = promises.values("made_by", "currency")
    for row in sums.annotate(number=Count("pk"), money=Sum("amount")):
        one = done[row["made_by"]]
        one.promises += row["number"]
        one.promised = (one.promised or {}) | {row["currency"]: row["money"]}
    return done


def worked_today(user: User, today: Today) -> int:
    """How many different cases anybody worked today, of those that ``user`` sees."""
    return len({case for _, case in _worked(user, today, None)})


def promised_today(user: User, today: Today) -> tuple[int, dict[str, int]]:
    """The promises made today, whoever took them: how many, and their sums by currency."""
    sums: Any = _promised(user, today).values("currency")
    found = sums.annotate(number=Count("pk"), money=Sum("amount"))
    rows = list(found.values_list("currency", "number", "money"))
    return sum(number for _, number, _ in rows), {currency: money for currency, _, money in rows}


def _worked(user: User, today: Today, people: Collection[int] | None) -> set[tuple[int, int]]:
    """Who worked which case today; without ``people`` whoever it was, and not the machine."""
    within = {"at__gte": today.first, "at__lt": today.until}
    made = of_visible_cases(Attempt.objects.filter(**within), user).order_by()
    told = of_visible_cases(ContactOutcome.objects.filter(**within), user).order_by()
    if people is None:
        made, told = made.exclude(made_by=None), told.exclude(told_by=None)
    else:
        made, told = made.filter(made_by__in=people), told.filter(told_by__in=people)
    made = made.exclude(state=AttemptState.BLOCKED)
    return set(made.values_list("made_by", "case")) | set(told.values_list("told_by", "case"))


def _promised(user: User, today: Today) -> QuerySet[Promise]:
    made = Promise.objects.filter(made_on=today.day)
    made = made.exclude(state="cancelled", cancelled_for__in=("replaced", "withdrawn"))
    return of_visible_cases(made, user).order_by()


def stopped_today(user: User, today: Today) -> dict[str, int]:
    """How often the gate stopped something today, by its action, whoever or whatever asked."""
    found = Attempt.objects.filter(
        at__gte=today.first, at__lt=today.until, gate_action__in=("block", "review")
    )
    seen = of_visible_cases(found, user).order_by().values_list("gate_action")
    return dict(seen.annotate(number=Count("pk")))


def tasks_waiting(user: User, today: Today) -> Waits:
    """The contacts that the strategy planned for a person up to today and nobody made.

    On open cases: what else there is has left everybody's queue.
    """
    planned = PlannedAction.objects.filter(state=ActionState.PLANNED, as_of__lte=today.day)
    mine = visible_cases(user).select_related(None).filter(state=CaseState.OPEN).values("pk")
    found = planned.filter(case__in=mine).exclude(channel__in=_BY_MACHINE)
    told = found.order_by().aggregate(number=Count("pk"), oldest=Min("planned_for"))
    return Waits(told["number"], told["oldest"])


def follow_ups_overdue(user: User, today: Today) -> Waits:
    """How many follow-ups are overdue."""
    late = late_cases(user, today).order_by()
    told = late.aggregate(number=Count("pk"), oldest=Min("follow_up_on"))
    return Waits(told["number"], told["oldest"])


def late_cases(user: User, today: Today) -> QuerySet[Case]:
    """The open cases to which somebody wanted to come back before today."""
    found = visible_cases(user).select_related(None).filter(state=CaseState.OPEN)
    return found.filter(follow_up_on__lt=today.day)


def open_replies(user: User) -> QuerySet[CaseEvent]:
    """The replies that ask for a person, on cases that are not closed, and that nobody answered.

    A reply is answered by the next outcome that is told on its case.
    """
    later = CaseEvent.objects.filter(case=OuterRef("case"), kind="outcome", pk__gt=OuterRef("pk"))
    found = CaseEvent.objects.filter(~Exists(later), kind="note", data__has_key="means")
    return of_visible_cases(found.exclude(case__state=CaseState.CLOSED), user)


def replies_waiting(user: User) -> Waits:
    """How many replies nobody answered."""
    told = open_replies(user).order_by().aggregate(number=Count("pk"), oldest=Min("happened_at"))
    return Waits(told["number"], told["oldest"])


def promises_due_today(user: User, today: Today) -> DueToday:
    """The parts of promises that are due today."""
    parts = PromisePart.objects.filter(due_on=today.day).exclude(promise__state="cancelled")
    seen: Any = of_visible_cases(parts, user, by="promise__case").order_by()
    amounts: dict[str, int] = {}
    number = met = 0
    for row in seen.values(currency=F("promise__currency")).annotate(
        number=Count("pk"), money=Sum("amount"), kept=Count("pk", filter=Q(state="kept"))
    ):
        amounts[row["currency"]] = row["money"]
        number, met = number + row["number"], met + row["kept"]
    return DueToday(number, met, amounts)
