"""A whole day run, step by step: the real Ally book where it is at hand, and the demo's.

    python -m bench.day [--tapes DIR]

Each book gets a home of its own and the ordinary commands. Also: how long one payment takes to
re-decide one case in a running process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

_ROOT = Path(__file__).resolve().parents[1]
_PAYMENTS = 60
_STEPS = (
    "snapshot", "delinquency", "risk", "strategy", "cases", "actions", "contact", "evidence",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tapes", type=Path, default=_ROOT.parent / "shared" / "tapes")
    tapes = parser.parse_args().tapes
    table = Table(title=f"seconds a step, {os.cpu_count()} cores")
    for heading in ("book", "loans", "behind", "sent", "import", *_STEPS, "all steps"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory(prefix="carrears-bench-") as scratch:
        homes = Path(scratch)
        real = sorted(tapes.glob("ally-*.csv.gz"))
        if real:
            table.add_row("Ally 2017-3", *_row(homes / "ally", list(real), "2019-11-30"))
        tape = homes / "tape"
        _run(homes / "demo", "book", "generate", "--out", str(tape))
        table.add_row("demo, 20,000", *_row(homes / "demo", [tape], "2026-10-31"))
        Console(width=150).print(table)
        print(_one_payment(homes / "demo"))


def _row(home: Path, tape: list[Path], day: str) -> list[str]:
    started = time.perf_counter()
    _run(home, "book", "import", *map(str, tape), "--json")
    imported = time.perf_counter() - started
    if "ally" in home.name:
        _run(home, "book", "people")
    summary: dict[str, Any] = json.loads(_run(home, "day", "--as-of", day, "--json"))
    counts = [f"{summary[name]:,}" for name in ("loans", "behind", "actions_sent")]
    seconds = [summary["seconds"][step] for step in _STEPS]
    return [*counts, *(f"{value:.2f}" for value in (imported, *seconds, sum(seconds)))]


def _run(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "carrears", *arguments],
        env=os.environ | {"CARREARS_HOME": str(home)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def _one_payment(home: Path) -> str:
    """Half a minute of payments of one fen on open cases, one after another.

    Beside the whole (booked, effects kept, evidence sealed) the re-decision alone: state, score,
    facts, decision, case, early warning.
    """
    os.environ["CARREARS_HOME"] = str(home)
    from carrears.cli import start_django  # noqa: PLC0415  the home has to be known first

    start_django()
    from carrears.casework.models import Case  # noqa: PLC0415  Django has to be up
    from carrears.inbox import working  # noqa: PLC0415  see above
    from carrears.inbox.services import take_payment  # noqa: PLC0415  see above

    took, decided, decide = [], [], working.decide

    def timed(*given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        found = decide(*given, **named)
        decided.append(1000 * (time.perf_counter() - started))
        return found

    working.decide = timed
    cases = list(Case.objects.filter(state="open").order_by("?")[: _PAYMENTS + 1])
    for place, case in enumerate(cases):
        started = time.perf_counter()
        take_payment(
            case.loan_no,
            amount=1,
            currency=case.currency,
            paid_on=date(2026, 10, 31),
            key=f"bench:{place}",
            source="bench",
        )
        took.append(1000 * (time.perf_counter() - started))
    return (
        f"one payment, booked, re-decided, cases and evidence written: first {took[0]:.0f} ms,"
        f" then {_spread(took[1:])}; the re-decision alone {_spread(decided[1:])}"
    )


def _spread(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    return (
        f"p50 {statistics.median(ordered):.0f} ms, p99 {ordered[int(len(ordered) * 0.99)]:.0f} ms"
        f" over {len(ordered)}"
    )


if __name__ == "__main__":
    main()
