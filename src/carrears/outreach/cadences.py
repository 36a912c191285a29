"""How a step of a cadence is said: in which language, and when, where its hour is closed to it."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from carrears.casework.models import PlannedAction
from carrears.casework.planning import planned_time
from carrears.clock import local_day
from carrears.conduct.models import VerdictRecord
from carrears.portfolio.products import load_products
from carrears.strategy.cadences import load_cadences

_PUT_OFF = "later"


def language_of_step(action: PlannedAction) -> str:
    """The language in which the cadence has a step said; empty: the debtor's own."""
    if action.step_day is None:
        return ""
    home = Path(settings.CARREARS_HOME)
    cadence = load_cadences(home).named.get(action.cadence)
    language = cadence.language_of(action.step_day) if cadence else "debtor"
    if language == "product":
        return load_products(home)[action.case.product].locale
    return "" if language == "debtor" else language


def attempt_key(action: PlannedAction) -> str:
    """The key of the contact that an action is; one that was put off is asked about anew."""
    if action.step_day is None or action.reason != _PUT_OFF:
        return f"action:{action.key}"
    return f"action:{action.key}:{action.planned_for:%Y%m%dT%H%M}"


def put_off(action: PlannedAction, verdict: VerdictRecord) -> bool:
    """Put a step that the gate stopped on the next lawful moment in the house's hours.

    Only where its cadence says so, the gate names a moment, and that lies in the step's time: once
    the next step's day has come, that one is said. Tells whether it was put off; nothing is saved.
    """
    if action.step_day is None or action.until_on is None or verdict.next_allowed_at is None:
        return False
    home = Path(settings.CARREARS_HOME)
    cadence = load_cadences(home).named.get(action.cadence)
    if cadence is None or cadence.closed_hours_of(action.step_day) == "skip":
        return False
    zone = _zone(action)
    moment = max(verdict.next_allowed_at, action.planned_for)
    at = planned_time(local_day(moment, zone), zone, moment=moment)
    on = local_day(at, zone)
    if at <= action.planned_for or on > action.until_on:
        return False
    action.as_of += on - local_day(action.planned_for, zone)
    action.planned_for, action.reason = at, _PUT_OFF
    return True


def _zone(action: PlannedAction) -> str:
    own = action.case.party.time_zone if action.case.party else ""
    return own or load_products(Path(settings.CARREARS_HOME))[action.case.product].time_zone
