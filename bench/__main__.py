"""Measure everything and write docs/benchmarks.md.

python -m bench
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
_SECTIONS = {
    "Delinquency of a million loans": (
        "bench.screen",
        (
            "The screen beside only reading the same files, beside a window over every instalment,"
            " beside a per-loan loop in plain Python (on a sample, scaled up), and one loan at a"
            " time."
            " All answers are compared first. Goals: at most 4 times reading, at most 1 GiB."
        ),
    ),
    "The ledger": (
        "bench.ledger",
        (
            "Every entry of every loan replayed with penalty and compound interest, from the files"
            " to arrears by component, beside only reading them, Polars without penalty and a"
            " per-loan loop in plain Python, whose answers are compared. Goals: at most 8 times"
            " reading, at most 2 GiB."
        ),
    ),
    "Figures by month": (
        "bench.analytics",
        (
            "A year of month-ends worked out once, then each figure over them, beside only reading"
            " the book's files. What is worked out is kept; a figure asked again is an answer kept."
        ),
    ),
    "A whole day": (
        "bench.day",
        "The ordinary commands on the real Ally book (where it is at hand) and on the demo's book.",
    ),
    "A night of a million loans": (
        "bench.million",
        (
            "Every step of a day over the book of the delinquency section, cases in PostgreSQL; the"
            " same day again; after a thousand late payments; and the next day beside 200 events a"
            " second for a minute. Goals: at most 60 s, the same day again at most 20 s; 99 of 100"
            " events seen done within a second."
        ),
    ),
    "Reminding a million loans before the due date": (
        "bench.reminders_all",
        (
            "The step `reminders_all` of a first night over the same book, whose cadence says T-7,"
            " T-3, T-1 and T-0 to all. Sending is not in it."
        ),
    ),
    "Decision tables": (
        "bench.strategy",
        (
            "The compiled form against the engine `zen` with a static loader, on the same facts; ≠"
            " counts different answers."
        ),
    ),
    "Early warning": (
        "bench.warning",
        (
            "On the real tapes: of the loans not behind at a month's end, how many of those behind"
            " at the end of the next were in the tenth that the early-warning card puts first,"
            " beside the tenth that was behind at most month-ends before."
        ),
    ),
    "Champion against challenger": (
        "bench.experiments",
        (
            "Simulated experiments with known effects: how often the interval, looked at every day"
            " of a year, missed the truth at least once, beside the textbook's interval looked at"
            " as often; and how often a guard rail tripped."
        ),
    ),
    "Simulation": (
        "bench.simulation",
        (
            "Two strategies on twelve month-ends of a million loans: facts once a day,"
            " moves, workload, cost and expected recovery, beside only reading the same files."
            " Goal: at most 60 seconds."
        ),
    ),
    "Past one machine": (
        "bench.scale",
        (
            "The columnar half of a night over growing books, a line through all but the largest"
            " and how well it foretells that one; the same on Spark inside this machine; and what"
            " the line says of 100 million loans."
        ),
    ),
    "What is said": (
        "bench.wording",
        (
            "The words of the pack for China held against posts of COLD that people labelled"
            " offensive or not, and that the lists were not tuned on. Most of what is offensive"
            " there is a slight to a group without a foul word. And the shipped templates, filled"
            " for one person after another."
        ),
    ),
    "The gate": (
        "bench.gate",
        (
            "One verdict with a year of 400 contacts, of which 55 in the last week, for each rule"
            " pack; and how many verdicts a second all cores give in a night's batch, which asks of"
            " each contact it plans when within a day it is lawful, and where each debtor is asked"
            " about one moment only. Each is a whole verdict, next lawful time included, on plainer"
            " facts. Goals: p99 at most 5 ms; 20,000 verdicts a second in the batch."
        ),
    ),
    "A night's contacts": (
        "bench.night",
        (
            "20,000 e-mails and calls spread over the lawful hours of a day and over channels,"
            " then the gate asked about each at its place, five hundred together, and about"
            " 2,000 of them one by one. Any difference, and any place that is not lawful, ends"
            " it with an error."
        ),
    ),
    "Reminders by SMPP": (
        "bench.sms",
        (
            "100,000 reminders planned, gated and given to the npm package `smpp` on loopback, with"
            " receipts, all processes killed twice on the way. Goal: 500 a second, none lost, none"
            " given twice, at most a window uncertain for each kill."
        ),
    ),
    "The second wall": (
        "bench.rls",
        (
            "The queue page and a search behind row-level security and without, turn by turn, for"
            " people of the lender and of an agency, on the demo's book. Goal: at most 1.15 times."
        ),
    ),
    "Collectors at once": (
        "bench.collectors",
        (
            "200 collectors on 100,000 open cases against `carrears serve` as shipped, asked by"
            " Locust on loopback: the queue, the next case, its page, what came of a contact, 20"
            " to 40 seconds between pages. Who had which case is written down by the database."
            " Goals: 95 of 100 answers within 300 ms, no error, no case before two at once."
        ),
    ),
    "A team lead's screens": (
        "bench.team_now",
        (
            "*Team now* and the plan of *Pull back* over 100,000 open cases, asked on loopback, and"
            " beside them what only reading the indexes takes of which a look is made."
        ),
    ),
    "An agency's log of contacts": (
        "bench.contact_logs",
        (
            "A file of 2,000 rows taken in, each judged by the gate and counted as any contact,"
            " beside only inserting as many rows."
        ),
    ),
    "The last permitted call": (
        "bench.races",
        (
            "Pairs of callers, one of the lender and one of an agency, on the last "
            "permitted call of a debtor's day, through the function that the API books "
            "calls with, from 16 sessions of an embedded PostgreSQL; who won is read from "
            "the database afterwards. Goal: no double spend in 100,000 pairs; it ends after "
            "ten minutes, with as many pairs as were raced."
        ),
    ),
    "Personal data of a case page": (
        "bench.fields",
        "Eight people's data keys unwrapped and five fields of each opened. Goal: at most 2 ms.",
    ),
    "The evidence log": ("bench.evidence", "Entries appended, sequenced and verified."),
    "The vault of recordings": (
        "bench.vault",
        "Half a GiB sealed, stored and opened again, and small parts of it read from anywhere.",
    ),
    "Proof bundles": (
        "bench.bundle",
        (
            "A year of one case as a bundle with both reports, and verified by the separate"
            " program, its start included. Goals: made in at most 2 s, verified in at most 0.5 s."
        ),
    ),
}
_INTRO = """# Benchmarks

The last figures, and how to repeat them: `make bench` measures everything and writes this page;
`python -m bench.screen` and its neighbours measure one thing each. Nothing here is asserted in a
test: machines differ, ratios within one run say more than seconds.

{date}, {machine}.

From nothing to the first screen: `make demo` in a fresh clone with an empty home took 110 seconds
on 2026-11-24 (28 to set up Python, the front end and the translations, everything downloaded; 82
to generate, import and run 20,000 loans through five month-ends), taken by hand.
"""


def main() -> None:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    page = [_INTRO.format(date=f"{datetime.now(UTC):%Y-%m-%d}", machine=f"{machine}, {load}")]
    for title, (module, about) in _SECTIONS.items():
        print(f"{module} …", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, "-m", module],
            env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        lines = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        page.append(f"## {title}\n\n{about}\n\n```text\n{lines}\n```\n\n`python -m {module}`\n")
    _PAGE.write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
