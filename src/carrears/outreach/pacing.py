"""Give a night's planned contacts lawful places, no more in an hour than can be made.

First the gate is asked when each contact would be lawful, portion by portion; then all of them
are spread over the day together, and their places kept, again by portions. What is done stays
done: after a crash the next start takes up where it ended.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from carrears.casework.models import ActionState, PlannedAction
from carrears.clock import now
from carrears.conduct.openings import STEP
from carrears.conduct.spreading import Contact, Place, Plan, Way, spread
from carrears.database.bulk import copy_rows
from carrears.evidence.services import Record, record_many
from carrears.outreach.desks import room_of_desk
from carrears.outreach.hours import DAY, ask_hours
from carrears.outreach.messages import find_template_keys, find_templates
from carrears.outreach.models import Opening, Outcome, Pacing
from carrears.outreach.paced import count_outcomes

# How many contacts' facts are held at a time, and how many places are kept at a time.
_ASKED_TOGETHER, _KEPT_TOGETHER = 500, 5_000
Progress = Callable[[str, int, int], None]


def pace_planned(
    *,
    as_of: date,
    per_hour: Mapping[str, int],
    moment: datetime,
    progress: Progress = lambda *_: None,
) -> dict[str, int]:
    """Spread what is planned for ``as_of`` over the day from ``moment``, the most urgent first.

    ``per_hour`` is how many e-mails leave in an hour and how many calls one collector makes;
    channels that it does not name, or with 0, keep their times. Each contact gets a moment in the
    house's hours of the debtor's place at which the gate would let it go and its desk has room;
    where its channel has none, it goes by the other channel that the strategy allows. What is
    lawful but finds no room is put on the next day, what is not lawful today on the first day on
    which it is; what is not before the strategy plans anew keeps its time, at which the gate says
    why. Doing it again places what came in since. Returns how many ended in each ``Outcome``.
    """
    per_hour = {channel: number for channel, number in per_hour.items() if number}
    pacing = _begin(as_of, per_hour, moment)
    _ask(pacing, progress)
    _place(pacing, max(moment, pacing.moment), progress)
    return _finish(pacing)


@transaction.atomic
def _begin(as_of: date, per_hour: Mapping[str, int], moment: datetime) -> Pacing:
    """The day's pacing, taken up or begun; of those before, only the counts stay."""
    for before in Pacing.objects.filter(openings__isnull=False).exclude(as_of=as_of).distinct():
        before.told = count_outcomes(before)
        before.save(update_fields=["told"])
        Opening.objects.filter(pacing=before).delete()
    pacing, made = Pacing.objects.select_for_update().get_or_create(
        as_of=as_of, defaults={"moment": moment, "per_hour": dict(per_hour)}
    )
    if not made:
        if moment >= pacing.moment + DAY:  # the book stands still: another day of the same
            pacing.openings.all().delete()
            pacing.moment = moment
        pacing.per_hour, pacing.finished_at = dict(per_hour), None
        pacing.save(update_fields=["moment", "per_hour", "finished_at"])
    return pacing


def _planned(pacing: Pacing) -> QuerySet[PlannedAction]:
    return PlannedAction.objects.filter(
        state=ActionState.PLANNED,
        channel__in=list(pacing.per_hour),
        as_of=pacing.as_of,
        case__party__isnull=False,
    )


def _ask(pacing: Pacing, progress: Progress) -> None:
    unasked = Q(opening=None) | ~Q(opening__pacing=pacing)
    numbers = list(_planned(pacing).filter(unasked).order_by("pk").values_list("pk", flat=True))
    # One that cannot be used is told of when it is to leave.
    templates = find_templates(find_template_keys())
    for start in range(0, len(numbers), _ASKED_TOGETHER):
        progress("asking", start, len(numbers))
        chosen = _planned(pacing).filter(pk__in=numbers[start : start + _ASKED_TOGETHER])
        actions = list(chosen.select_related("case__party").order_by("pk"))
        asked = ask_hours(actions, templates, moment=pacing.moment)
        with transaction.atomic():
            copy_rows(
                Opening,
                ("pacing_id", "action_id", "priority", "ways", "later_at", "later_on",
                 "outcome", "desk"),
                (
                    (pacing.pk, action.pk, action.case.priority, json.dumps(one.ways),
                     one.later_at, one.later_on, Outcome.ASKED.value, "")
                    for action, one in zip(actions, asked, strict=True)
                ),
            )  # fmt: skip
    progress("asking", len(numbers), len(numbers))


