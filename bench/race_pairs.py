"""What ``bench.races`` measures, once Django is up."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time as clock
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from typing import Any

import pyarrow as pa
from django.db import connection

from bench.judged import copy_contacts, make_case
from carrears.casework.models import Case
from carrears.clock import at_local
from carrears.conduct.models import Mandate
from carrears.database.migrations import migrate_when_behind
from carrears.outreach.calls import WantedCall, book_calls
from carrears.outreach.models import Attempt
from carrears.parties.models import LoanParty
from carrears.parties.services import store_people

ZONE = "Asia/Shanghai"
FIRST = date(2026, 3, 1)
# Days of one debtor lie so far apart that none is in the other's history.
APART = timedelta(days=40)
BEFORE = (time(9), time(11))
NOON = time(14)
AGENCY = "A1"


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Race, then count the winners of each debtor's day."""
    migrate_when_behind()
    Mandate.objects.create(agency=AGENCY, starts_on=FIRST)
    debtors = min(options.debtors, options.pairs)
    days = -(-options.pairs // debtors)
    cases = make_cases(debtors)
    make_calls_before(cases[0], days)
    couples = options.sessions // 2
    pairs = [(place, day) for day in range(days) for place in range(debtors)][: options.pairs]
    alone, others = pairs[: options.alone], pairs[options.alone :]
    begin = clock.perf_counter()
    for some, together in ((alone, 1), (others, options.together)):
        plan = Plan(cases, together, begin + options.seconds)
        run_sessions([some[n::couples] for n in range(couples)], plan)
    return tell(options, clock.perf_counter() - begin)


@dataclass(frozen=True, slots=True)
class Plan:
    """What every session knows: the debtors, how many calls a transaction, when to stop."""

    cases: Sequence[Case]
    together: int
    until: float


def tell(options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    """How many of the pairs ended with no, one and two winners."""
    racing = Attempt.objects.filter(key__startswith="race:")
    asked, won = Counter[str](), Counter[str]()
    for key, state in racing.values_list("key", "state"):
        pair = key.rpartition(":")[0]
        asked[pair] += 1
        won[pair] += state == "booked"
    finished = [pair for pair, number in asked.items() if number == 2]
    winners = Counter(won[pair] for pair in finished)
    agency = racing.filter(state="booked", agency=AGENCY).count()
    figures = {
        "pairs": len(finished),
        "sessions": options.sessions,
        "seconds": round(seconds, 1),
        "bookings_per_s": round(sum(asked.values()) / seconds),
        "one_winner": winners[1],
        "double_spends": winners[2],
        "no_winner": winners[0],
        "won_by_the_agency": agency,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
    if winners[1] != len(finished) or not finished:
        raise SystemExit(f"not every pair has one winner: {figures}")
    return figures


def run_sessions(shares: Sequence[Sequence[tuple[int, int]]], plan: Plan) -> None:
    """Two processes a share, each with its own session, until all is raced or time is over."""
    connection.close()  # a child must not inherit the session
    context = multiprocessing.get_context("fork")
    sessions = []
    for share in shares:
        barrier = context.Barrier(2)
        # The agency's transactions begin in the middle of the lender's.
        shift = plan.together // 2
        turned = [*share[shift:], *share[:shift]]
        for agency, mine in (("", share), (AGENCY, turned)):
            sessions.append(context.Process(target=race, args=(mine, plan, agency, barrier)))
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    if failed := [session.exitcode for session in sessions if session.exitcode]:
        raise SystemExit(f"{len(failed)} sessions failed")


def race(share: Sequence[tuple[int, int]], plan: Plan, agency: str, barrier: Barrier) -> None:
    """Book one side of each pair, at the same moment as the other side."""
    for start in range(0, len(share), plan.together):
        if clock.perf_counter() > plan.until:
            barrier.abort()
        try:
            barrier.wait()
        except BrokenBarrierError:
            break
        some = share[start : start + plan.together]
        book_calls([make_call(plan.cases[place], day, agency) for place, day in some])
    connection.close()


def make_call(case: Case, day: int, agency: str) -> WantedCall:
    assert case.party is not None  # noqa: S101  all have one
    return WantedCall(
        key=f"race:{case.loan_id}:{day}:{agency or 'lender'}",
        case=case,
        party=case.party,
        at=at_local(FIRST + day * APART, NOON, ZONE),
        agency=agency,
    )


def make_cases(number: int) -> list[Case]:
    """Debtors, each with a number and a case."""
    rows = [
        {
            "party_no": f"P-{n}",
            "loan_no": f"R-{n}",
            "role": "obligor",
            "name": f"试{n}",
            "phone": f"139{n:08d}",
            "time_zone": ZONE,
            "synthetic": True,
        }
        for n in range(number)
    ]
    store_people(pa.Table.from_pylist(rows), source="contract")
    owners = dict(LoanParty.objects.values_list("loan_no", "party_id"))
    Case.objects.bulk_create(
        (make_case(n, owners[f"R-{n}"], on=FIRST) for n in range(number)), batch_size=5_000
    )
    return list(Case.objects.select_related("party").order_by("loan_id"))


def make_calls_before(case: Case, days: int) -> None:
    """Two calls on every day of every debtor: one is judged, all others are like it."""
    assert case.party is not None  # noqa: S101  all have one
    at = at_local(FIRST - APART, NOON, ZONE)
    [like] = book_calls([WantedCall(key="like", case=case, party=case.party, at=at)])
    moments = [at_local(FIRST + day * APART, hour, ZONE) for day in range(days) for hour in BEFORE]
    copy_contacts(like, moments)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
