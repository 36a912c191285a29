"""What a night of 100 million loans needs, from a model that is measured here.

    python -m bench.scale [--sizes 100000 300000 1000000] [--no-spark]

The columnar half of a night (ledger, scores, decisions) over books of growing size, in one process
of this machine: CPU seconds as a straight line through all sizes but the largest, which the line
then has to foretell; and the same steps on Spark (``local[2]``) on the middle size, which tells
what a cluster pays for moving rows between processes. What is said of 100 million loans is that
line drawn on; nobody has run it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.book import AS_OF, ensure_book
from bench.memory import peak_mib
from bench.screen import SEED

if TYPE_CHECKING:
    from carrears.dayrun.engines import Engine

STEPS = ("delinquency", "risk", "strategy")
FAR = 100_000_000
HOURS = (1, 4)  # windows that a night may have
COLUMNS = ("loans", *STEPS, "all", "clock", "peak MiB", "files MiB")


@dataclass(frozen=True)
class Night:
    """One book's columnar half: CPU seconds by step, seconds by the clock, peak, size of files."""

    loans: int
    cpu: dict[str, float]
    clock: float
    peak_mib: float
    files_mib: float

    @property
    def total(self) -> float:
        """CPU seconds of all steps."""
        return sum(self.cpu.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--no-spark", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="carrears-bench-") as scratch:
        home = Path(scratch)
        start(home)
        sizes = sorted(wanted.sizes)
        books = [ensure_book(home / f"book-{n}", loans=n, seed=SEED) for n in sizes]
        night(books[0], home, loans=sizes[0])  # compiles, and fills the caches
        nights = [night(book, home, loans=n) for book, n in zip(books, sizes, strict=True)]
        middle = len(sizes) // 2
        on_spark = None if wanted.no_spark else spark(books[middle], home)
    show(nights, on_spark, middle)


def start(home: Path) -> None:
    """Django with a home of its own; no database is asked."""
    os.environ["CARREARS_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
    import django  # noqa: PLC0415  the home has to be known first

    django.setup()


def night(book: Path, home: Path, *, loans: int) -> Night:
    """The columnar half on this machine."""
    from carrears.dayrun import columnar  # noqa: PLC0415  Django has to be up

    used, clock = steps(columnar, book, home / "out")
    size = sum(file.stat().st_size for file in book.glob("*.parquet")) / 2**20
    return Night(loans, used, clock, peak_mib(), size)


def steps(engine: Engine, book: Path, out: Path) -> tuple[dict[str, float], float]:
    """CPU seconds of this process by step, and seconds of all by the clock."""
    from carrears.casework.facts import CASE_FACTS  # noqa: PLC0415  see above
    from carrears.dayrun.questions import load_questions  # noqa: PLC0415  see above
    from carrears.portfolio.products import load_products  # noqa: PLC0415  see above
    from carrears.strategy.compile import compile_graph  # noqa: PLC0415  see above
    from carrears.strategy.files import shipped_strategy  # noqa: PLC0415  see above

    products, questions = load_products(out.parent), load_questions().of_book(AS_OF)
    shipped = shipped_strategy()
    strategy = compile_graph(shipped.document, shipped.facts)
    state, scored, decided = (out / f"{name}.parquet" for name in ("state", "scored", "decided"))
    asked: dict[str, Any] = {"products": products, "questions": questions}
    work = {
        "delinquency": lambda: engine.write_state(book, state, as_of=AS_OF, **asked),
        "risk": lambda: engine.write_scores(book, state, scored, questions=questions),
        "strategy": lambda: engine.write_decisions(
            scored, decided, cases=CASE_FACTS.empty_table(), strategy=strategy, **asked
        ),
    }
    used, begun = {}, time.perf_counter()
    for name, step in work.items():
        before = time.process_time()
        step()
        used[name] = time.process_time() - before
    return used, time.perf_counter() - begun


def spark(book: Path, home: Path) -> float | None:
    """Seconds by the clock of the same steps on Spark, once it is up; None without Spark."""
    from carrears.dayrun.cluster import Cluster, ClusterError  # noqa: PLC0415  see above
    from carrears.dayrun.columnar import sha256  # noqa: PLC0415  see above
    from carrears.dayrun.store import Store  # noqa: PLC0415  see above

    hashes = {file.stem: sha256(file) for file in sorted(book.glob("*.parquet"))}
    (book / "manifest.json").write_text(json.dumps({"sha256": hashes}))
    try:
        with Cluster("local[2]", Store(str(home / "store")), as_of=AS_OF) as cluster:
            steps(cluster, book, home / "spark")  # publishes the snapshot, starts the workers
            return steps(cluster, book, home / "spark")[1]
    except ClusterError as error:
        Console(stderr=True).print(f"without Spark: {error}")
        return None


def show(nights: list[Night], on_spark: float | None, middle: int) -> None:
    console = Console(width=110)
    table = Table(*COLUMNS, title="CPU seconds, one process, two threads")
    for one in nights:
        parts = [one.cpu[name] for name in STEPS]
        figures = [f"{value:,.1f}" for value in (*parts, one.total, one.clock)]
        table.add_row(f"{one.loans:,}", *figures, f"{one.peak_mib:,.0f}", f"{one.files_mib:,.0f}")
    console.print(table)
    *known, last = nights
    slope, base = np.polyfit([n.loans for n in known], [n.total for n in known], 1)
    foretold = base + slope * last.loans
    console.print(
        f"a line through all but the largest: {base:.1f} s + {1e6 * slope:.1f} s a million;"
        f" it foretells {foretold:.1f} s for {last.loans:,}, measured {last.total:.1f} s"
        f" ({100 * (foretold / last.total - 1):+.0f} %)"
    )
    per_million = last.total / last.loans * 1e6
    factor = None if on_spark is None else on_spark / nights[middle].clock
    if factor is not None:
        console.print(
            f"Spark local[2] on {nights[middle].loans:,} loans: {on_spark:.1f} s by the clock,"
            f" {factor:.1f} × the single process"
        )
    far = per_million * FAR / 1e6
    files = last.files_mib / last.loans * FAR / 1024
    console.print(f"{FAR:,} loans: {far / 3600:.1f} core hours, {files:,.0f} GiB of Parquet")
    for hours in HOURS:
        cores = far * (factor or 1) / (hours * 3600)
        console.print(f"  within {hours} h: {cores:.1f} cores{' on Spark' if factor else ''}")


if __name__ == "__main__":
    main()
