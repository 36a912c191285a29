"""What was told of some loans since their snapshot was cut, laid out as the snapshot is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from carrears import layout

_COLUMNS = {
    "payments": ("payment_no", "paid_on", "kind", "amount", "known_on"),
    "events": ("event_no", "happened_on", "kind", "amount", "known_on"),
}
# Statements of ``database.session.run_kept``, whose rows ``with_told`` takes.
TOLD = {
    "payments": """
select loan_no, idempotency_key, paid_on, kind, amount, known_on
from portfolio_receivedpayment where loan_no = any(%(loan_nos)s::text[])
""",
    "events": """
select loan_no, idempotency_key, happened_on, kind, amount, known_on
from portfolio_receivedevent where loan_no = any(%(loan_nos)s::text[])
""",
}


def with_told(
    name: str, known: pa.Table, *, loan_ids: Mapping[str, int], told: Sequence[tuple[Any, ...]]
) -> pa.Table:
    """The rows of a table of the snapshot with those that it lacks, in the order of the layout."""
    schema, keys = layout.TABLES[name], layout.SORT_KEYS[name]
    number = _COLUMNS[name][0]
    if not told:
        return layout.as_laid_out(name, known)
    have = set(zip(*(known.column(key).to_pylist() for key in ("loan_id", number)), strict=True))
    fresh = [
        {"loan_id": loan_ids[loan_no]} | dict(zip(_COLUMNS[name], row, strict=True))
        for loan_no, *row in told
        if (loan_ids[loan_no], row[0]) not in have
    ]
    added = pa.Table.from_pylist(fresh, schema=schema)
    before = layout.as_laid_out(name, known).select(schema.names).cast(schema)
    return pa.concat_tables([before, added]).sort_by([(key, "ascending") for key in keys])
