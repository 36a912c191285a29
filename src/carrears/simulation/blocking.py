"""What the conduct gate would say to the contacts that a strategy wants.

Loans of one situation get one verdict: the facts of a loan of theirs, put together and judged by
the very code that judges a message before it is sent (``outreach.judging``, ``conduct.gate``).
The past contacts are those that the strategy itself would have made at its cadence.
"""

# ruff: noqa: S608  names are constants of this module

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
from django.db import connection
from psycopg import sql
from pyarrow import csv

from carrears.casework.models import Case
from carrears.casework.planning import planned_time
from carrears.clock import now
from carrears.conduct import facts as known
from carrears.conduct.barred import barred_under_other_keys
from carrears.conduct.gate import judge
from carrears.conduct.verdict import Verdict
from carrears.conduct.vocabulary import KNOWN_NAMES
from carrears.outreach.judging import judge_attempts, pack_of
from carrears.outreach.messages import OutreachError, Wanted, find_template
from carrears.outreach.templates import Template
from carrears.parties.models import Party
from carrears.parties.queries import open_parties
from carrears.portfolio.products import Products

MEMORY_DAYS = 31  # as far back as any counter of the packs looks
# A call has no template of its own yet; what it is for decides the gate, and that it is to collect.
_CARRIER = "reminder"
_PEOPLE = pa.schema(
    {
        "loan_no": pa.string(),
        "token": pa.string(),
        "case_id": pa.int64(),
        "situation": pa.string(),
    }
)
# Everything on record that the gate asks of an obligor and of the case on the day.
_RECORD = """
select lp.loan_no, lp.party_id, c.id,
  concat_ws('|', p.time_zone, array_to_string(p.zones, ','),
    (select string_agg(x.channel || x.granted, ',' order by x.channel, x.given_at, x.id)
     from parties_consent x where x.party_id = p.token),
    (select string_agg(concat_ws(':', d.channel, d.from_on, d.until_on), ',' order by d.id)
     from conduct_donotcontact d where d.party_id = p.token),
    (select string_agg(k.kind || k.source || k.valid || (exists (
        select from conduct_donotcontact d where d.value_index = k.value_index
      ) or k.id = any({barred})), ',' order by k.id)
     from parties_contactpoint k where k.party_id = p.token),
    (select string_agg(concat_ws(':', h.reason, h.from_on, h.until_on), ',' order by h.id)
     from casework_hold h where (h.case_id = c.id or h.case_id is null and h.party_id = lp.party_id)
       and h.from_on <= {as_of}
       and (h.until_on is null or h.until_on >= {as_of})
       and (h.lifted_on is null or h.lifted_on > {as_of})))
from parties_loanparty lp join parties_party p on p.token = lp.party_id
left join lateral (
  select id from casework_case c where c.loan_no = lp.loan_no and c.opened_on <= {as_of}
    and (c.closed_on is null or c.closed_on >= {as_of}) order by id desc limit 1
) c on true
where lp.role = 'obligor' and lp.loan_no = any({loan_nos})
"""


def put_record(engine: duckdb.DuckDBPyConnection, *, as_of: date, also: Sequence[str] = ()) -> None:
    """The table ``people``: obligors of the loans to contact, and as one text their situation.

    Loans of one situation are alike to the gate. Needs the table ``beside``; ``also`` are tables
    of loans with a step of a cadence, of which those of the day count.
    """
    wanted = [
        "select loan_no from beside where dpd > 0 and (channel0 <> '' or channel1 <> '')",
        *(f"select loan_no from {name} where is_today" for name in also),
    ]
    rows = engine.execute(" union ".join(wanted)).fetchall()
    loan_nos = [row[0] for row in rows]
    text = io.BytesIO()
    query = sql.SQL(_RECORD).format(
        as_of=sql.Literal(as_of),
        loan_nos=sql.Literal(loan_nos),
        barred=sql.Literal(barred_under_other_keys(loan_nos)),
    )
    command = sql.SQL("copy ({}) to stdout (format csv)").format(query)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in copy:
            text.write(block)
    text.seek(0)
    table = _PEOPLE.empty_table()
    if text.getbuffer().nbytes:
        table = csv.read_csv(
            text,
            read_options=csv.ReadOptions(column_names=_PEOPLE.names),
            convert_options=csv.ConvertOptions(column_types=_PEOPLE, strings_can_be_null=True),
        )
    engine.register("people_given", table)
    engine.execute(
        "create temp table people as select loan_no, any_value(token) as token,"
        " any_value(case_id) as case_id, any_value(situation) as situation"
        " from people_given group by 1"
    )
    engine.unregister("people_given")


