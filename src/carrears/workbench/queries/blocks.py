"""Why the gate stopped contacts, and how often."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from carrears.database.wall import as_house
from carrears.workbench.queries.language import chosen
from carrears.workbench.view_models.dashboard import BlockReason

_SHOWN = 6


def block_reasons(day: date) -> tuple[BlockReason, ...]:
    """The rules that stopped attempts on ``day`` by the lender's clock, the most frequent first.

    An attempt that several rules stopped counts for each of them.
    """
    start = datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE))
    with as_house(), connection.cursor() as cursor:  # a figure of the house, as all beside it
        cursor.execute(
            """
            select f ->> 'rule_id', min(f ->> 'title_zh'), min(f ->> 'title_en'), count(*)
            from outreach_attempt a
            join conduct_verdictrecord v on v.id = a.verdict_id
            cross join jsonb_array_elements(v.findings) f
            where a.state = 'blocked' and a.at >= %s and a.at < %s
              and f ->> 'gate_action' <> 'allow'
            group by 1 order by 4 desc, 1 limit %s
            """,
            [start, start + timedelta(days=1), _SHOWN],
        )
        rows = cursor.fetchall()
    return tuple(BlockReason(rule, chosen(zh, en), number) for rule, zh, en, number in rows)
