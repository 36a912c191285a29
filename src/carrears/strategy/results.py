"""What the ways through a graph end with, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.facts import Facts, Kind
from carrears.strategy.layers import leaves
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.values import (
    NOTHING,
    NULL,
    Listed,
    ListShape,
    Opaque,
    Piece,
    Record,
    RecordShape,
    ScalarShape,
    Shape,
    Value,
    quote_text,
    shape_of,
    sql_as,
    sql_type,
    unify,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one way: when it is taken, the whole answer, the nodes that may fail.

    ``guard`` is SQL, empty where the way is always taken; ``failures`` are the labels of
    nodes with the condition under which each fails, ``rules`` the columns of rules' ids.
    """

    guard: str
    result: Value
    failures: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]


def written_columns(
    endings: Sequence[Ending], facts: Facts, names: Mapping[str, str]
) -> tuple[dict[str, str], str, str]:
    """The fields that the graph writes, the rules that fired, and the node that failed, as SQL.

    Raises:
        RefusedError: a field is once a value and once an object, or two differ in case only.
    """
    untouched = {(tuple(path.split(".")), name) for path, name in names.items()}
    by_way: list[dict[tuple[str, ...], Value]] = []
    written: dict[tuple[str, ...], Shape] = {}
    for ending in endings:
        found = dict(leaves(ending.result)) if isinstance(ending.result, Record) else {}
        by_way.append(found)
        for path, value in found.items():
            if isinstance(value, Opaque) or (path, getattr(value, "sql", "")) in untouched:
                continue
            written[path] = _joined(path, written.get(path, NOTHING), value)
    _check_paths([".".join(path) for path in written], list(facts))
    failed = _by_way(endings, [_failure(ending) for ending in endings])
    outputs = {}
    for path, shape in written.items():
        values = [found.get(path, NULL) for found in by_way]
        sql = _by_way(endings, [_output_sql(path, value, shape) for value in values])
        outputs[".".join(path)] = f"(CASE WHEN {failed} IS NULL THEN {sql} END)" if failed else sql
    rule = _by_way(endings, [_rules(ending) for ending in endings]) or "CAST(NULL AS VARCHAR)"
    return outputs, f"(CASE WHEN {failed} IS NULL THEN {rule} END)" if failed else rule, failed


def _joined(path: tuple[str, ...], shape: Shape, value: Value) -> Shape:
    try:
        joined = unify(shape, shown_shape(shape_of(value)))
        sql_type(joined)
    except UnknownSyntaxError as error:
        raise RefusedError(Place("", None, ".".join(path)), reason_of(error)) from error
    return joined


def shown_shape(shape: Shape) -> Shape:
    """The shape as it leaves the engine: days are texts there."""
    if isinstance(shape, ListShape):
        return ListShape(shown_shape(shape.element), shape.nullable)
    if isinstance(shape, RecordShape):
        fields = tuple((name, shown_shape(inner)) for name, inner in shape.fields)
        return RecordShape(fields, shape.nullable)
    if shape.kind is Kind.DAY:
        return ScalarShape(Kind.STRING, nullable=False)
    return shape


def shown(value: Value) -> Value:
    """The value as it leaves the engine.

    Raises:
        UnknownSyntaxError: it cannot leave it.
    """
    if isinstance(value, Piece) and value.kind is Kind.DAY:
        sql = f"coalesce(CAST({value.sql} AS VARCHAR) || 'T00:00:00Z', 'Invalid date')"
        return Piece(sql, Kind.STRING, nullable=False)
    if isinstance(value, Listed) and shown_shape(value.element) != value.element:
        raise UnknownSyntaxError("a list of days is not compiled")
    return value


def _output_sql(path: tuple[str, ...], value: Value, shape: Shape) -> str:
    try:
        return sql_as(shown(value), shape)
    except UnknownSyntaxError as error:
        raise RefusedError(Place("", None, ".".join(path)), reason_of(error)) from error


def _by_way(endings: Sequence[Ending], each: list[str]) -> str:
    """What holds on the way that is taken; the same on every way stays one expression."""
    if len(set(each)) == 1:
        return each[0]
    whens = [
        f"WHEN {ending.guard or 'true'} THEN {sql or 'NULL'}"
        for ending, sql in zip(endings, each, strict=True)
    ]
    return f"(CASE {' '.join(whens)} END)"


def _failure(ending: Ending) -> str:
    whens = [f"WHEN {bad} THEN {quote_text(label)}" for label, bad in ending.failures]
    return f"(CASE {' '.join(whens)} END)" if whens else ""


def _rules(ending: Ending) -> str:
    if len(ending.rules) > 1:
        return f"nullif(concat_ws('/', {', '.join(ending.rules)}), '')"
    return ending.rules[0] if ending.rules else "CAST(NULL AS VARCHAR)"


def _check_paths(written: list[str], facts: list[str]) -> None:
    """Names that SQL cannot tell apart, and a field that would be a value and an object."""
    for path in written:
        for other in [*facts, *written]:
            if path != other and path.lower() == other.lower():
                raise RefusedError(
                    Place("", None, path),
                    say("{path!r} and {other!r} differ in case only", path=path, other=other),
                )
        for other in written:
            if other.startswith(f"{path}."):
                raise RefusedError(
                    Place("", None, path),
                    say(
                        "{path!r} and {other!r}: both a value and an object", path=path, other=other
                    ),
                )


def result_columns(ending: Ending) -> list[tuple[tuple[str, ...], str, str]]:
    """Every part of the whole answer: path, SQL, and whether it is a value or an object's null.

    Raises:
        UnknownSyntaxError: a part cannot leave the engine.
    """
    found: list[tuple[tuple[str, ...], str, str]] = []
    if isinstance(ending.result, Record):
        _result_columns(ending.result, (), found)
    return found


def _result_columns(
    record: Record, path: tuple[str, ...], found: list[tuple[tuple[str, ...], str, str]]
) -> None:
    for name, value in record.fields.items():
        here = (*path, name)
        if isinstance(value, Record):
            found.append((here, value.null or "false", "object"))
            _result_columns(value, here, found)
        elif isinstance(value, Opaque):
            found.append((here, quote_text(value.path), "opaque"))
        else:
            left = shown(value)
            found.append((here, sql_as(left, shape_of(left)), "value"))
