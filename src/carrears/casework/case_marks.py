"""What stops or presses a case on the day that counts for it, as a condition of a query."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value, When
from django.db.models.functions import Greatest
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from carrears.casework.models import NOT_KEPT, Hold, Promise
from carrears.clock import live_days, local_day, now

MARKS = ("hold", "dispute", "do_not_contact", "broken_promise", "promise")
_THE_CASE = OuterRef("pk")
# Of a room further right: given the condition that a row stands on the case's day.
_OF_OTHERS: dict[str, Callable[[Q], Exists]] = {}


def register_mark(name: str, asked: Callable[[Q], Exists]) -> None:
    """Have a room whose tables casework does not know answer for one of ``MARKS``."""
    assert name in MARKS  # noqa: S101  the room's own code names it
    _OF_OTHERS[name] = asked


def marks() -> dict[str, Any]:
    """What stops or presses each case of a query on the day that counts for it, by ``MARKS``."""
    day = _day_of_case(local_day(now(), settings.TIME_ZONE))
    on_the_day = Q(Q(until_on=None) | Q(until_on__gte=day), from_on__lte=day)
    his = Q(case=_THE_CASE) | Q(case=None, party=OuterRef("party"))
    holds = Hold.objects.filter(his, on_the_day, lifted_on=None)
    known: dict[str, Any] = {
        "hold": Exists(holds),
        "dispute": Exists(holds.filter(reason="dispute")),
        "broken_promise": Exists(Promise.objects.filter(case=_THE_CASE, state__in=NOT_KEPT)),
        "promise": Exists(Promise.objects.filter(case=_THE_CASE, state="open")),
    } | {name: asked(on_the_day) for name, asked in _OF_OTHERS.items()}
    return {name: known[name] for name in MARKS}


def _day_of_case(today: date) -> models.Case:
    """Today, though the night that brings the book there is still to come; of a replay its day."""
    stands, (first, last) = OuterRef("as_of"), live_days(today)
    is_live = Q(GreaterThanOrEqual(stands, Value(first)), LessThanOrEqual(stands, Value(last)))
    return models.Case(
        When(is_live, then=Greatest(stands, Value(today))),
        default=stands,
        output_field=models.DateField(),
    )
