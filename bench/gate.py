"""One verdict with a year of history, and verdicts a second of many, for every rule pack.

    python -m bench.gate [--single 2000] [--events 400] [--batch 200000]

Each verdict is on facts that were just read, a block's next lawful time is looked for, and a
seventh of the year's events lie in the last week. Beside the time on the clock stands that of the
processor, which others on the machine do not lengthen. The batch has ten events a debtor in 31
days, as ``outreach`` asks, lies on the steps of the day on which contacts are planned, and runs in
as many processes as there are cores. Questions are read in blocks of five hundred as a night's are;
the first block, in which the packs are read, and the reading of the others are not counted.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.gate import judge
from carrears.conduct.openings import STEP
from carrears.conduct.pack import Pack, load_pack
from carrears.memory import settle
from carrears.resources import shipped

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
    for name in _ZONES:
        show_batch(name, options.batch)


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


def count_verdicts(name: str, number: int, seed: int) -> tuple[float, float]:
    """Verdicts a second of one process by the clock, and by its processor's time."""
    pack = load_pack(name, shipped("rulepacks"))
    rng = random.Random(seed)  # noqa: S311  see above
    settle()  # as every process of Carrears does
    took = worked = 0.0
    for block in range(number // _BLOCK + 1):
        asked = [make_question(rng, name, events=10, days=31, step=STEP) for _ in range(_BLOCK)]
        begin, busy = time.perf_counter(), time.process_time()
        for facts, attempt in asked:
            judge(facts, attempt, pack)
        if block:
            took += time.perf_counter() - begin
            worked += time.process_time() - busy
    judged = number // _BLOCK * _BLOCK
    return judged / took, judged / worked


def show_batch(name: str, number: int) -> None:
    """Verdicts a second of all cores."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores) as pool:
        rates = pool.map(count_verdicts, [name] * cores, [number // cores] * cores, range(cores))
        on_clock, on_core = (round(sum(each)) for each in zip(*rates, strict=True))
        print(
            f"{name}: {on_clock:,} verdicts a second on {cores} cores"
            f" (by the processor's time: {on_core:,})"
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


if __name__ == "__main__":
    main()
