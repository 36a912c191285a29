"""A compiled strategy over a table of facts in DuckDB."""

# ruff: noqa: S608  names are quoted or made here, values are typed literals

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from carrears.strategy.compile import Compiled, Step
from carrears.strategy.errors import FactsError
from carrears.strategy.facts import Fact, Kind
from carrears.strategy.fold import judge_combinations, name_outcomes
from carrears.strategy.jdm import rule_id
from carrears.strategy.sql import quote_name
from carrears.strategy.table import ABSENT, Output

RULE_ID = "rule_id"
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_run = count()
_Hold = Callable[[str, pa.Table], str]


def decide_batch(
    facts: pa.Table | str,
    compiled: Compiled,
    *,
    con: duckdb.DuckDBPyConnection | None = None,
) -> pa.Table:
    """Decide every row of a table of facts.

    ``facts`` is an Arrow table, or the name of a table or view of ``con``. The answer has the
    columns of the facts, then the fields that the strategy writes (null where none was
    written) and ``rule_id``: the rules that fired, joined by "/", null where none did. The
    order of the rows is not kept.

    Raises:
        FactsError: a fact is missing or its column cannot hold the declared kind exactly.
    """
    used = con or duckdb.connect()
    source = facts if isinstance(facts, str) else f"facts_{next(_run)}"
    if isinstance(facts, pa.Table):
        used.register(source, facts)
    try:
        with decided(used, source, compiled) as query:
            return used.sql(query).to_arrow_table()
    finally:
        if isinstance(facts, pa.Table):
            used.unregister(source)
        if con is None:
            used.close()


@contextmanager
def decided(con: duckdb.DuckDBPyConnection, source: str, compiled: Compiled) -> Iterator[str]:
    """SQL of the decided rows of ``source``, as decide_batch gives them.

    The query can be used while the context is open, for instance in ``create table … as``.
    ``source`` is the plain name of a table or view.

    Raises:
        FactsError: as in decide_batch.
    """
    run = f"r{next(_run)}"
    held: list[str] = []

    def hold(name: str, table: pa.Table) -> str:
        con.register(name, table)
        held.append(name)
        return name

    try:
        columns = _columns(con, source)
        for name, table in compiled.lookups.tables.items():
            hold(name, table)
        query = _facts_sql(source, columns, compiled)
        for number, step in enumerate(compiled.steps):
            query = _apply(con, query, step, (number, f"{run}_{number}"), hold)
        yield _final_sql(query, columns, compiled)
    except duckdb.ConversionException as error:
        raise FactsError(f"a fact does not fit its declaration: {error}") from error
    finally:
        for name in held:
            con.unregister(name)


