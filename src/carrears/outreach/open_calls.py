"""Calls whose result nobody told go to the team lead, by dated data (``open_calls.yaml``)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from pydantic import BaseModel, ConfigDict, PositiveInt

from carrears.casework.models import CaseEvent
from carrears.casework.services import Line, tell_many
from carrears.clock import local_day
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.services import contact_moment
from carrears.yamls import load_yaml

_KEY = "call-left:"


class LeftOpen(BaseModel):
    """After how many minutes a booked call counts as left open. The house's own policy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_on: date
    minutes: PositiveInt
    source: str
    still_valid_on: date


def left_open_on(day: date) -> LeftOpen:
    """What holds on a day.

    Raises:
        KeyError: nothing is written for so early a day.
    """
    held = [one for one in _read() if one.from_on <= day]
    if not held:
        raise KeyError(f"no rule for calls left open on {day}")
    return max(held, key=lambda one: one.from_on)


def left_before(at: datetime) -> datetime:
    """What was booked until then and not told of is left open at ``at``."""
    minutes = left_open_on(local_day(at, settings.TIME_ZONE)).minutes
    return at - timedelta(minutes=minutes)


def calls_left(at: datetime) -> QuerySet[Attempt]:
    """The calls that are left open."""
    booked = Attempt.objects.filter(state=AttemptState.BOOKED, channel="call")
    return booked.filter(booked_at__lte=left_before(at))


def raise_calls_left(*, at: datetime) -> int:
    """Tell of each call that is left open, once: on the case's timeline, with its evidence.

    How many are new. Bears a second start.
    """
    key = Concat(Value(_KEY), Cast(OuterRef("pk"), CharField()))
    told = CaseEvent.objects.filter(case=OuterRef("case"), key=key)
    fresh = list(calls_left(at).filter(~Exists(told)).select_related("case", "made_by"))
    minutes = left_open_on(local_day(at, settings.TIME_ZONE)).minutes
    tell_many(
        Line(
            case=one.case,
            kind="call_left",
            at=contact_moment(one.case),
            key=f"{_KEY}{one.pk}",
            data={
                "attempt": one.pk,
                "minutes": minutes,
                "collector": one.made_by.get_username() if one.made_by else "",
                "agency": one.agency,
            },
            agency=one.agency,
        )
        for one in fresh
    )
    return len(fresh)


@cache
def _read() -> tuple[LeftOpen, ...]:
    raw = load_yaml(Path(__file__).with_name("open_calls.yaml").read_bytes())
    return tuple(LeftOpen.model_validate(one) for one in raw)
