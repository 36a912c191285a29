"""A compiled strategy over a table of facts in DuckDB."""

# ruff: noqa: S608  names are quoted or made here, values are typed literals

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count

import duckdb
import numpy as np
import pyarrow as pa

from carrears.strategy.compile import Compiled
from carrears.strategy.errors import FactsError
from carrears.strategy.facts import Fact, Kind
from carrears.strategy.fold import judge_combinations, name_outcomes
from carrears.strategy.inputs import fact_shape
from carrears.strategy.layers import Columns, TableLayer
from carrears.strategy.nodes import collected_shape, row_value
from carrears.strategy.outcomes import outcome_table
from carrears.strategy.reasons import say
from carrears.strategy.values import quote_name, sql_as, sql_type

RULE_ID = "rule_id"
ENGINE_ERROR = "engine_error"
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
    written) and ``rule_id``: the rules that fired, joined by "/", null where none did. Where
    the engine can fail on some facts there is ``engine_error`` as well: the node at which it
    does, and then nothing else is written. The order of the rows is not kept.

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
    with layered_query(con, source, compiled) as query:
        yield _final_sql(query, _columns(con, source), compiled)


@contextmanager
def layered_query(con: duckdb.DuckDBPyConnection, source: str, compiled: Compiled) -> Iterator[str]:
    """SQL of the rows of ``source`` with every column that the graph works out on the way.

    The columns of ``source`` are ``s0``, ``s1``, … there.
    """
    run = f"r{next(_run)}"
    held: list[str] = []

    def hold(name: str, table: pa.Table) -> str:
        con.register(name, table)
        held.append(name)
        return name

    try:
        for name, table in compiled.lookups.tables.items():
            hold(name, table)
        facts = _facts_sql(source, _columns(con, source), compiled)
        yield _layered(con, facts, compiled, (run, hold))
    except duckdb.ConversionException as error:
        raise FactsError(
            say("a fact does not fit its declaration: {error}", error=error)
        ) from error
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
        raise FactsError(say("the facts have no column {path!r}", path=path))
    column = f"s.{quote_name(path)}"
    if kind == '"NULL"':
        return f"CAST(NULL AS {_declared_type(fact)})"
    if fact.kind is Kind.NUMBER:
        return _number_sql(path, column, kind, fact)
    wanted = _declared_type(fact)
    if kind == wanted:
        return column
    if fact.kind is Kind.LIST and kind.endswith("[]"):
        return f"CAST({column} AS {wanted})"
    if wanted == "VARCHAR" and kind.startswith("ENUM("):
        return f"CAST({column} AS VARCHAR)"
    raise FactsError(
        say("the column {path!r} is {kind}, not {wanted}", path=path, kind=kind, wanted=wanted)
    )


def _declared_type(fact: Fact) -> str:
    """The SQL type of a fact's column; of an object it only says whether it is there."""
    return "BOOLEAN" if fact.kind is Kind.OBJECT else sql_type(fact_shape(fact))


def _number_sql(path: str, column: str, kind: str, fact: Fact) -> str:
    is_decimal = kind.startswith("DECIMAL(")
    scale = int(kind[8:-1].split(",")[1]) if is_decimal else 0
    if not is_decimal and kind not in {*_WHOLE, "HUGEINT", "UBIGINT"}:
        raise FactsError(
            say("the column {path!r} is {kind}, which is not exact", path=path, kind=kind)
        )
    if scale > fact.scale:
        raise FactsError(
            say(
                "the column {path!r} is {kind}, finer than the declared {scale} decimal places",
                path=path,
                kind=kind,
                scale=fact.scale,
            )
        )
    if kind in _WHOLE and kind != "BIGINT" and not fact.scale:
        return column
    return f"CAST({column} AS {_declared_type(fact)})"


def _layered(
    con: duckdb.DuckDBPyConnection, query: str, compiled: Compiled, named: tuple[str, _Hold]
) -> str:
    """The query with the columns of every layer added."""
    run, hold = named
    for number, step in enumerate(compiled.steps):
        if isinstance(step, Columns):
            added = ", ".join(f"{sql} AS {name}" for name, sql in step.columns)
            query = f"SELECT q.*, {added} FROM ({query}) q"
        else:
            query = _look_up(con, query, step, f"{run}_{number}", hold)
    return query


