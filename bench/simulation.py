"""Twelve months of a million loans under two strategies, beside only reading the same files.

    python -m bench.simulation [--loans N] [--months N] [--book DIR]

The book is that of the other benchmarks; the home is a fresh one. Both strategies are the shipped
one, the second with its e-mails turned into calls. Nobody is on record, so that the gate judges
nothing: its part is measured on its own, a situation at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.book import AS_OF, ensure_book
from bench.own_home import make_scratch
from bench.screen import SEED


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--book", type=Path, help="keep the book here and use it again")
    asked = parser.parse_args()
    home = make_scratch()
    folder = asked.book or Path(home) / "million"
    book = ensure_book(folder, loans=asked.loans, seed=SEED)
    os.environ["CARREARS_HOME"] = home
    _measure(book, months=asked.months, loans=asked.loans)


def _measure(book: Path, *, months: int, loans: int) -> None:
    from carrears.cli import start_django  # noqa: PLC0415  the home has to be known first

    start_django()
    from carrears.dayrun.questions import load_questions  # noqa: PLC0415  Django has to be up
    from carrears.portfolio.models import Snapshot  # noqa: PLC0415  see above
    from carrears.simulation.services import ask_simulation, run_simulation  # noqa: PLC0415
    from carrears.simulation.sights import month_ends  # noqa: PLC0415  see above
    from carrears.strategy.models import StrategyVersion  # noqa: PLC0415  see above
    from carrears.strategy.services import published_strategy  # noqa: PLC0415  see above

    load_questions()
    published = published_strategy()
    document = json.loads(json.dumps(published.document).replace("'email'", "'call'"))
    StrategyVersion.objects.create(
        name="treatment", version="f" * 64, document=document, facts=published.facts
    )
    Snapshot.objects.create(
        as_of=AS_OF, revision=1, inputs_hash="bench", folder=str(book), manifest={}
    )
    reading = _read(book)
    asked = ask_simulation("in-force", "f" * 64, days=month_ends(months))
    started = time.perf_counter()
    done = run_simulation(asked)
    seconds = time.perf_counter() - started
    again = _read(book)
    result = done.result or {}
    table = Table(
        title=f"{months} months × {loans:,} loans, two strategies, {os.cpu_count()} cores"
    )
    for heading in ("work", "seconds", "times reading once", "peak RSS, MiB"):
        table.add_column(heading, justify="right")
    table.add_row("reading the files once", f"{min(reading, again):.2f}", "1", "")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    table.add_row("simulation", f"{seconds:.1f}", f"{seconds / min(reading, again):.0f}", f"{peak}")
    Console(width=110).print(table)
    behind = sum(day["behind"] for day in result["days"])
    decided = sum(day["loans"] for day in result["days"])
    print(
        f"{decided:,} loan-days decided twice, {behind:,} of them behind;"
        f" {len(result['history'])} rates of history; load {os.getloadavg()[0]:.1f}"
    )


def _read(book: Path) -> float:
    """Seconds to read every column of the tables that a simulation reads."""
    import duckdb  # noqa: PLC0415  after the arguments

    started = time.perf_counter()
    with duckdb.connect(config={"threads": 2}) as engine:
        for name in ("loans", "instalments", "payments", "events"):
            path = book / f"{name}.parquet"
            columns = [row[0] for row in engine.execute(f"describe from '{path}'").fetchall()]
            maxima = ", ".join(f'max("{column}")' for column in columns)
            engine.execute(f"select {maxima} from '{path}'").fetchall()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
