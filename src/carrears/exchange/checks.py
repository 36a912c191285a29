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
    if name == "events":
        _check_events(table, blame)
    if name == "people":
        _check_places(table, blame)


# What an event of a kind cannot do without; ``deferral`` and the like need a date once they name
# an instalment.
_NEEDS = {
    **dict.fromkeys(("fee", "penalty", "refund"), ("amount",)),
    "waiver": ("amount", "part"),
    "pause": ("until_on",),
    "penalty_rate": ("annual_rate",),
}
_MOVES = ("deferral", "extension", "reage")
_CHARGES = ("fee", "penalty", "waiver", "refund")


def _check_events(events: pa.Table, blame: Blame) -> None:
    given = {name: name in events.column_names for name in ("amount", "part", "seq", "until_on")}
    kinds = events["kind"]
    for kind, needs in _NEEDS.items():
        is_kind = pc.equal(kinds, kind)
        for name in needs:
            lacks = pc.is_null(events[name]) if name in events.column_names else is_kind
            for row in _rows(pc.and_(is_kind, lacks)):
                blame("events", row, name, f"is missing; an event {kind!r} needs it")
    if given["amount"]:
        negative = pc.and_(pc.is_in(kinds, pa.array(_CHARGES)), pc.less(events["amount"], 0))
        for row in _rows(negative):
            blame("events", row, "amount", "must be at least 0")
    if given["seq"]:
        moves = pc.and_(pc.is_in(kinds, pa.array(_MOVES)), pc.is_valid(events["seq"]))
        lacks = pc.is_null(events["until_on"]) if given["until_on"] else moves
        for row in _rows(pc.and_(moves, lacks)):
            blame("events", row, "until_on", "is missing; the instalment's new due date")


_PLACE = ("address_lat", "address_lon", "address_crs")


def _check_places(people: pa.Table, blame: Blame) -> None:
    """Where an address is is told whole, by its system, and of an address."""
    nothing = pa.chunked_array([pa.nulls(len(people), pa.bool_()).fill_null(False)])
    has = {
        name: pc.is_valid(people[name]) if name in people.column_names else nothing
        for name in (*_PLACE, "address")
    }
    any_told = pc.or_(pc.or_(has["address_lat"], has["address_lon"]), has["address_crs"])
    for name in _PLACE:
        for row in _rows(pc.and_(any_told, pc.invert(has[name]))):
            blame("people", row, name, f"is missing; a place is told by {', '.join(_PLACE)}")
    for row in _rows(pc.and_(any_told, pc.invert(has["address"]))):
        blame("people", row, "address", "is missing; it has coordinates")
    if {"address_lat", "address_lon"} <= set(people.column_names):
        nowhere = pc.and_(pc.equal(people["address_lat"], 0), pc.equal(people["address_lon"], 0))
        for row in _rows(nowhere):
            blame("people", row, "address_lat", "0, 0 lies in the sea: unknown places are empty")


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
