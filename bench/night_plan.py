"""What ``bench.night`` measures, once Django is up."""

from __future__ import annotations

import argparse
import os
import random
import time as clock
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pyarrow as pa
from django.db import connection, transaction

from bench.race_pairs import make_case, stored_columns
from carrears.casework.models import Case, PlannedAction
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.database.bulk import copy_rows
from carrears.database.migrations import migrate_when_behind
from carrears.outreach.calls import WantedCall, book_calls
from carrears.outreach.judging import judge_attempts, people_of
from carrears.outreach.messages import Wanted, find_template
from carrears.outreach.pacing import pace_planned
from carrears.parties.models import Consent, LoanParty
from carrears.parties.services import store_people

_SEED = 20261128
_TOGETHER = 500
_PEOPLE = 20_000
_HERE, _ELSEWHERE = "Asia/Shanghai", "Europe/London"
TODAY = local_day(now(), _HERE)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Plan, ask together, ask singly, compare."""
    migrate_when_behind()
    make_book(options.contacts)
    begin = clock.perf_counter()
    told = pace_planned(as_of=TODAY, per_hour=options.per_hour, moment=_at(8))
    planned_in = clock.perf_counter() - begin
    begin = clock.perf_counter()
    together = {wanted.key: answer for wanted, answer in ask_together()}
    asked_in = clock.perf_counter() - begin
    begin = clock.perf_counter()
    singly = random.Random(_SEED).sample(sorted(together), min(options.singly, len(together)))  # noqa: S311  for variety
    different = [key for key in singly if ask_alone(key) != together[key]]
    alone_in = clock.perf_counter() - begin
    figures = {
        "contacts": options.contacts,
        **told,
        "planned_in_s": round(planned_in, 1),
        "asked_in_s": round(asked_in, 1),
        "answers": dict(Counter(action for action, *_ in together.values())),
        "asked_singly": len(singly),
        "singly_ms_each": round(1e3 * alone_in / max(len(singly), 1), 2),
        "different": len(different),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
    if different:
        raise SystemExit(f"asked singly the gate says another thing: {figures} {different[:5]}")
    return figures


def ask_together() -> Iterator[tuple[Wanted, tuple[Any, ...]]]:
    actions = PlannedAction.objects.select_related("case__party").order_by("pk")
    numbers = list(actions.values_list("pk", flat=True))
    for start in range(0, len(numbers), _TOGETHER):
        some = [_wanted(each) for each in actions.filter(pk__in=numbers[start : start + _TOGETHER])]
        yield from zip(some, _answers(some), strict=True)


def ask_alone(key: str) -> tuple[Any, ...]:
    action = PlannedAction.objects.select_related("case__party").get(key=key)
    [answer] = _answers([_wanted(action)])
    return answer


def _answers(wanted: Sequence[Wanted]) -> list[tuple[Any, ...]]:
    judged = judge_attempts(wanted, people_of(wanted))
    return [
        (
            one.verdict.gate_action,
            one.verdict.expect,
            one.verdict.rules,
            one.verdict.next_allowed_at,
        )
        for one in judged
    ]


def _wanted(action: PlannedAction) -> Wanted:
    assert action.case.party is not None  # noqa: S101  all have one
    return Wanted(
        key=action.key,
        case=action.case,
        party=action.case.party,
        template=find_template(action.template),
        at=action.planned_for,
        action=action,
    )


def _at(hour: int) -> datetime:
    return at_local(TODAY, time(hour), _HERE)


def make_book(number: int) -> None:
    """Debtors with cases, what was done and said before, and the night's messages."""
    for start in range(0, number, _PEOPLE):
        rows = [_person(n) for n in range(start, min(start + _PEOPLE, number))]
        store_people(pa.Table.from_pylist(rows), source="contract")
    owners = dict(LoanParty.objects.values_list("loan_no", "party_id"))
    cases = [make_case(n, owners[f"R-{n}"]) for n in range(number)]
    for case in cases:
        case.as_of = TODAY
    Case.objects.bulk_create(cases, batch_size=5_000)
    make_past()
    _bar_and_refuse(owners)
    _plan()
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def _person(number: int) -> dict[str, Any]:
    return {
        "party_no": f"P-{number}",
        "loan_no": f"R-{number}",
        "role": "obligor",
        "name": f"试{number}",
        "phone": f"139{number:08d}",
        "email": f"p{number}@example.com",
        "time_zone": _ELSEWHERE if number % 7 == 0 else _HERE,
        "synthetic": True,
    }


@transaction.atomic
def _plan() -> None:
    cases = list(Case.objects.order_by("loan_id").values_list("pk", "loan_id"))
    copy_rows(
        PlannedAction,
        ("case_id", "key", "as_of", "channel", "template", "planned_for", "state", "reason"),
        ((pk, f"night:{n}", TODAY, "email", "reminder", _at(10), "planned", "") for pk, n in cases),
    )


@transaction.atomic
def _bar_and_refuse(owners: dict[str, Any]) -> None:
    tokens = [owners[f"R-{n}"] for n in range(len(owners))]
    copy_rows(
        Consent,
        ("party_id", "channel", "granted", "given_at", "source"),
        (
            (token, "email", n % 11 != 0, _at(0) - timedelta(days=90), "debtor")
            for n, token in enumerate(tokens)
        ),
    )
    copy_rows(
        DoNotContact,
        ("party_id", "channel", "product", "actor", "reason", "from_on", "added_at", "lift_reason"),
        (
            (token, "", "", "", "asked for it", TODAY - timedelta(days=9), now(), "")
            for n, token in enumerate(tokens)
            if n % 10 == 0
        ),
    )


def make_past() -> None:
    """One call is judged; all others are like it, for a message as a message."""
    case = Case.objects.select_related("party").get(loan_id=1)
    assert case.party is not None  # noqa: S101  all have one
    [like] = book_calls([WantedCall(key="like", case=case, party=case.party, at=_at(9))])
    with connection.cursor() as cursor:
        cursor.execute("create index night_key on conduct_verdictrecord (attempt_key)")
    past = ((0, "email", [_at(8)]), (1, "call", [_at(7), _at(8), _at(9)]))
    with connection.cursor() as cursor:
        for remainder, channel, moments in past:
            key = "'past:' || c.loan_no || ':' || m.at"
            shared = {"case_id": "c.id", "party_id": "c.party_id", "channel": f"'{channel}'"}
            call = channel == "call"
            told = {
                "conduct_verdictrecord": {
                    **shared,
                    "attempt_key": key,
                    "attempt_at": "m.at",
                    "gate_action": "'allow'",
                },
                "outreach_attempt": {
                    **shared,
                    "key": key,
                    "at": "m.at",
                    "verdict_id": "v.id",
                    "gate_action": "'allow'",
                    "state": "'made'" if call else "'sent'",
                    "result": "'conversation'" if call else "''",
                    "effective": "true" if call else "false",
                },
            }
            for table, changes in told.items():
                names = [name for name in stored_columns(cursor, table) if name != "id"]
                joined = f"join conduct_verdictrecord v on v.attempt_key = {key}"
                source = like.verdict_id if table == "conduct_verdictrecord" else like.pk
                cursor.execute(
                    f"insert into {table} ({', '.join(names)})"
                    f" select {', '.join(changes.get(name, f't.{name}') for name in names)}"
                    f" from {table} t, casework_case c"
                    f" cross join unnest(%s::timestamptz[]) as m (at)"
                    f" {joined if table == 'outreach_attempt' else ''}"
                    f" where t.id = %s and c.loan_id %% 3 = %s and c.id <> t.case_id",
                    [moments, source, remainder],
                )
