"""Plan what the strategy wants done for each open case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from heapq import heapify, heapreplace

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Count, Q

from carrears.casework.models import ActionState, Case, CaseState, PlannedAction
from carrears.clock import at_local, is_replay, local_day

# When this house plans to write, in the debtor's local time: well inside every pack's lawful
# hours. Whether a message may leave is not decided here but by the gate.
_FROM, _TO = time(10, 0), time(20, 0)


def plan_actions(
    cases: Iterable[Case], *, as_of: date, zones: Mapping[int, str], moment: datetime
) -> list[PlannedAction]:
    """Plan each case's next action unless its cadence says that it is too soon.

    ``zones`` gives the debtor's time zone by case id, ``moment`` is now. Planning twice for a
    day plans once.
    """
    wanted = [case for case in cases if case.decision.get("channel")]
    recent = _last_done(wanted)
    due = [case for case in wanted if _is_due(case, as_of, recent.get(case.pk))]
    planned = [
        _action(case, as_of, planned_time(as_of, zones[case.pk], moment=moment)) for case in due
    ]
    return PlannedAction.objects.bulk_create(planned, ignore_conflicts=True, batch_size=1000)


def planned_time(as_of: date, zone: str, *, moment: datetime) -> datetime:
    """The next moment in the house's hours; of a replayed book, the morning of its day."""
    if is_replay(as_of, today=local_day(moment, zone)):
        return at_local(as_of, _FROM, zone)
    today = local_day(moment, zone)
    if moment < at_local(today, _FROM, zone):
        return at_local(today, _FROM, zone)
    if moment < at_local(today, _TO, zone):
        return moment
    return at_local(today + timedelta(days=1), _FROM, zone)


def _last_done(cases: list[Case]) -> dict[int, date]:
    live = (ActionState.PLANNED, ActionState.SENT, ActionState.DONE)
    rows = (
        PlannedAction.objects.filter(case__in=[case.pk for case in cases], state__in=live)
        .order_by("case_id", "as_of")
        .values_list("case_id", "as_of")
    )
    return dict(rows)


def _is_due(case: Case, as_of: date, last: date | None) -> bool:
    cadence = timedelta(days=int(case.decision.get("cadence_days") or 1))
    return last is None or as_of - last >= max(cadence, timedelta(days=1))


def _action(case: Case, as_of: date, planned_for: datetime) -> PlannedAction:
    channel, template = case.decision["channel"], case.decision.get("template") or ""
    return PlannedAction(
        case=case,
        key=f"{case.loan_no}:{as_of}:{channel}:{template}",
        as_of=as_of,
        channel=channel,
        template=template,
        planned_for=planned_for,
    )


def cancel_overtaken(*, as_of: date) -> int:
    """Cancel what an earlier day planned for a person's hand and nobody did; returns how many.

    The day that follows plans afresh, so a task never waits in two places.
    """
    return (
        PlannedAction.objects.filter(state=ActionState.PLANNED, as_of__lt=as_of)
        .exclude(channel="email")
        .update(state=ActionState.CANCELLED, reason="overtaken")
    )


def cancel_changed() -> dict[str, int]:
    """Cancel what was planned for loans just taken in whose decision is another now.

    Returns how many by loan number. What the new decision wants is planned by the next day.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with overtaken as (
              update casework_plannedaction a set state = 'cancelled', reason = 'overtaken'
              from casework_case c join incoming s using (loan_no)
              where a.case_id = c.id and a.state = 'planned' and c.state = 'open'
                and (a.channel, a.template) is distinct from
                    (c.decision ->> 'channel', coalesce(c.decision ->> 'template', ''))
              returning c.loan_no
            )
            select loan_no, count(*) from overtaken group by 1
            """
        )
        return dict(cursor.fetchall())


@transaction.atomic
def assign_cases() -> int:
    """Give open cases that nobody has to the collectors with the fewest; returns how many.

    Without collectors the cases stay in the pool, where every team lead sees them.
    """
    users = get_user_model().objects.filter(groups__name="collector", is_active=True)
    loads = [
        (load, pk)
        for pk, load in users.annotate(
            load=Count("cases", filter=Q(cases__state=CaseState.OPEN))
        ).values_list("pk", "load")
    ]
    if not loads:
        return 0
    heapify(loads)
    free = list(
        Case.objects.filter(state=CaseState.OPEN, assignee=None)
        .order_by("-priority", "pk")
        .only("pk")
    )
    for case in free:
        load, pk = loads[0]
        case.assignee_id = pk
        heapreplace(loads, (load + 1, pk))
    Case.objects.bulk_update(free, ["assignee"], batch_size=2000)
    return len(free)
