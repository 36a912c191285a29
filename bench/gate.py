"""One verdict with a year of history, and a night's verdicts a second, for every rule pack.

    python -m bench.gate [--single 2000] [--events 400] [--batch 200000]

Each verdict is on facts that were just read, a block's next lawful time is looked for, and a
seventh of the year's events lie in the last week. Beside the time on the clock stands that of the
processor, which others on the machine do not lengthen. The batch is what a night does with each
contact it plans: it asks when within a day it is lawful, on the steps of five minutes on which
contacts are placed (``conduct.openings``, as ``outreach.hours`` asks), of debtors with ten events
in 31 days. Each answer is a whole verdict; of some it is seen that ``judge`` gives the same alone.
Beside it stands how many are given where each debtor is asked about one moment only. The batch runs
in as many processes as there are cores; questions are read in blocks of five hundred as a night's
are, and the first block, in which the packs are read, and the reading are not counted.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from carrears.clock import zone as zone_of
from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.gate import Inquiry, judge
from carrears.conduct.openings import STEP, Answer, edges_between, find_openings
from carrears.conduct.pack import Pack, load_pack
from carrears.memory import settle
from carrears.resources import shipped

_Questions = Sequence[tuple[Facts, Attempt]]
_SEED = 20261128
_MINUTE = timedelta(minutes=1)
_BLOCK = 500  # as outreach plans a night
_END = datetime(2026, 11, 1, 12)  # noqa: DTZ001  a wall clock, whose zone stands beside it
_ZONES = {
    "cn": ("Asia/Shanghai",),
    "us": ("America/New_York", "America/Los_Angeles"),
    "uk": ("Europe/London",),
    "in": ("Asia/Kolkata",),
}
_CODES = {
    "cn": ("gbt_45251", "cba_2026"),
    "us": ("reg_f",),
    "uk": ("fca_conc",),
    "in": ("rbi_recovery",),
}
_CALL_RESULTS = ("conversation", "no_answer", "busy", "rejected", "answered_other_person")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--single", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--batch", type=int, default=200_000)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name in _ZONES:
        pack = load_pack(name, shipped("rulepacks"))
        show_single(pack, options.single, options.events)
    for way in _WAYS:
        for name in _ZONES:
            show_batch(name, options.batch, way)


def show_single(pack: Pack, number: int, events: int) -> None:
    """How long one verdict takes, each on facts that were just read."""
    rng = random.Random(_SEED)  # noqa: S311  for variety, not for secrecy
    wall, worked = [], []
    for _ in range(number):
        facts, attempt = make_question(rng, pack.name, events=events)
        begin, busy = time.perf_counter(), time.thread_time()
        judge(facts, attempt, pack)
        worked.append(1e3 * (time.thread_time() - busy))
        wall.append(1e3 * (time.perf_counter() - begin))
    on_clock, on_core = (statistics.quantiles(took, n=100) for took in (wall, worked))
    print(
        f"{pack.name}: one verdict, {events} events in a year:"
        f" p50 {on_clock[49]:.2f} ms, p99 {on_clock[98]:.2f} ms"
        f" (of the processor: {on_core[49]:.2f}, {on_core[98]:.2f})"
    )


def ask_once(asked: _Questions, pack: Pack) -> int:
    """One verdict for each debtor."""
    for facts, attempt in asked:
        judge(facts, attempt, pack)
    return len(asked)


def ask_day(asked: _Questions, pack: Pack) -> int:
    """When within a day each debtor's contact is lawful, and how many verdicts that took."""
    given = 0
    for facts, attempt in asked:
        inquiry = Inquiry(facts, attempt, pack)

        def ask(at: datetime, inquiry: Inquiry = inquiry) -> Answer:
            nonlocal given
            given += 1
            verdict = inquiry.at(at)
            return Answer(verdict.gate_action == "allow", verdict.next_allowed_at)

        first = attempt.moment.astimezone(UTC)
        until, zones = first + timedelta(days=1), facts.parties[0].time_zones
        edges = edges_between(facts, pack, zones, first=first, until=until)
        find_openings(ask, first=first, until=until, edges=edges)
    return given


def check_inquiry(asked: _Questions, pack: Pack) -> None:
    """See that an inquiry answers of a later moment what the gate answers of it alone."""
    for nth, (facts, attempt) in enumerate(asked):
        moment = attempt.moment + STEP * (37 * nth % 288)
        inquiry = Inquiry(facts, attempt, pack)
        inquiry.at(attempt.moment)
        local = moment.astimezone(zone_of(attempt.zone)).replace(tzinfo=None)
        alone = judge(facts, attempt.model_copy(update={"at": local}), pack)
        if inquiry.at(moment) != alone:
            raise SystemExit(f"{pack.name}: {attempt} is judged otherwise at {moment}")


