"""Debtors with a past: one contact is judged, all others are copied from it by SQL.

A verdict takes some hundred times as long as a row; a benchmark's past of hundreds of thousands
would take longer than what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from carrears.casework.models import Case
from carrears.outreach.models import Attempt


def make_case(number: int, party: Any, *, on: date) -> Case:
    """A case of a loan fifteen days behind, not saved."""
    return Case(
        loan_no=f"R-{number}",
        loan_id=number,
        party_id=party,
        product="auto",
        currency="CNY",
        jurisdiction="cn",
        opened_on=on,
        as_of=on,
        dpd=15,
        bucket=1,
        arrears=110_000,
        arrears_principal=100_000,
        arrears_interest=10_000,
        arrears_fee=0,
        instalments_behind=1,
        principal_outstanding=700_000,
    )


def copy_contacts(
    like: Attempt,
    moments: Sequence[datetime],
    *,
    channel: str = "call",
    every: tuple[int, int] = (1, 0),
    skip_own: bool = False,
) -> None:
    """For each case whose loan has the remainder ``every``, one contact like it at each moment.

    Calls were conversations, messages left. With ``skip_own`` the case of ``like`` has none.
    """
    is_call = channel == "call"
    both = {"case_id": "c.id", "party_id": "c.party_id", "channel": f"'{channel}'"}
    both["gate_action"] = "'allow'"
    attempt = {
        "key": "v.attempt_key",
        "at": "v.attempt_at",
        "verdict_id": "v.id",
        "state": "'made'" if is_call else "'sent'",
        "result": "'conversation'" if is_call else "''",
        "effective": "true" if is_call else "false",
    }
    key = {"attempt_key": "'past:' || c.loan_no || ':' || m.at", "attempt_at": "m.at"}
    divisor, remainder = every
    with connection.cursor() as cursor:
        verdicts = _copying(cursor, "conduct_verdictrecord", both | key)
        attempts = _copying(cursor, "outreach_attempt", both | attempt)
        # The attempts' join is on numbers just given: no text key is looked for.
        cursor.execute(
            f"""
            with cases as materialized (
              select * from casework_case c
              where c.loan_id %% %(divisor)s = %(remainder)s
                and (not %(skip)s or c.id <> %(own)s)
            ), v as (
              {verdicts} cross join cases c cross join unnest(%(moments)s::timestamptz[]) as m (at)
              where t.id = %(verdict)s returning id, case_id, attempt_key, attempt_at
            )
            {attempts} cross join v join cases c on c.id = v.case_id where t.id = %(attempt)s
            """,
            {
                "divisor": divisor,
                "remainder": remainder,
                "skip": skip_own,
                "own": like.case_id,
                "moments": list(moments),
                "verdict": like.verdict_id,
                "attempt": like.pk,
            },
        )


def _copying(cursor: Any, table: str, changes: Mapping[str, str]) -> str:
    names = [name for name in _stored_columns(cursor, table) if name != "id"]
    told = ", ".join(changes.get(name, f"t.{name}") for name in names)
    return f"insert into {table} ({', '.join(names)}) select {told} from {table} t"


def _stored_columns(cursor: Any, table: str) -> list[str]:
    """All but those that the database works out itself."""
    cursor.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s)"
        " and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]
