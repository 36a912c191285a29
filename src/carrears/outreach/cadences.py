"""How a step of a cadence is said: in which language, when, and by which of its ways.

``kept`` are the cadences of all versions of the strategy (``kept_cadences``).
"""

from __future__ import annotations

from carrears.casework.cadence_steps import REFUSED
from carrears.casework.case_product import product_of
from carrears.casework.models import ActionState, PlannedAction
from carrears.casework.planning import planned_time
from carrears.casework.reach import is_refused, texts_arrive
from carrears.clock import local_day
from carrears.conduct.models import VerdictRecord
from carrears.outreach.wanted import KIND_OF_CHANNEL
from carrears.parties.models import ContactPoint
from carrears.strategy.cadences import Cadence
from carrears.strategy.kept_cadences import KeptCadences

_PUT_OFF = "later"
NEXT_WAY = "next way"
WRITTEN_WAYS = frozenset({"sms", "email", "letter", "portal"})


def language_of_step(action: PlannedAction, kept: KeptCadences) -> str:
    """The language in which the cadence has a step said; empty: the debtor's own."""
    if action.step_day is None:
        return ""
    cadence = _cadence(action, kept)
    language = cadence.language_of(action.step_day) if cadence else "debtor"
    if language == "product":
        return product_of(action.case).locale
    return "" if language == "debtor" else language


def attempt_key(action: PlannedAction) -> str:
    """The key of the contact that an action is; another time or way is asked about anew."""
    if action.step_day is None or action.reason not in {_PUT_OFF, NEXT_WAY}:
        return f"action:{action.key}"
    told = f"action:{action.key}:{action.planned_for:%Y%m%dT%H%M}"
    return f"{told}:{action.channel}" if action.reason == NEXT_WAY else told


def put_off(action: PlannedAction, verdict: VerdictRecord, kept: KeptCadences) -> bool:
    """Put a step that the gate stopped on the next lawful moment in the house's hours.

    Only where its cadence says so, the gate names a moment, and that lies in the step's time: once
    the next step's day has come, that one is said. Tells whether it was put off; nothing is saved.
    """
    if action.step_day is None or action.until_on is None or verdict.next_allowed_at is None:
        return False
    cadence = _cadence(action, kept)
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


def take_next_way(action: PlannedAction, verdict: VerdictRecord, kept: KeptCadences) -> bool:
    """Give a step that the gate refused the next of its ways by which the person can be reached.

    Ways are taken in their order, each once; a call is left to people, but one that was refused
    beforehand, which nobody is asked to make: its verdict is kept beside it (``refused_calls``).
    What asks for a person's review waits for that. Tells whether there was one; nothing is saved.
    """
    if action.step_day is None or verdict.gate_action != "block":
        return False
    tried = set(action.attempts.values_list("channel", flat=True)) | {action.channel}
    ways = [(channel, text) for channel, text in _ways(action, kept) if channel not in tried]
    if "sms" in {channel for channel, _ in ways} and not texts_arrive():
        ways = [(channel, text) for channel, text in ways if channel != "sms"]
    points = ContactPoint.objects.filter(party=action.case.party_id, valid=True)
    kinds = set(points.values_list("kind", flat=True)) if ways else set()
    for channel, template in ways:
        if KIND_OF_CHANNEL[channel] in kinds:
            action.channel, action.template, action.reason = channel, template, NEXT_WAY
            if channel == "call" and is_refused(action.case.party_id, channel):
                action.state, action.reason = ActionState.CANCELLED, REFUSED
            return True
    return False


def _cadence(action: PlannedAction, kept: KeptCadences) -> Cadence | None:
    """That of the version which decides the case."""
    return kept.of(action.case.strategy_id).named.get(action.cadence)


def _ways(action: PlannedAction, kept: KeptCadences) -> list[tuple[str, str]]:
    """The ways of a step, channel and template: its own, else what the case's decision names."""
    cadence = _cadence(action, kept)
    step = cadence.step(action.step_day) if cadence and action.step_day is not None else None
    if step is not None and step.by:
        return [(way.channel, way.template) for way in step.by]
    decided = action.case.decision
    named = (
        (str(decided.get(f"{part}channel") or ""), str(decided.get(f"{part}template") or ""))
        for part in ("", "else_")
    )
    return [(channel, text) for channel, text in named if channel in WRITTEN_WAYS and text]


def _zone(action: PlannedAction) -> str:
    own = action.case.party.time_zone if action.case.party else ""
    return own or product_of(action.case).time_zone
