"""Whole answers of a compiled graph, as the engine would give them, for a few inputs.

The batch writes columns; here the same columns become objects again, so that they can be held
against the engine's own answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from carrears.strategy.batch import layered_query
from carrears.strategy.compile import Compiled
from carrears.strategy.errors import FactsError, Place, RefusedError
from carrears.strategy.facts import Fact, Kind
from carrears.strategy.inference import fact_values
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.results import result_columns
from carrears.strategy.syntax import UnknownSyntaxError

ROW = "row_of_the_case"


class Raised:
    """The engine raises, at this node."""

    def __init__(self, node: str) -> None:
        self.node = node


def answer_all(
    con: duckdb.DuckDBPyConnection, compiled: Compiled, rows: Sequence[Mapping[str, Any]]
) -> list[Any]:
    """The compiled graph's whole answer to each input, or that it raises.

    Raises:
        FactsError: an input does not fit the declared facts.
        RefusedError: a part of the answer has no form outside of the engine.
    """
    compiled = replace(compiled, facts=compiled.declared)  # some only pass through
    columns: dict[str, pa.Array] = {ROW: pa.array(range(len(rows)), pa.int64())}
    for path, (_, fact) in compiled.facts.items():
        columns[path] = _array(list(fact_values(rows, path, fact)), path, fact)
    source = "inputs_of_the_cases"
    con.register(source, pa.table(columns))
    try:
        with layered_query(con, source, compiled) as query:
            sql, parts = _select(compiled, query)
            found = con.execute(sql).fetchall()
    finally:
        con.unregister(source)
    found.sort(key=lambda row: row[0])
    return [_answer(row, parts, given) for row, given in zip(found, rows, strict=True)]


_Part = tuple[int, tuple[str, ...], str]


def _select(compiled: Compiled, query: str) -> tuple[str, list[_Part]]:
    parts: list[_Part] = []
    chosen = ["s0", _way(compiled), compiled.failed or "NULL"]
    for number, ending in enumerate(compiled.endings):
        try:
            columns = result_columns(ending)
        except UnknownSyntaxError as error:
            raise RefusedError(Place(), reason_of(error)) from error
        for path, sql, what in columns:
            parts.append((number, path, what))
            chosen.append(sql)
    return f"SELECT {', '.join(chosen)} FROM ({query})", parts  # noqa: S608  our own SQL


def _way(compiled: Compiled) -> str:
    whens = [f"WHEN {e.guard or 'true'} THEN {n}" for n, e in enumerate(compiled.endings)]
    return f"(CASE {' '.join(whens)} END)"


def _answer(row: Sequence[Any], parts: Sequence[_Part], given: Mapping[str, Any]) -> Any:
    way, failed = row[1], row[2]
    if failed is not None:
        return Raised(str(failed))
    answer: dict[str, Any] = {}
    for (number, path, what), value in zip(parts, row[3:], strict=True):
        if number != way:
            continue
        _put(answer, path, _part(what, value, given))
    return answer


def _part(what: str, value: Any, given: Mapping[str, Any]) -> Any:
    if what == "opaque":
        return plain(_at(given, str(value).split(".")))
    if what == "object":
        return None if value else {}
    return plain(value)


def _at(given: Any, path: Sequence[str]) -> Any:
    for name in path:
        given = given.get(name) if isinstance(given, dict) else None
    return given


def _put(answer: dict[str, Any], path: Sequence[str], value: Any) -> None:
    *outer, last = path
    inner: Any = answer
    for name in outer:
        inner = inner.get(name)
        if inner is None:
            return  # the object around it is not there
    inner[last] = value


def plain(value: Any) -> Any:
    """Days as texts, and numbers as decimals."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


def _array(values: list[Any], path: str, fact: Fact) -> pa.Array:
    try:
        return pa.array(values, _arrow(fact))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise FactsError(say("the fact {path!r}: {error}", path=path, error=error)) from error


def _arrow(fact: Fact) -> pa.DataType:
    """The column of a fact; of an object of its own it only says whether it is there."""
    return pa.bool_() if fact.kind is Kind.OBJECT else _element(fact)


def _element(fact: Fact) -> pa.DataType:
    if fact.kind is Kind.LIST:
        return pa.list_(_element(fact.items) if fact.items else pa.string())
    if fact.kind is Kind.OBJECT:
        fields = (fact.fields or {}).items()
        return pa.struct([pa.field(name, _element(inner)) for name, inner in fields])
    if fact.kind is Kind.NUMBER:
        return pa.decimal128(38, fact.scale)
    kinds = {Kind.BOOLEAN: pa.bool_(), Kind.DATE: pa.date32()}
    return kinds.get(fact.kind, pa.string())
