"""A night of a million loans, step by step: the first run, the day again, and after late payments.

    python -m bench.million [--loans 1000000] [--folder DIR] [--home DIR]

The book is that of ``bench.book``, brought in as an import would leave it; merging it is timed
beside the day. Cases, actions and evidence are written to PostgreSQL. The ordinary commands in
processes of their own; ``wall`` has their start in it, ``stolen`` is the share of the processors'
time that a virtual machine wanted and its host gave to others. Then the next day, with events
coming in beside it (``bench.events``), once the server has swept up after the first.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from bench import events
from bench.book import AS_OF, ensure_book
from bench.own_home import make_scratch
from carrears import layout
from carrears.portfolio.compact import quoted

SEED = 20260630
_LATE_PAYMENTS = 1_000
_STEPS = (
    "snapshot", "delinquency", "risk", "strategy", "cases", "warning", "actions", "reminders",
    "contact", "figures", "evidence",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One ``carrears day``: what it told, and what the process took."""

    summary: dict[str, Any]
    wall: float
    cpu: float
    peak_mib: float
    stolen: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the book here and use it again")
    parser.add_argument("--home", type=Path, help="a home to make, and to keep")
    wanted = parser.parse_args()
    scratch = make_scratch()
    folder = ensure_book(wanted.folder or Path(scratch) / "book", loans=wanted.loans, seed=SEED)
    home = wanted.home or Path(scratch) / "home"
    merging = bring_in(folder, home)
    # Once, untimed: the first night of all compiles the packages, and the ledger's kernel.
    for command in (["carrears", "--help"], ["bench.ledger", "--loans", "500", "--only-alone"]):
        subprocess.run(
            [sys.executable, "-m", *command],
            env=_environment(home),
            check=True,
            stdout=subprocess.DEVNULL,
        )
    first = run_day(home)
    again = run_day(home)
    pay_late()
    moved = run_day(home)
    show(merging, {"first run": first, "the same again": again, "after late payments": moved})
    sweep()
    events.measure(argparse.Namespace(home=home, rate=200, seconds=60, workers=1, no_day=False))


def bring_in(folder: Path, home: Path) -> float:
    """Make a home whose book is that of ``folder``; seconds that merging it took."""
    os.environ["CARREARS_HOME"] = str(home)
    from carrears.cli import start_django  # noqa: PLC0415  the home has to be known first

    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.exchange.models import ImportState, TapeImport  # noqa: PLC0415  see above
    from carrears.portfolio.services import newest_book, part_folder  # noqa: PLC0415  see above

    tape = TapeImport(
        key=f"bench-{folder.name}",
        file_name=folder.name,
        path=str(folder),
        size_bytes=sum(path.stat().st_size for path in folder.glob("*.parquet")),
        mapping="bench",
        state=ImportState.DONE,
        as_of_to=AS_OF,
        started_at=now(),
        finished_at=now(),
    )
    tape.tables = write_part(folder, part_folder(tape))
    tape.save()
    started = time.perf_counter()
    newest_book()
    return time.perf_counter() - started


def write_part(folder: Path, part: Path) -> dict[str, int]:
    """The book's tables as an import leaves them: by loan number; returns rows by table."""
    part.mkdir(parents=True)
    engine = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})
    loans = quoted(folder / "loans.parquet")
    engine.execute(f"create view numbers as select loan_id, loan_no from read_parquet({loans})")
    counts = {}
    for name in layout.TABLES:
        source, out = folder / f"{name}.parquet", part / f"{name}.parquet"
        if source.exists():
            columns = ", ".join(_part_columns(engine, source, name))
            engine.execute(
                f"copy (select n.loan_no, {columns} from read_parquet({quoted(source)}) t"
                f" join numbers n using (loan_id)) to {quoted(out)} (format parquet)"
            )
            counts[name] = pq.read_metadata(out).num_rows
    engine.close()
    return counts


def _part_columns(engine: duckdb.DuckDBPyConnection, source: Path, name: str) -> list[str]:
    """What a part has of a table: neither our numbers, nor what merging works out."""
    told = engine.execute(f"describe from read_parquet({quoted(source)})").fetchall()
    given = {row[0] for row in told}
    derived = {"loan_id", "loan_no", "superseded_on", "superseded_known_on"}
    return [
        f"t.{field.name}" if field.name in given else f"null as {field.name}"
        for field in layout.TABLES[name]
        if field.name not in derived
    ]


def run_day(home: Path) -> Run:
    """The command in a process of its own."""
    started, before = time.perf_counter(), _processor_time()
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "carrears", "day", "--as-of", AS_OF.isoformat(), "--json"],
            env=_environment(home),
            stdout=told,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if status:
            raise SystemExit(f"carrears day ended with {process.returncode}")
        told.seek(0)
        summary = json.load(told)
    wall = time.perf_counter() - started
    stolen, passed = (after - one for after, one in zip(_processor_time(), before, strict=True))
    cpu = used.ru_utime + used.ru_stime
    return Run(summary, wall, cpu, used.ru_maxrss / 1024, stolen / max(passed, 1))


def _processor_time() -> tuple[int, int]:
    """What the host kept for others of the processors' time, and all of it; nothing elsewhere."""
    try:
        spent = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return 0, 0
    return spent[7], sum(spent)


def _environment(home: Path) -> dict[str, str]:
    """As a user has it: an installed program finds its bytecode, and keeps it where it does not."""
    given = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return given | {"CARREARS_HOME": str(home)}


def pay_late() -> None:
    """A thousand payments told after the run, of loans that have a case."""
    from carrears.casework.models import Case  # noqa: PLC0415  Django has to be up
    from carrears.portfolio.received import (  # noqa: PLC0415  see above
        PaymentTold,
        receive_payments,
    )

    cases = Case.objects.filter(state="open").order_by("loan_id")[:_LATE_PAYMENTS]
    receive_payments(
        [
            PaymentTold(
                loan_no=case.loan_no,
                amount=case.arrears,
                currency=case.currency,
                paid_on=AS_OF,
                key=f"late:{case.loan_no}",
                source="bench",
            )
            for case in cases
        ]
    )


def sweep() -> None:
    """What the server's own housekeeping has done by the next day, which here begins at once."""
    from django.db import connection  # noqa: PLC0415  Django has to be up

    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


def show(merging: float, runs: dict[str, Run]) -> None:
    """What was measured."""
    first = next(iter(runs.values())).summary
    table = Table(
        title=f"{first['loans']:,} loans, {first['behind']:,} behind, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f}; merging the book {merging:.1f} s"
    )
    for heading in ("seconds", *_STEPS, "all steps", "wall", "CPU", "stolen", "peak MiB", "cases"):
        table.add_column(heading, justify="right")
    for name, run in runs.items():
        told = run.summary
        seconds = [0.0] * len(_STEPS) if told["repeated"] else [told["seconds"][s] for s in _STEPS]
        moved = 0 if told["repeated"] else told["cases_opened"] + told["cases_closed"]
        table.add_row(
            name,
            *(f"{one:.2f}" for one in (*seconds, sum(seconds), run.wall, run.cpu)),
            f"{run.stolen:.0%}",
            f"{run.peak_mib:,.0f}",
            f"{moved:,}",
        )
    Console(width=170).print(table)


if __name__ == "__main__":
    main()
