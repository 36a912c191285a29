"""Which of a loan's rows hold when several parts tell of it, and from when until when.

Rows come as a sorted stream of whole loans. Most loans have nothing to settle: one part told
all their rows and none of them bears on another. The others are settled in DuckDB, a few
thousand loans at a time, so that no book is too large.
"""

# ruff: noqa: S608  names come from the layout, no value of a tape gets in

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carrears import layout
from carrears.portfolio.sorted_rows import lay_together, loan_ids

# What makes two rows of two parts the same row of a loan.
IDENTITY = {
    "loans": (),
    "instalments": ("seq", "effective_on"),
    "payments": ("payment_no",),
    "events": ("event_no",),
    "reports": ("period_end",),
}
DERIVED = ("superseded_on", "superseded_known_on")
# A row in which this is not null bears on another row of its loan.
_BEARING = {"instalments": "effective_on", "payments": "reverses_no"}

# A re-issued row ends the one it replaces.
_ENDED = """
    select *, lead(effective_on) over versions as superseded_on,
           lead(known_on) over versions as superseded_known_on
    from newest
    window versions as (partition by loan_id, seq order by effective_on nulls first)
"""
# A reversal that names a payment counts for that payment's day, and is known on its own.
_DATED = """
    select r.* replace (
             coalesce(p.paid_on, r.paid_on) as paid_on,
             case when r.reverses_no is null then r.known_on
                  else coalesce(r.known_on, r.paid_on) end as known_on)
    from newest r
    left join newest p on p.loan_id = r.loan_id and p.payment_no = r.reverses_no
"""
_SETTLED = {"instalments": _ENDED, "payments": _DATED}


def settle(engine: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> pa.Table:
    """The rows of the table ``name`` that hold, in the columns and the order of the layout.

    ``rows`` have whole loans in the order of ``layout.SORT_KEYS``, without what is worked out
    here, and ``rank``: of two that say the same thing anew the higher one holds.
    """
    is_open = _has_to_be_settled(name, rows)
    plain = rows if not is_open.any() else rows.filter(pa.array(~is_open))
    plain = layout.as_laid_out(name, plain).select(layout.TABLES[name].names)
    if not is_open.any():
        return plain
    engine.register("unsettled", rows.filter(pa.array(is_open)))
    settled = engine.sql(_settling_query(name)).to_arrow_table()
    engine.unregister("unsettled")
    return lay_together([plain, settled.cast(plain.schema)])


def _has_to_be_settled(name: str, rows: pa.Table) -> npt.NDArray[np.bool_]:
    """The rows of loans of which several parts tell, or that have a row bearing on another."""
    ids, rank = loan_ids(rows), rows["rank"].to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))
    is_open = np.minimum.reduceat(rank, starts) != np.maximum.reduceat(rank, starts)
    if name in _BEARING:
        bears = rows[_BEARING[name]].is_valid().to_numpy()
        is_open |= np.logical_or.reduceat(bears, starts)
    return np.repeat(is_open, np.diff(np.append(starts, len(ids))))


def _settling_query(name: str) -> str:
    """Of rows of one identity those of the highest rank; a file has no row twice."""
    identity = ", ".join(("loan_id", *IDENTITY[name]))
    settled = _SETTLED.get(name, "from newest")
    return f"""
        with newest as (
          select * exclude (rank) from unsettled
          qualify rank() over (partition by {identity} order by rank desc) = 1)
        select {", ".join(layout.TABLES[name].names)} from ({settled})
        order by {", ".join(layout.SORT_KEYS[name])}
    """
