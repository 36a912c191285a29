"""How many attempts the gate let go and stopped: by day, rule, channel and who acted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.conduct.models import VerdictRecord
from carrears.workbench.queries.appeals_told import appeals_told
from carrears.workbench.queries.compliance_asked import (
    NEAR,
    TEAM,
    Asked,
    actor_of,
    actor_titles,
    channel_title,
    home_on,
    parse_asked,
    period_shown,
)
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.near_misses import (
    Columns,
    NearMisses,
    NearRule,
    complaint_days,
    watched_trend,
)
from carrears.workbench.queries.raised import raised_told
from carrears.workbench.queries.spreading import spreads_of
from carrears.workbench.queries.unrecorded import absent_between
from carrears.workbench.view_models.chart import AxisChart, Series
from carrears.workbench.view_models.compliance import CompliancePage, RuleTally, Tally

_NAMES = {"allow": "allowed", "block": "blocked", "review": "review", NEAR: "near"}


def compliance_page(params: QueryDict) -> CompliancePage:
    """The dashboard of the period and the filters asked for."""
    asked = parse_asked(params)
    groups, near, complained = _by_group(asked), NearMisses.of(asked), complaint_days(asked)
    for place, number in near.groups.items():
        groups[place][NEAR] = number
    channels, actors, teams = _folded(groups, 0), _folded(groups, 1), _by_team(asked)
    names = actor_titles([*actors, *teams])
    return CompliancePage(
        period=period_shown(asked, channels=sorted(channels), actors=sorted({*actors, *teams})),
        all=_tally("", asked.query(), _sum(groups.values())),
        trend=_trend(asked, _by_day(asked)),
        watched=watched_trend(asked, near.days, complained),
        complaints=sum(complained.values()),
        breaches=_breaches(asked),
        unrecorded=absent_between(asked.first, asked.last).count(),
        appeals=appeals_told(asked),
        raised=raised_told(),
        rules=_with_near(rules_against(asked), near.rules),
        channels=tuple(
            _tally(channel_title(one), asked.query(channel=one), counts, mark=one)
            for one, counts in _sorted(channels)
        ),
        actors=tuple(
            _tally(names[one], asked.query(actor=one), counts, mark=one.partition(":")[0])
            for one, counts in _sorted(actors)
        ),
        teams=tuple(
            _tally(names[one], asked.query(actor=one), counts, mark="team")
            for one, counts in _sorted(teams)
        ),
        spreads=spreads_of(asked),
    )


def rules_against(asked: Asked) -> tuple[RuleTally, ...]:
    """The rules that stood in the way, the most frequent first.

    Who acted is known of the attempt alone; without that filter the verdicts suffice.
    """
    join = ""
    conditions, values = asked.conditions(moment="v.attempt_at", table="v")
    if asked.actor:
        join = "join outreach_attempt a on a.verdict_id = v.id"
    rows = _rows(
        f"""
        select v.pack, r.id, count(*) filter (where v.gate_action = 'block'),
               count(*) filter (where v.gate_action = 'review'), max(v.id)
        from conduct_verdictrecord v {join}
        cross join lateral jsonb_array_elements_text(v.against) r (id)
        where v.gate_action <> 'allow' and {conditions}
        group by 1, 2 order by count(*) desc, 1, 2
        """,  # noqa: S608  column names alone
        values,
    )
    titles = _titles([row[4] for row in rows])
    return tuple(
        RuleTally(
            pack=pack,
            rule_id=rule,
            title=titles.get((pack, rule), rule),
            query=asked.query(rule=rule),
            blocked=blocked,
            review=review,
            has_page="/" not in rule,
        )
        for pack, rule, blocked, review, _ in rows
        if not asked.rule or rule == asked.rule
    )


def _with_near(
    rules: tuple[RuleTally, ...], near: Mapping[tuple[str, str], NearRule]
) -> tuple[RuleTally, ...]:
    """The rules with how often each let a contact go by a hair; the others come last."""
    told = {(one.pack, one.rule_id): one for one in rules}
    titles = _titles([one.example for key, one in near.items() if key not in told])
    for (pack, rule), one in near.items():
        known = told.get((pack, rule)) or RuleTally(
            pack=pack,
            rule_id=rule,
            title=titles[pack, rule],
            query=one.query,
            has_page="/" not in rule,
        )
        told[pack, rule] = replace(known, near=one.number)
    return tuple(told.values())


def _titles(examples: list[int]) -> dict[tuple[str, str], str]:
    found = {}
    for record in VerdictRecord.objects.filter(pk__in=examples).only("pack", "findings"):
        for one in record.findings:
            title = chosen(one["title_zh"], one["title_en"])
            found[record.pack, one["rule_id"]] = title
    return found


def _by_group(asked: Asked) -> dict[tuple[str, str], dict[str, int]]:
    """Counts by the gate's action, for each channel and each one who acted."""
    conditions, values = _narrowed(asked)
    rows = _rows(
        f"""
        select a.channel, a.agency, a.made_by_id, a.gate_action, count(*)
        from outreach_attempt a where {conditions} group by 1, 2, 3, 4
        """,  # noqa: S608  see above
        values,
    )
    groups: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for channel, agency, made_by, action, number in rows:
        groups[channel, actor_of(agency, made_by)][action] = number
    return groups


