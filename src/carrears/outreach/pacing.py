"""Give a night's planned messages lawful moments, no more in an hour than can be sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from carrears.casework.models import ActionState, PlannedAction
from carrears.casework.planning import planned_time
from carrears.conduct import facts as known
from carrears.conduct.gate import judge
from carrears.conduct.spreading import Answer, Choice, Contact, Place, spread
from carrears.outreach.judging import Judged, judge_attempts, pack_of, people_of
from carrears.outreach.messages import Wanted, find_template

# How many contacts' facts are held at a time. What went before has its places for good.
_CHUNK = 500
_DAY = timedelta(days=1)
NO_CAPACITY = "no_capacity"


def pace_planned(*, as_of: date, per_hour: int, moment: datetime) -> dict[str, int]:
    """Spread what is planned for ``as_of`` over the day from ``moment``, the most urgent first.

    Each message gets the first moment in the house's hours of the debtor's place at which the
    gate would let it go and the hour has room. What is lawful but finds no room is cancelled, so
    that the next day plans it afresh; what is not lawful all day keeps its time, at which the
    gate says why. Returns how many were ``paced``, ``unlawful`` and without ``no_capacity``.
    """
    planned = PlannedAction.objects.filter(
        state=ActionState.PLANNED, channel="email", as_of=as_of, case__party__isnull=False
    )
    numbers = list(planned.order_by("-case__priority", "pk").values_list("pk", flat=True))
    taken, told = Counter[Place](), Counter[str]()
    for start in range(0, len(numbers), _CHUNK):
        chosen = planned.filter(pk__in=numbers[start : start + _CHUNK])
        actions = list(chosen.select_related("case__party").order_by("pk"))
        told += _pace(actions, taken, per_hour=per_hour, moment=moment)
    return {name: told[name] for name in ("paced", "unlawful", NO_CAPACITY)}


def _pace(
    actions: list[PlannedAction], taken: Counter[Place], *, per_hour: int, moment: datetime
) -> Counter[str]:
    wanted = [_wanted(action, moment) for action in actions]
    judged = judge_attempts(wanted, people_of(wanted))
    contacts = [
        Contact(str(action.pk), action.case.priority, (Choice("email", _asker(action, one)),))
        for action, one in zip(actions, judged, strict=True)
    ]
    plan = spread(
        contacts,
        first=moment,
        until=moment + _DAY,
        per_hour={"email": per_hour},
        taken=taken,
    )
    taken.update(plan.placed.values())
    for action in actions:
        if place := plan.placed.get(str(action.pk)):
            action.planned_for = place.at
        elif str(action.pk) in plan.crowded:
            action.state, action.reason = ActionState.CANCELLED, NO_CAPACITY
    _keep(actions)
    return Counter(
        {"paced": len(plan.placed), "unlawful": len(plan.unlawful), NO_CAPACITY: len(plan.crowded)}
    )


@transaction.atomic
def _keep(actions: list[PlannedAction]) -> None:
    """Move what still waits: a sender or an event may have settled some meanwhile."""
    numbers = [action.pk for action in actions]
    waiting = PlannedAction.objects.select_for_update(of=("self",)).filter(
        pk__in=numbers, state=ActionState.PLANNED
    )
    still = set(waiting.order_by("pk").values_list("pk", flat=True))
    PlannedAction.objects.bulk_update(
        [action for action in actions if action.pk in still], ["planned_for", "state", "reason"]
    )


def _wanted(action: PlannedAction, moment: datetime) -> Wanted:
    party = action.case.party
    assert party is not None  # noqa: S101  asked for
    return Wanted(
        key=f"action:{action.key}",
        case=action.case,
        party=party,
        template=find_template(action.template),
        at=max(action.planned_for, moment),
        action=action,
    )


def _asker(action: PlannedAction, judged: Judged) -> Callable[[datetime], Answer]:
    """The gate's answer by the facts of now, within the house's hours."""
    told = judged.attempt.to_json()
    pack, earliest = pack_of(action.case.jurisdiction), action.planned_for

    def ask(at: datetime) -> Answer:
        opens = max(planned_time(action.as_of, judged.attempt.zone, moment=at), earliest)
        if opens > at:
            return Answer(allowed=False, next_at=opens)
        local = at.astimezone(UTC).replace(tzinfo=None)
        attempt = known.Attempt.model_validate({**told, "at": local, "zone": "UTC"})
        verdict = judge(judged.facts, attempt, pack, law_on=judged.law_on)
        return Answer(verdict.gate_action == "allow", verdict.next_allowed_at)

    return ask
