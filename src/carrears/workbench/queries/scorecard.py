"""The scorecard of agencies: conduct, overrides and complaints, beside the lender's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.conduct.models import DoNotContact
from carrears.workbench.queries.compliance_asked import (
    AGENCY,
    MACHINE,
    OWN,
    PEOPLE,
    Asked,
    parse_asked,
    period_shown,
)
from carrears.workbench.queries.listing import Listing
from carrears.workbench.view_models.scorecard import Score, ScorecardPage

_HEAD = (
    "who", "attempts", "allowed", "blocked", "review", "near_misses", "breaches", "contacts",
    "calls", "effective_calls", "overrides_asked", "overrides_refused", "complaints",
    "complaints_settled", "complaints_upheld", "complaints_answered", "response_days",
)  # fmt: skip
_Counts = dict[str, dict[str, Any]]


def scorecard_page(params: QueryDict) -> ScorecardPage:
    """The scorecard of the days asked for: each agency, and the lender's own."""
    asked = parse_asked(params)
    channels = [asked.channel] if asked.channel else []
    return ScorecardPage(
        period=period_shown(asked, channels=channels, actors=[]), rows=tuple(_scores(asked))
    )


def scorecard_list(params: QueryDict) -> Listing:
    """The same as a file: counts alone, from which each rate is worked out."""
    rows = (
        (one.title, one.attempts, one.allowed, one.blocked, one.review, one.near, one.breaches,
         one.contacts, one.calls, one.effective, one.asked, one.refused, one.complaints,
         one.settled, one.found, one.answered, Decimal(f"{one.response_days:.2f}"))
        for one in _scores(parse_asked(params))
        if not one.part
    )  # fmt: skip
    return Listing("scorecard", _HEAD, rows)


def _scores(asked: Asked) -> Iterator[Score]:
    counts, complained = _attempts(asked), _complaints(asked)
    names = {one for one in (*counts, *complained) if one.startswith(AGENCY)}
    for actor in (OWN, PEOPLE, MACHINE, *sorted(names)):
        part = actor in {PEOPLE, MACHINE}
        yield Score(
            title=_title(actor),
            query=asked.query(actor=actor, action="", rule=""),
            complained="" if part else _complained(asked, actor),
            part=part,
            **counts.get(actor, {}),
            **complained.get(actor, {}),
        )


def _title(actor: str) -> str:
    told = {
        OWN: gettext("Lender's own"),
        PEOPLE: gettext("by people"),
        MACHINE: gettext("by the strategy alone"),
    }
    return told.get(actor) or actor.removeprefix(AGENCY)


def _complained(asked: Asked, actor: str) -> str:
    agency = DoNotContact.OWN_STAFF if actor == OWN else actor.removeprefix(AGENCY)
    days = {"from": asked.first.isoformat(), "to": asked.last.isoformat()}
    return urlencode({"state": "all", "agency": agency} | days)


def _attempts(asked: Asked) -> _Counts:
    """Counts of attempts and of what was asked about them, by who acted; own ones twice."""
    conditions, values = asked.conditions()
    rows = _rows(
        f"""
        select a.agency, a.made_by_id is null as alone, count(*) as attempts,
               count(*) filter (where a.gate_action = 'allow') as allowed,
               count(*) filter (where a.gate_action = 'block') as blocked,
               count(*) filter (where a.gate_action = 'review') as review,
               count(*) filter (where a.gate_action = 'allow' and v.near <> '[]') as near,
               count(*) filter (where a.state in ('booked', 'sent', 'made')) as contacts,
               count(*) filter (where a.channel = 'call' and a.state = 'made') as calls,
               count(*) filter (
                 where a.channel = 'call' and a.state = 'made' and a.effective) as effective,
               count(b.id) as breaches,
               count(o.id) as asked,
               count(o.id) filter (where o.state = 'refused') as refused
        from outreach_attempt a join conduct_verdictrecord v on v.id = a.verdict_id
        left join outreach_override o on o.stopped_id = a.id
        left join outreach_breach b on b.attempt_id = a.id
        where {conditions} group by 1, 2
        """,  # noqa: S608  column names alone
        values,
    )
    found: _Counts = {}
    for row in rows:
        agency, alone = row.pop("agency"), row.pop("alone")
        actors = (f"{AGENCY}{agency}",) if agency else (OWN, MACHINE if alone else PEOPLE)
        for actor in actors:
            known = found.setdefault(actor, defaultdict(int))
            for name, number in row.items():
                known[name] += number
    return found


def _complaints(asked: Asked) -> _Counts:
    """Complaints received in the period, by whom they are about."""
    rows = _rows(
        """
        select agency, count(*) as complaints,
               count(*) filter (where outcome in ('upheld', 'partly', 'not_upheld')) as settled,
               count(*) filter (where outcome in ('upheld', 'partly')) as found,
               count(answered_at) as answered,
               coalesce(sum(extract(epoch from answered_at - received_at)) / 86400, 0)::float8
                 as response_days
        from conduct_complaint where received_at >= %s and received_at < %s group by 1
        """,
        [*asked.moments],
    )
    return {f"{AGENCY}{agency}" if (agency := row.pop("agency")) else OWN: row for row in rows}


def _rows(sql: str, values: list[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