def count_blocked(
    engine: duckdb.DuckDBPyConnection, place: int, *, as_of: date, products: Products
) -> list[dict[str, Any]]:
    """By channel: contacts a day that the gate allows, sends to a person, or blocks, and by whom.

    ``nobody`` are those for whom no obligor is on record. ``rules`` counts the contacts a day
    that each rule stands against. Needs the tables ``beside`` and ``people``.
    """
    sums: dict[str, dict[str, Any]] = {}
    for group in _situations(engine, place):
        row = sums.setdefault(
            group["channel"],
            {"channel": group["channel"], "allow": 0.0, "review": 0.0, "block": 0.0}
            | {"nobody": 0.0, "unjudged": 0.0, "rules": {}},
        )
        verdict = _verdict(group, as_of=as_of, products=products)
        if isinstance(verdict, str):
            row[verdict] += group["actions"]
            continue
        row[verdict.gate_action] += group["actions"]
        if verdict.gate_action != "allow":
            for rule in verdict.rules:
                row["rules"][rule] = row["rules"].get(rule, 0.0) + group["actions"]
    return [sums[channel] for channel in sorted(sums)]


def _situations(engine: duckdb.DuckDBPyConnection, place: int) -> list[dict[str, Any]]:
    """The situations that differ, each with one of its loans."""
    table = engine.sql(
        f"""
        select channel{place} as channel, template{place} as template, cadence{place} as cadence,
               least((dpd - 1) // cadence{place}, {MEMORY_DAYS} // cadence{place}) as before,
               product, jurisdiction, situation, min_by(token, loan_id) as token,
               min_by(case_id, loan_id) as case_id, min(loan_id) as loan_id,
               min_by(loan_no, loan_id) as loan_no, min_by(dpd, loan_id) as dpd,
               min_by(b.currency, loan_id) as currency, sum(1.0 / cadence{place}) as actions
        from beside b left join people using (loan_no)
        where dpd > 0 and channel{place} <> ''
        group by 1, 2, 3, 4, 5, 6, 7 order by loan_id
        """
    ).to_arrow_table()
    return list(table.to_pylist())


def _verdict(group: Mapping[str, Any], *, as_of: date, products: Products) -> Verdict | str:
    """The gate's verdict, or ``nobody``, or ``unjudged`` for what is no contact it knows."""
    if group["token"] is None:
        return "nobody"
    template = _template(group)
    if template is None:
        return "unjudged"
    return judge_group(group, template, as_of=as_of, products=products)


def judge_group(
    group: Mapping[str, Any], template: Template, *, as_of: date, products: Products
) -> Verdict:
    """What the gate says to a message of this template to a group's loan, by its ``channel``."""
    party = Party(token=UUID(group["token"]))
    person = open_parties([party.token])[party.token]
    zone = person.time_zone or products[group["product"]].time_zone
    case = Case(
        pk=group["case_id"],
        loan_no=group["loan_no"],
        loan_id=group["loan_id"],
        party_id=person.token,
        product=group["product"],
        currency=group["currency"],
        jurisdiction=group["jurisdiction"],
        as_of=as_of,
        dpd=group["dpd"],
    )
    wanted = Wanted(
        key="simulation",
        case=case,
        party=party,
        template=template,
        at=planned_time(as_of, zone, moment=now()),
    )
    [judged] = judge_attempts([wanted], {person.token: person})
    attempt = judged.attempt
    if group["channel"] != template.channel:
        attempt = attempt.model_copy(update={"channel": group["channel"], "contact_point": None})
    facts = judged.facts.model_copy(update={"history": _history(group, attempt)})
    return judge(facts, attempt, pack_of(case.jurisdiction), law_on=judged.verdict.law_on)


def _template(group: Mapping[str, Any]) -> Template | None:
    if group["channel"] not in KNOWN_NAMES:
        return None
    try:
        return find_template(group["template"] if group["channel"] == "email" else _CARRIER)
    except OutreachError:
        return None


def _history(group: Mapping[str, Any], attempt: known.Attempt) -> tuple[known.ContactEvent, ...]:
    """The contacts that this cadence would have made before, the oldest first."""
    return tuple(
        known.ContactEvent.model_validate(
            {
                "id": f"S.{number}",
                "at": attempt.at - timedelta(days=number * group["cadence"]),
                "zone": attempt.zone,
                "direction": "out",
                "channel": group["channel"],
                "party": attempt.party,
                "debts": attempt.debts,
                "collector": attempt.collector,
                "result": "sent" if group["channel"] != "call" else "no_answer",
                "purpose": attempt.purpose,
            }
        )
        for number in range(group["before"], 0, -1)
    )
