"""What became of the contacts that were spread over a day."""

from __future__ import annotations

from django.db import connection

from carrears.outreach.models import Outcome, Pacing

# A place was wasted where the gate stopped what came at it, that day.
_COUNT = """
select o.outcome, count(*),
       count(*) filter (where o.step is not null and o.outcome <> 'gone' and (
         a.state = 'blocked' or exists (
           select 1 from outreach_attempt t
           where t.case_id = a.case_id and t.channel = a.channel and t.state = 'blocked'
             and t.at >= a.planned_for and t.at < a.planned_for + interval '1 day')))
from outreach_opening o join casework_plannedaction a on a.id = o.action_id
where o.pacing_id = %s group by 1
"""


def count_outcomes(pacing: Pacing) -> dict[str, int]:
    """How many ended in each ``Outcome``, and how many places were ``wasted`` so far.

    Once the next day was spread, as it was counted then.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [pacing.pk])
        rows = cursor.fetchall()
    if not rows and pacing.finished_at is not None:
        return dict(pacing.told)
    counted = {outcome: number for outcome, number, _ in rows}
    told = {str(each): counted.get(each, 0) for each in Outcome if each != Outcome.ASKED}
    return told | {"wasted": sum(wasted for *_, wasted in rows)}
