"""Cut a snapshot out of a merged book: what it says of the days up to one day."""

# ruff: noqa: S608  names come from the layout, paths are quoted, no value of a tape gets in

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from carrears import layout
from carrears.portfolio.compact import quoted
from carrears.portfolio.sorted_rows import ROW_GROUP, ROW_GROUPS


def cut_snapshot(
    engine: duckdb.DuckDBPyConnection, book: Path, *, as_of: date, out: Path
) -> dict[str, int]:
    """Write what ``book`` says of the days up to ``as_of`` into ``out``; rows by table.

    Nothing that happened or was decided later gets in. A table without later rows is a hard
    link to the book's, so that a million loans a night cost no second copy. What is left of
    any other is in order as it is.
    """
    out.mkdir(parents=True, exist_ok=True)
    day = f"date '{as_of.isoformat()}'"
    late = {
        "loans": f"originated_on > {day} or closed_on > {day}",
        "instalments": f"effective_on > {day} or superseded_on > {day}",
        "payments": f"paid_on > {day}",
        "events": f"happened_on > {day}",
        "reports": f"period_end > {day}",
    }
    cut = {
        "loans": f"select * replace (case when closed_on <= {day} then closed_on end as closed_on,"
        f" case when closed_on <= {day} then closed_reason end as closed_reason)"
        f" from t where originated_on <= {day}",
        "instalments": f"select * replace (case when superseded_on <= {day} then superseded_on end"
        f" as superseded_on, case when superseded_on <= {day} then superseded_known_on end"
        f" as superseded_known_on) from t where effective_on is null or effective_on <= {day}",
        "payments": f"from t where paid_on <= {day}",
        "events": f"from t where happened_on <= {day}",
        "reports": f"from t where period_end <= {day}",
    }
    return {name: _cut(engine, book, out, name, late[name], cut[name]) for name in layout.TABLES}


def _cut(  # noqa: PLR0917  one row of a table of arguments
    engine: duckdb.DuckDBPyConnection, book: Path, out: Path, name: str, late: str, cut: str
) -> int:
    source, target = book / f"{name}.parquet", out / f"{name}.parquet"
    engine.execute(f"create or replace temp view t as from read_parquet({quoted(source)})")
    found = engine.execute(f"select 1 from t where {late} limit 1").fetchall()
    target.unlink(missing_ok=True)
    if not found:
        target.hardlink_to(source)
    else:
        rows = ROW_GROUPS.get(name, ROW_GROUP)
        engine.execute(
            f"copy (select * from ({cut})) to {quoted(target)}"
            f" (format parquet, preserve_order true, row_group_size {rows})"
        )
    return int(pq.read_metadata(target).num_rows)
