"""What must hold between the columns of a row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carrears.money import MoneyError, exponent

Blame = Callable[[str, int, str, str], None]

# The later date must not lie before the earlier one.
_ORDER = {
    "loans": (("originated_on", "first_due_on"), ("originated_on", "closed_on")),
    "reports": (("period_start", "period_end"),),
}


def check_rows(name: str, table: pa.Table, currency: str, blame: Blame) -> None:
    """Tell ``blame`` (table, row, column, reason) of every row that contradicts itself."""
    for earlier, later in _ORDER.get(name, ()):
        for row in _rows(pc.less(table[later], table[earlier])):
            shown = f"{table[later][row]} lies before {earlier} {table[earlier][row]}"
            blame(name, row, later, shown)
    if name == "loans":
        _check_currencies(table, currency, blame)


def _check_currencies(loans: pa.Table, currency: str, blame: Blame) -> None:
    """Amounts were read by the decimals of the mapping's currency; a loan's must be alike."""
    for found in pc.unique(loans["currency"]).to_pylist():
        reason = _refuse(found, currency)
        for row in _rows(pc.equal(loans["currency"], found)) if reason else ():
            blame("loans", row, "currency", reason)


def _refuse(found: str, currency: str) -> str:
    try:
        decimals = exponent(found)
    except MoneyError:
        return f"{found!r} is no currency of ISO 4217"
    if decimals != exponent(currency):
        return f"{found!r} has {decimals} decimals, unlike {currency}, the currency of the mapping"
    return ""


def _rows(mask: pa.ChunkedArray) -> list[int]:
    found: list[int] = np.flatnonzero(mask.fill_null(False).to_numpy()).tolist()
    return found