def _place(pacing: Pacing, moment: datetime, progress: Progress) -> None:
    waiting = list(
        pacing.openings.filter(outcome=Outcome.ASKED)
        .order_by("action_id")
        .values_list("action_id", "priority", "ways", "later_at", "later_on")
    )
    plan = spread(
        (_contact(number, priority, ways) for number, priority, ways, *_ in waiting),
        per_hour=lambda desk: room_of_desk(pacing.per_hour, desk),
        taken=_taken(pacing),
        not_before=-((pacing.moment - moment) // STEP),
    )
    rows = list(_rows(pacing, plan, waiting))
    for start in range(0, len(rows), _KEPT_TOGETHER):
        progress("placing", start, len(rows))
        _keep(rows[start : start + _KEPT_TOGETHER])
    progress("placing", len(rows), len(rows))


def _contact(number: int, priority: int, ways: Sequence[Sequence[Any]]) -> Contact:
    told = tuple(
        Way(desk, tuple((begin, end) for begin, end in steps)) for _, _, desk, steps in ways
    )
    return Contact(number, priority, told)


def _taken(pacing: Pacing) -> Counter[Place]:
    seated = pacing.openings.filter(step__isnull=False).exclude(outcome=Outcome.GONE)
    rows = seated.values_list("step", "desk")
    return Counter(Place(step, desk) for step, desk in rows if step is not None)


_Row = tuple[Any, ...]


def _rows(pacing: Pacing, plan: Plan, waiting: Sequence[tuple[Any, ...]]) -> Iterator[_Row]:
    """Action, outcome, moment, day, channel, template, desk and step of each contact."""
    for number, _, ways, later_at, later_on in waiting:
        if place := plan.placed.get(number):
            nth = next(n for n, (_, _, desk, _) in enumerate(ways) if desk == place.desk)
            channel, template, desk, _ = ways[nth]
            at = pacing.moment + place.step * STEP
            yield number, at, None, channel, template, desk, place.step
        else:
            yield number, later_at, later_on, None, None, "", None


_KEEP = """
with told (action_id, at, day, channel, template, desk, step) as (
  select * from unnest(%(action)s::bigint[], %(at)s::timestamptz[], %(day)s::date[],
                       %(channel)s::text[], %(template)s::text[], %(desk)s::text[],
                       %(step)s::integer[])
), found as (
  select t.*, o.id as opening_id, a.channel as was_channel,
         case when t.step is not null and t.channel = a.channel then 'paced'
              when t.step is not null then 'changed'
              when t.day is null then 'unlawful'
              when o.ways = '[]' then 'later' else 'full' end as outcome
  from told t join outreach_opening o using (action_id)
  join casework_plannedaction a on a.id = t.action_id and a.state = 'planned'
  order by a.id for update of a
), moved as (
  update casework_plannedaction a
  set planned_for = coalesce(f.at, a.planned_for), as_of = coalesce(f.day, a.as_of),
      channel = coalesce(f.channel, a.channel), template = coalesce(f.template, a.template),
      reason = case f.outcome when 'changed' then 'instead:' || f.was_channel
                              when 'paced' then '' when 'unlawful' then '' else f.outcome end
  from found f where a.id = f.action_id
)
update outreach_opening o
set outcome = coalesce(f.outcome, 'gone'), desk = t.desk, step = t.step
from told t left join found f using (action_id)
where o.action_id = t.action_id
"""


@transaction.atomic
def _keep(rows: Sequence[_Row]) -> None:
    """Move what still waits: a sender or an event may have settled some meanwhile."""
    names = ("action", "at", "day", "channel", "template", "desk", "step")
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@transaction.atomic
def _finish(pacing: Pacing) -> dict[str, int]:
    told = count_outcomes(pacing)
    pacing.told, pacing.finished_at = told, now()
    pacing.save(update_fields=["told", "finished_at"])
    record_many(
        [
            Record(
                kind="day.paced",
                subject=pacing.as_of.isoformat(),
                key=f"pacing:{pacing.as_of}:{pacing.finished_at.isoformat()}",
                actor="",
                occurred_at=pacing.finished_at,
                payload={"per_hour": pacing.per_hour, "told": told},
            )
        ]
    )
    return told
