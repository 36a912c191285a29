"""By what, from which desk and how often an hour planned contacts can be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from carrears.casework.models import PlannedAction
from carrears.casework.reach import texts_arrive
from carrears.outreach.calls import WantedCall
from carrears.outreach.messages import Wanted
from carrears.outreach.templates import Template
from carrears.outreach.wanted import WantedContact

# What no hour runs out of.
_UNLIMITED = 10**9


@dataclass(frozen=True, slots=True)
class Choice:
    """One way in which the strategy lets an action be done."""

    channel: str
    template: str


def choices_of(action: PlannedAction) -> tuple[Choice, ...]:
    """The action's own channel, then the one the strategy allows in its place, if any."""
    own = Choice(action.channel, action.template)
    decision = action.case.decision
    other = Choice(
        str(decision.get("else_channel") or ""), str(decision.get("else_template") or "")
    )
    # An event may have decided anew since this was planned: then it stays what it is.
    planned = (str(decision.get("channel") or ""), str(decision.get("template") or ""))
    if planned != (own.channel, own.template) or other.channel in {"", own.channel}:
        return (own,)
    if other.channel == "sms" and not texts_arrive():
        return (own,)
    return (own, other)


def desk_of(action: PlannedAction, channel: str) -> str:
    """Where a contact is made: messages from one place, calls by the collector of the case."""
    return f"call:{action.case.assignee_id or ''}" if channel == "call" else channel


def room_of_desk(per_hour: Mapping[str, int], desk: str) -> int:
    """How many an hour a desk makes; without a limit of its channel, any number."""
    return per_hour.get(desk.partition(":")[0]) or _UNLIMITED


def wanted_by(
    action: PlannedAction, choice: Choice, templates: Mapping[str, Template], at: datetime
) -> WantedContact | None:
    """The contact to ask the gate about; None where it cannot be made at all."""
    party = action.case.party
    assert party is not None  # noqa: S101  only those with one are asked for
    key = f"action:{action.key}"
    if choice.channel == "call":
        return WantedCall(key=key, case=action.case, party=party, at=at)
    template = templates.get(choice.template)
    if template is None or template.channel != choice.channel:
        return None
    return Wanted(key=key, case=action.case, party=party, template=template, at=at)
