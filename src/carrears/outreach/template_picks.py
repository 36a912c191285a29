"""What the strategy would send for a case today, and why just that: nothing is kept or sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from carrears.casework.models import ActionState, Case, CaseState
from carrears.experiments.models import Arm
from carrears.outreach.cadences import WRITTEN_WAYS, language_of_step
from carrears.outreach.template_book import today
from carrears.outreach.template_choice import Choice
from carrears.outreach.template_trials import words_of
from carrears.outreach.templates import Template
from carrears.strategy.kept_cadences import kept_cadences

From = Literal["planned", "decided", "otherwise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One message that the strategy sends, or wants to send, to the debtor of a case.

    ``source`` says whether it is planned already, what the decision names, or what it names for
    where that cannot be done. ``arm`` is that of an experiment with words. Without ``choice``
    nothing can be sent, for the reason in ``problem``.
    """

    source: From
    channel: str
    named: str
    choice: Choice | None
    arm: Arm | None
    problem: str = ""


def picks_of(case: Case) -> tuple[Pick, ...]:
    """What is planned for an open case, then what its decision names; each message once."""
    wished = list(dict.fromkeys(_wished(case)))
    once = {(channel, key, language): source for source, channel, key, language in reversed(wished)}
    asked = [one for one in wished if once[one[1:]] == one[0]]
    said = words_of([(case, key, language) for _, _, key, language in asked], on=today())
    arms = Arm.objects.select_related("experiment").in_bulk(
        [one.trial.arm for one in said if one.trial]
    )
    return tuple(
        Pick(
            source=source,
            channel=channel,
            named=key,
            choice=one.choice,
            arm=arms.get(one.trial.arm) if one.trial else None,
            problem="" if isinstance(one.found, Template) else str(one.found),
        )
        for (source, channel, key, _), one in zip(asked, said, strict=True)
    )


def _wished(case: Case) -> Iterator[tuple[From, str, str, str]]:
    if case.state != CaseState.OPEN:
        return
    kept = kept_cadences()
    planned = case.actions.filter(state=ActionState.PLANNED, channel__in=WRITTEN_WAYS)
    for action in planned.select_related("case__party").order_by("planned_for", "pk"):
        yield "planned", action.channel, action.template, language_of_step(action, kept)
    decision = case.decision
    ways: tuple[tuple[From, str], ...] = (("decided", ""), ("otherwise", "else_"))
    for source, part in ways:
        channel = str(decision.get(f"{part}channel") or "")
        template = str(decision.get(f"{part}template") or "")
        if channel in WRITTEN_WAYS and template:
            yield source, channel, template, ""