def _columns(con: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    rows = con.execute(f"DESCRIBE SELECT * FROM {quote_name(source)}").fetchall()
    return {row[0]: row[1] for row in rows}


def _facts_sql(source: str, columns: Mapping[str, str], compiled: Compiled) -> str:
    typed = [
        f"{_typed_sql(path, fact, columns)} AS {name}"
        for path, (name, fact) in compiled.facts.items()
    ]
    kept = [f"s.{quote_name(column)} AS s{place}" for place, column in enumerate(columns)]
    selected = ", ".join([*kept, *typed])
    return f"SELECT {selected} FROM {quote_name(source)} s"


def _typed_sql(path: str, fact: Fact, columns: Mapping[str, str]) -> str:
    """The fact's column in its declared kind, where that loses nothing."""
    kind = columns.get(path)
    if kind is None:
        raise FactsError(f"the facts have no column {path!r}")
    column = f"s.{quote_name(path)}"
    if kind == '"NULL"':
        return f"CAST(NULL AS {_sql_type(fact.kind, fact.digits, fact.scale)})"
    if fact.kind is Kind.NUMBER:
        return _number_sql(path, column, kind, fact)
    wanted = {Kind.STRING: "VARCHAR", Kind.BOOLEAN: "BOOLEAN", Kind.DATE: "DATE"}[fact.kind]
    if kind == wanted:
        return column
    if wanted == "VARCHAR" and kind.startswith("ENUM("):
        return f"CAST({column} AS VARCHAR)"
    raise FactsError(f"the column {path!r} is {kind}, not {wanted}")


def _number_sql(path: str, column: str, kind: str, fact: Fact) -> str:
    is_decimal = kind.startswith("DECIMAL(")
    scale = int(kind[8:-1].split(",")[1]) if is_decimal else 0
    if not is_decimal and kind not in {*_WHOLE, "HUGEINT", "UBIGINT"}:
        raise FactsError(f"the column {path!r} is {kind}, which is not exact")
    if scale > fact.scale:
        raise FactsError(
            f"the column {path!r} is {kind}, finer than the declared {fact.scale} decimal places"
        )
    if kind in _WHOLE and kind != "BIGINT" and not fact.scale:
        return column
    return f"CAST({column} AS {_sql_type(fact.kind, fact.digits, fact.scale)})"


def _sql_type(kind: Kind | None, digits: int, scale: int) -> str:
    if kind is Kind.NUMBER:
        return f"DECIMAL({max(digits, 1)},{scale})"
    return {Kind.BOOLEAN: "BOOLEAN", Kind.DATE: "DATE"}.get(kind or Kind.STRING, "VARCHAR")


def _apply(
    con: duckdb.DuckDBPyConnection, query: str, step: Step, named: tuple[int, str], hold: _Hold
) -> str:
    """The query with one table's rules ``r<number>`` and outputs added."""
    number, name = named
    coded, outcomes = _outcome_sql(con, query, step, name, hold)
    hold(name, _outcome_table(step, outcomes))
    added = [f"t.r AS r{number}"]
    if _is_list(step):
        added.append(f"t.c0 AS {step.names[0]}")
    else:
        added += [
            f"{_output_sql(step, place, output)} AS {step.names[place]}"
            for place, output in enumerate(step.table.outputs)
        ]
    return f"SELECT q.* EXCLUDE (k), {', '.join(added)} FROM ({coded}) q JOIN {name} t ON t.k = q.k"


def _is_list(step: Step) -> bool:
    return step.table.node.content.hit_policy == "collect"


def _outcome_sql(
    con: duckdb.DuckDBPyConnection, query: str, step: Step, name: str, hold: _Hold
) -> tuple[str, Sequence[tuple[int, ...]]]:
    """The query with the outcome's number ``k``, and the outcomes by number."""
    table, plan = step.table, step.table.plan
    joins = " ".join(axis.join for axis in table.axes if axis.join)
    codes = [axis.sql for axis in table.axes]
    for place, fold in enumerate(plan.folds):
        parts = zip(fold.parts, fold.strides, strict=True)
        key = " + ".join(f"{codes[part]} * {stride}" for part, stride in parts) or "0"
        array = pa.table({"v": pa.array([fold.table], pa.list_(pa.int32()))})
        held = hold(f"{name}_l{place}", array)
        codes.append(f"list_extract((SELECT v FROM {held}), 1 + {key})")
    if not plan.open_axes:
        return f"SELECT f.*, {codes[-1]} AS k FROM ({query}) f {joins}", plan.outcomes
    open_codes = [codes[axis] for axis in plan.open_axes]
    named = ", ".join(f"{sql} AS c{place}" for place, sql in enumerate(open_codes))
    coded = f"SELECT f.*, {named} FROM ({query}) f {joins}"
    held, outcomes = _judge_open(con, coded, step, f"{name}_k", hold)
    on = " AND ".join(f"g.c{place} = o.c{place}" for place in range(len(open_codes)))
    gone = ", ".join(f"c{place}" for place in range(len(open_codes)))
    return f"SELECT g.* EXCLUDE ({gone}), o.k FROM ({coded}) g JOIN {held} o ON {on}", outcomes


def _judge_open(
    con: duckdb.DuckDBPyConnection, coded: str, step: Step, name: str, hold: _Hold
) -> tuple[str, Sequence[tuple[int, ...]]]:
    """Judge the combinations of codes that occur in the facts."""
    plan, rules = step.table.plan, len(step.table.node.content.rules)
    names = [f"c{place}" for place in range(len(plan.open_axes))]
    columns = con.execute(f"SELECT DISTINCT {', '.join(names)} FROM ({coded})").fetchnumpy()
    combinations = np.column_stack([columns[column].astype(np.int32) for column in names])
    sets = judge_combinations(plan.bits, combinations)
    numbers, outcomes = name_outcomes(sets, rules, collect=_is_list(step))
    found = {column: combinations[:, place] for place, column in enumerate(names)}
    return hold(name, pa.table({**found, "k": numbers})), outcomes


def _outcome_table(step: Step, outcomes: Sequence[tuple[int, ...]]) -> pa.Table:
    """What each outcome writes: ``k``, the rules' ids ``r``, the outputs ``c0…``."""
    node = step.table.node
    ids = ["/".join(rule_id(node, row) for row in rows) or None for rows in outcomes]
    columns: dict[str, pa.Array] = {
        "k": pa.array(range(len(outcomes)), pa.int32()),
        "r": pa.array(ids, pa.string()),
    }
    if _is_list(step):
        columns["c0"] = _collected(step, outcomes)
        return pa.table(columns)
    for place, output in enumerate(step.table.outputs):
        cells = [output.constants[rows[0]] if rows else ABSENT for rows in outcomes]
        columns[f"c{place}"] = _array([None if c is ABSENT else c for c in cells], output)
        columns[f"p{place}"] = pa.array([cell is not ABSENT for cell in cells], pa.bool_())
    return pa.table(columns)


def _collected(step: Step, outcomes: Sequence[tuple[int, ...]]) -> pa.Array:
    outputs = step.table.outputs
    fields = [pa.field(_inner(step, output), _arrow_type(output)) for output in outputs]
    lists = [[_collected_row(step, row) for row in rows] for rows in outcomes]
    return pa.array(lists, pa.list_(pa.struct(fields)))


def _collected_row(step: Step, row: int) -> dict[str, Any]:
    cells = {_inner(step, output): output.constants[row] for output in step.table.outputs}
    return {name: None if cell is ABSENT else _plain(cell) for name, cell in cells.items()}


def _inner(step: Step, output: Output) -> str:
    return output.path.removeprefix(f"{step.table.node.content.output_path}.")


def _arrow_type(output: Output) -> pa.DataType:
    if output.kind is Kind.NUMBER:
        whole = output.scale == 0 and output.digits <= 18  # noqa: PLR2004  digits of 64 bits
        scalar = pa.int64() if whole else pa.decimal128(max(output.digits, 1), output.scale)
    else:
        scalar = pa.bool_() if output.kind is Kind.BOOLEAN else pa.string()
    return pa.list_(scalar) if output.is_list else scalar


def _array(values: list[Any], output: Output) -> pa.Array:
    kind = _arrow_type(output)
    exact = [_plain(value) for value in values]
    if pa.types.is_int64(kind):
        exact = [None if value is None else int(value) for value in exact]
    return pa.array(exact, kind)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _output_sql(step: Step, place: int, output: Output) -> str:
    """The constant of the outcome, what a rule computes, or what shows through."""
    constant = f"t.c{place}"
    by_rule = [f"WHEN {row} THEN {piece.sql}" for row, piece in output.computed.items()]
    value = f"(CASE t.k {' '.join(by_rule)} ELSE {constant} END)" if by_rule else constant
    before = step.before[place]
    if before is not None:
        value = f"(CASE WHEN t.p{place} THEN {value} ELSE {before.sql} END)"
    kind = _sql_type(output.kind, output.digits, output.scale)
    return f"CAST({value} AS {kind})" if by_rule or before is not None else value


def _final_sql(query: str, columns: Mapping[str, str], compiled: Compiled) -> str:
    written = {path.lower() for path in [*compiled.outputs, RULE_ID]}
    facts = {path.lower() for path in compiled.facts}
    clash = [c for c in columns if c.lower() in written and c.lower() not in facts]
    if clash:
        raise FactsError(f"the facts already have a column {clash[0]!r}, which is written here")
    kept = [
        f"s{place} AS {quote_name(column)}"
        for place, column in enumerate(columns)
        if column.lower() not in written
    ]
    outputs = [f"{name} AS {quote_name(path)}" for path, name in compiled.outputs.items()]
    fired = ", ".join(f"r{number}" for number in range(len(compiled.steps)))
    rule = (
        f"nullif(concat_ws('/', {fired}), '') AS {RULE_ID}"
        if len(compiled.steps) > 1
        else (f"{fired} AS {RULE_ID}")
    )
    return f"SELECT {', '.join([*kept, *outputs, rule])} FROM ({query})"
