"""What ``bench.night`` measures, once Django is up."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time as clock
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pyarrow as pa
from django.db import connection, transaction

from bench.judged import copy_contacts, make_case
from carrears.access.models import User
from carrears.casework.models import Case, PlannedAction
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.database.bulk import copy_rows
from carrears.database.migrations import migrate_when_behind
from carrears.outreach.calls import WantedCall, book_calls
from carrears.outreach.judging import judge_attempts, people_of
from carrears.outreach.messages import Wanted, find_template
from carrears.outreach.models import Opening
from carrears.outreach.pacing import pace_planned
from carrears.outreach.templates import Template
from carrears.outreach.wanted import WantedContact
from carrears.parties.models import Consent, LoanParty
from carrears.parties.services import store_people

_SEED = 20261128
_TOGETHER = 500
_PEOPLE, _CASES_EACH = 20_000, 150
# Every other message may go by e-mail alone, every other call by e-mail too.
_DECISIONS: tuple[dict[str, Any], ...] = (
    {"channel": "email", "template": "reminder"},
    {"channel": "call", "template": "", "else_channel": "email", "else_template": "reminder"},
)
_HERE, _ELSEWHERE = "Asia/Shanghai", "Europe/London"
TODAY = local_day(now(), _HERE)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Plan, ask together, ask singly, compare."""
    migrate_when_behind()
    make_book(options.contacts)
    begin, spent = clock.perf_counter(), clock.process_time()
    told = pace_planned(
        as_of=TODAY,
        per_hour={"email": options.per_hour, "call": options.calls_per_hour},
        moment=_at(8),
        progress=_say,
    )
    planned_in, worked = clock.perf_counter() - begin, clock.process_time() - spent
    begin = clock.perf_counter()
    drawn = random.Random(_SEED)  # noqa: S311  for variety
    numbers = list(PlannedAction.objects.order_by("pk").values_list("pk", flat=True))
    some = sorted(drawn.sample(numbers, min(options.together, len(numbers))))
    together = {wanted.key: answer for wanted, answer in ask_together(some)}
    asked_in = clock.perf_counter() - begin
    begin = clock.perf_counter()
    singly = drawn.sample(sorted(together), min(options.singly, len(together)))
    different = [key for key in singly if ask_alone(key) != together[key]]
    alone_in = clock.perf_counter() - begin
    placed = Opening.objects.filter(step__isnull=False).values_list("action__key", flat=True)
    answers = Counter(together[key][0] for key in placed if key in together)
    figures = {
        "contacts": options.contacts,
        **told,
        "planned_in_s": round(planned_in, 1),
        "of_the_processor_s": round(worked, 1),
        "asked_together": len(together),
        "asked_in_s": round(asked_in, 1),
        "answers_at_their_places": dict(answers),
        "asked_singly": len(singly),
        "singly_ms_each": round(1e3 * alone_in / max(len(singly), 1), 2),
        "different": len(different),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
    if different:
        raise SystemExit(f"asked singly the gate says another thing: {figures} {different[:5]}")
    if set(answers) - {"allow"}:
        raise SystemExit(f"not every place is lawful: {figures}")
    return figures


def _say(step: str, place: int, total: int) -> None:
    if place % 10_000 == 0 or place == total:
        print(f"{step} {place:,} of {total:,}", file=sys.stderr, flush=True)


def ask_together(numbers: Sequence[int]) -> Iterator[tuple[WantedContact, tuple[Any, ...]]]:
    actions = PlannedAction.objects.select_related("case__party").order_by("pk")
    template = find_template("reminder")
    for start in range(0, len(numbers), _TOGETHER):
        chosen = actions.filter(pk__in=numbers[start : start + _TOGETHER])
        some = [_wanted(each, template) for each in chosen]
        yield from zip(some, _answers(some), strict=True)


def ask_alone(key: str) -> tuple[Any, ...]:
    action = PlannedAction.objects.select_related("case__party").get(key=key)
    [answer] = _answers([_wanted(action, find_template("reminder"))])
    return answer


def _answers(wanted: Sequence[WantedContact]) -> list[tuple[Any, ...]]:
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


def _wanted(action: PlannedAction, template: Template) -> WantedContact:
    party = action.case.party
    assert party is not None  # noqa: S101  all have one
    if action.channel == "call":
        return WantedCall(key=action.key, case=action.case, party=party, at=action.planned_for)
    return Wanted(
        key=action.key,
        case=action.case,
        party=party,
        template=template,
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
    staff = [User(username=f"collector-{n}") for n in range(-(-number // _CASES_EACH))]
    User.objects.bulk_create(staff)
    cases = [make_case(n, owners[f"R-{n}"], on=TODAY) for n in range(number)]
    for n, case in enumerate(cases):
        case.assignee, case.priority = staff[n % len(staff)], n % 97
        case.decision = {**_DECISIONS[n % 2], "cadence_days": 3}
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
    cases = Case.objects.order_by("loan_id").values_list("pk", "loan_id")
    told = [(pk, f"night:{n}", _DECISIONS[n % 2]) for pk, n in cases]
    copy_rows(
        PlannedAction,
        ("case_id", "key", "as_of", "channel", "template", "planned_for", "state", "reason"),
        (
            (pk, key, TODAY, one["channel"], one["template"], _at(10), "planned", "")
            for pk, key, one in told
        ),
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
    with transaction.atomic():
        copy_contacts(like, [_at(8)], channel="email", every=(3, 0), skip_own=True)
        copy_contacts(like, [_at(7), _at(8), _at(9)], every=(3, 1), skip_own=True)