def _look_up(
    con: duckdb.DuckDBPyConnection, query: str, layer: TableLayer, name: str, hold: _Hold
) -> str:
    """The query with one table's rules and outputs added."""
    coded, outcomes = _outcome_sql(con, query, layer, name, hold)
    hold(name, outcome_table(layer.table, outcomes))
    added = [f"t.r AS {layer.rule}"]
    if layer.table.is_list:
        added.append(f"{_list_sql(layer)} AS {layer.out(0)}")
    else:
        for place in range(len(layer.table.outputs)):
            added.append(f"{_output_sql(layer, place)} AS {layer.out(place)}")
            added.append(f"t.p{place} AS {layer.has(place)}")
    return f"SELECT q.* EXCLUDE (k), {', '.join(added)} FROM ({coded}) q JOIN {name} t ON t.k = q.k"


def _output_sql(layer: TableLayer, place: int) -> str:
    """The constant of the outcome, or what a rule computes."""
    output = layer.table.outputs[place]
    by_rule = [
        f"WHEN {row} THEN {sql_as(value, output.shape)}" for row, value in output.computed.items()
    ]
    if not by_rule:
        return f"t.c{place}"
    kind = sql_type(output.shape)
    return f"(CASE t.k {' '.join(by_rule)} ELSE CAST(t.c{place} AS {kind}) END)"


def _list_sql(layer: TableLayer) -> str:
    """The list of a collecting table: kept by outcome, or computed rule by rule."""
    outputs = layer.table.outputs
    if not any(output.computed for output in outputs):
        return "t.c0"
    element = collected_shape(outputs)
    rows = range(len(layer.table.node.content.rules))
    by_rule = [f"WHEN {row} THEN {sql_as(row_value(outputs, row), element)}" for row in rows]
    return f"list_transform(t.c0, lambda u: CASE u {' '.join(by_rule)} END)"


def _outcome_sql(
    con: duckdb.DuckDBPyConnection, query: str, layer: TableLayer, name: str, hold: _Hold
) -> tuple[str, Sequence[tuple[int, ...]]]:
    """The query with the outcome's number ``k``, and the outcomes by number."""
    table, plan = layer.table, layer.table.plan
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
    held, outcomes = _judge_open(con, coded, layer, f"{name}_k", hold)
    on = " AND ".join(f"g.c{place} = o.c{place}" for place in range(len(open_codes)))
    gone = ", ".join(f"c{place}" for place in range(len(open_codes)))
    return f"SELECT g.* EXCLUDE ({gone}), o.k FROM ({coded}) g JOIN {held} o ON {on}", outcomes


def _judge_open(
    con: duckdb.DuckDBPyConnection, coded: str, layer: TableLayer, name: str, hold: _Hold
) -> tuple[str, Sequence[tuple[int, ...]]]:
    """Judge the combinations of codes that occur in the facts."""
    plan, rules = layer.table.plan, len(layer.table.node.content.rules)
    names = [f"c{place}" for place in range(len(plan.open_axes))]
    columns = con.execute(f"SELECT DISTINCT {', '.join(names)} FROM ({coded})").fetchnumpy()
    combinations = np.column_stack([columns[column].astype(np.int32) for column in names])
    sets = judge_combinations(plan.bits, combinations)
    numbers, outcomes = name_outcomes(sets, rules, collect=layer.table.is_list)
    found = {column: combinations[:, place] for place, column in enumerate(names)}
    return hold(name, pa.table({**found, "k": numbers})), outcomes


def _final_sql(query: str, columns: Mapping[str, str], compiled: Compiled) -> str:
    added = {RULE_ID: compiled.rule}
    if compiled.failed:
        added[ENGINE_ERROR] = compiled.failed
    written = {path.lower() for path in [*compiled.outputs, *added]}
    facts = {path.lower() for path in compiled.facts}
    clash = [c for c in columns if c.lower() in written and c.lower() not in facts]
    if clash:
        raise FactsError(
            say("the facts already have a column {name!r}, which is written here", name=clash[0])
        )
    kept = [
        f"s{place} AS {quote_name(column)}"
        for place, column in enumerate(columns)
        if column.lower() not in written
    ]
    outputs = [f"{sql} AS {quote_name(path)}" for path, sql in compiled.outputs.items()]
    added_sql = [f"{sql} AS {name}" for name, sql in added.items()]
    return f"SELECT {', '.join([*kept, *outputs, *added_sql])} FROM ({query})"