def count_verdicts(name: str, number: int, seed: int, way: str) -> tuple[float, float, int, int]:
    """Seconds by the clock and of the processor in one process, verdicts given, contacts."""
    pack = load_pack(name, shipped("rulepacks"))
    rng = random.Random(seed)  # noqa: S311  see above
    settle()  # as every process of Carrears does
    took = worked = 0.0
    given = 0
    for block in range(number // _BLOCK + 1):
        asked = [make_question(rng, name, events=10, days=31, step=STEP) for _ in range(_BLOCK)]
        begin, busy = time.perf_counter(), time.process_time()
        answers = _WAYS[way](asked, pack)
        if block:
            took += time.perf_counter() - begin
            worked += time.process_time() - busy
            given += answers
        else:
            check_inquiry(asked, pack)
    return took, worked, given, number // _BLOCK * _BLOCK


def show_batch(name: str, number: int, way: str) -> None:
    """Verdicts a second of all cores."""
    cores = os.cpu_count() or 1
    asked = [name] * cores, [number // cores] * cores, range(cores), [way] * cores
    with ProcessPoolExecutor(cores) as pool:
        found = [*pool.map(count_verdicts, *asked)]
    on_clock = sum(given / took for took, _, given, _ in found)
    on_core = sum(given / worked for _, worked, given, _ in found)
    each = sum(given for *_, given, _ in found) / sum(contacts for *_, contacts in found)
    print(
        f"{name}: {way}: {on_clock:,.0f} verdicts a second on {cores} cores"
        f" (by the processor's time: {on_core:,.0f}), {each:.1f} for each debtor"
    )


def make_question(
    rng: random.Random, pack: str, *, events: int, days: int = 365, step: timedelta = _MINUTE
) -> tuple[Facts, Attempt]:
    """A debtor with a year of contacts, and one more that is wanted."""
    zones = _ZONES[pack]
    at = _END - step * rng.randrange(timedelta(days=7) // step)
    facts = {
        "parties": [{"id": "D", "role": "debtor", "time_zones": zones, "alive": True}],
        "organisations": [
            {"id": "LENDER", "kind": "lender", "codes": _CODES[pack], "own_name": True}
        ],
        "debts": [
            {
                "id": f"L{n}",
                "debtor": "D",
                "creditor": "LENDER",
                "kind": "vehicle_loan",
                "in_default": True,
                "days_overdue": rng.randrange(1, 120),
            }
            for n in range(2)
        ],
        "contact_points": [
            {"id": "M", "owner": "D", "kind": "mobile", "source": "contract", "reserved": True},
            {"id": "E", "owner": "D", "kind": "personal_email", "source": "contract"},
        ],
        "consents": [
            {
                "kind": "consent",
                "scope": "electronic_message",
                "by": "D",
                "to": "LENDER",
                "granted": True,
                "given_at": "2025-01-01",
            }
        ],
        "history": [make_event(rng, n, at, zones[0], days) for n in range(events)],
    }
    channel = rng.choice(("call", "call", "sms", "email"))
    attempt = {
        "act": "contact",
        "at": at,
        "zone": zones[0],
        "debts": ["L0"],
        "collector": "LENDER",
        "channel": channel,
        "party": "D",
        "contact_point": "E" if channel == "email" else "M",
        "mode": "human" if channel == "call" else None,
        "purpose": "collect",
        "content": ["names_debtor", "debt_exists", "debt_amount", "asks_to_pay"],
        "sender": "organisation",
        "disclosures": {"institution": True, "sender_id": True, "opt_out": True},
    }
    return Facts.model_validate(facts), Attempt.model_validate(attempt)


def make_event(
    rng: random.Random, number: int, at: datetime, zone: str, days: int
) -> dict[str, Any]:
    channel = rng.choice(("call", "call", "call", "sms", "email"))
    result = rng.choice(_CALL_RESULTS) if channel == "call" else "sent"
    return {
        "id": f"H{number}",
        "at": at - timedelta(minutes=1 + int(days * 24 * 60 * rng.random() ** 2)),
        "zone": zone,
        "direction": "out",
        "channel": channel,
        "party": "D",
        "contact_point": "E" if channel == "email" else "M",
        "debts": [f"L{number % 2}"],
        "collector": "LENDER",
        "mode": "human" if channel == "call" else None,
        "result": result,
        "effective": result == "conversation",
        "purpose": "collect",
    }


_WAYS = {"a night's day": ask_day, "one moment": ask_once}

if __name__ == "__main__":
    main()