def _breaches(asked: Asked) -> int:
    """Contacts that were made without the gate, and that it speaks against."""
    conditions, values = _narrowed(asked)
    [(number,)] = _rows(
        f"""
        select count(*) from outreach_breach f join outreach_attempt a on a.id = f.attempt_id
        where {conditions}
        """,  # noqa: S608  see above
        values,
    )
    return int(number)


def _by_team(asked: Asked) -> dict[str, dict[str, int]]:
    """The same of the lender's people by where each was at home on the day."""
    conditions, values = _narrowed(asked)
    home = home_on("a.made_by_id", "a.at")
    near = "select 1 from conduct_verdictrecord v where v.id = a.verdict_id and v.near <> '[]'"
    rows = _rows(
        f"""
        select m.organisation_id, a.gate_action, count(*),
               count(*) filter (where a.gate_action = 'allow' and exists ({near}))
        from outreach_attempt a join access_membership m on {home}
        where a.agency = '' and {conditions} group by 1, 2
        """,  # noqa: S608  see above
        [settings.TIME_ZONE, *values],
    )
    teams: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_NAMES, 0))
    for organisation, action, number, by_a_hair in rows:
        teams[f"{TEAM}{organisation}"][action] = number
        teams[f"{TEAM}{organisation}"][NEAR] += by_a_hair
    return teams


def _by_day(asked: Asked) -> dict[date, dict[str, int]]:
    conditions, values = _narrowed(asked)
    rows = _rows(
        f"""
        select (a.at at time zone %s)::date, a.gate_action, count(*)
        from outreach_attempt a where {conditions} group by 1, 2
        """,  # noqa: S608  see above
        [settings.TIME_ZONE, *values],
    )
    days: dict[date, dict[str, int]] = defaultdict(dict)
    for day, action, number in rows:
        days[day][action] = number
    return days


def _narrowed(asked: Asked) -> tuple[str, list[Any]]:
    conditions, values = asked.conditions()
    if not asked.rule:
        return conditions, values
    column, stopped = ("near", "=") if asked.action == NEAR else ("against", "<>")
    one = f"select 1 from conduct_verdictrecord v where v.id = a.verdict_id and v.{column} ? %s"  # noqa: S608
    narrowed = f"{conditions} and a.gate_action {stopped} 'allow' and exists ({one})"
    return narrowed, [*values, asked.rule]


def _trend(asked: Asked, days: Mapping[date, Mapping[str, int]]) -> AxisChart | None:
    if not days:
        return None
    shown = (
        ("allow", gettext("Allowed"), "good"),
        ("review", gettext("Needs review"), "warn"),
        ("block", gettext("Blocked"), "bad"),
    )
    columns = Columns.of(asked)
    return AxisChart(
        id="attempts",
        title=gettext("Attempts by week") if columns.weekly else gettext("Attempts by day"),
        unit="count",
        kind="stacked",
        categories=columns.names,
        series=tuple(
            Series(
                name, columns.sum({day: told.get(action, 0) for day, told in days.items()}), tone
            )
            for action, name, tone in shown
        ),
    )


def _folded(
    groups: Mapping[tuple[str, str], Mapping[str, int]], place: int
) -> dict[str, dict[str, int]]:
    folded: dict[str, list[Mapping[str, int]]] = defaultdict(list)
    for key, counts in groups.items():
        folded[key[place]].append(counts)
    return {key: _sum(counts) for key, counts in folded.items()}


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = dict.fromkeys(_NAMES, 0)
    for one in counts:
        for action, number in one.items():
            total[action] += number
    return total


def _sorted(counts: Mapping[str, dict[str, int]]) -> list[tuple[str, dict[str, int]]]:
    return sorted(counts.items(), key=lambda pair: (pair[1][NEAR] - sum(pair[1].values()), pair[0]))


def _tally(title: str, query: str, counts: Mapping[str, int], *, mark: str = "") -> Tally:
    told = {_NAMES[action]: number for action, number in counts.items()}
    return Tally(title=title, query=query, mark=mark, **told)


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
