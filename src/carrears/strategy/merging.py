"""How the engine merges objects: by fields, the later one first, and null takes away."""

from __future__ import annotations

from dataclasses import replace

from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.values import (
    ALWAYS,
    UNKNOWN,
    Listed,
    Opaque,
    Piece,
    Record,
    Value,
    is_null,
    shape_of,
    sql_as,
    unify,
    value_at,
)


def merge(below: Record, above: Record) -> Record:
    """``above`` over ``below``; a field of it that is there as null takes the field away.

    Raises:
        UnknownSyntaxError: what is there cannot be told beforehand.
    """
    fields, presence = dict(below.fields), dict(below.presence)
    for name, value in above.fields.items():
        there = _presence(above, name)
        old = below.fields.get(name)
        presence.pop(name, None)
        if old is None:
            fields[name] = value
        elif old is not value and old != value:
            fields[name] = _over(name, old, value, there)
        elif name in below.presence:
            presence[name] = below.presence[name]
    null = f"({below.null} AND {above.null})" if below.null and above.null else ""
    return replace(below, fields=fields, presence=presence, null=null, error="")


def _presence(record: Record, name: str) -> str:
    """SQL that is true where the field is there; empty where that is: where it is not null."""
    there = record.presence.get(name, "")
    if record.null and there == ALWAYS:
        return f"(NOT {record.null})"
    return there


def _over(name: str, old: Value, value: Value, there: str) -> Value:
    if there == UNKNOWN:
        raise UnknownSyntaxError(f"which branch gives {name!r} cannot be told: it may be null")
    if isinstance(old, Record) and isinstance(value, Record):
        merged = merge(old, value)
        if not there or not value.null:
            return merged
        if there == ALWAYS:
            return nulled(merged, value.null)
        raise UnknownSyntaxError(f"which branch gives {name!r} cannot be told")
    if there == ALWAYS:
        return value
    null = is_null(value)
    if not there and not null:
        return value
    if Opaque in {type(old), type(value)} or Record in {type(old), type(value)}:
        raise UnknownSyntaxError(f"{name!r} is once an object and once a value")
    condition = there or f"(NOT {null})"
    return either(condition, value, old)


def either(condition: str, yes: Value, no: Value) -> Value:
    """One of two values by a condition that is never null."""
    if isinstance(yes, Record) and isinstance(no, Record):
        names = dict.fromkeys([*yes.fields, *no.fields])
        empty: Value = Piece("NULL", None)
        fields = {
            name: either(condition, yes.fields.get(name, empty), no.fields.get(name, empty))
            for name in names
        }
        null = f"(CASE WHEN {condition} THEN {yes.null or 'false'} ELSE {no.null or 'false'} END)"
        return Record(fields, null if yes.null or no.null else "")
    shape = unify(shape_of(yes), shape_of(no))
    return value_at(
        shape, f"(CASE WHEN {condition} THEN {sql_as(yes, shape)} ELSE {sql_as(no, shape)} END)"
    )


def nulled(value: Value, null: str) -> Value:
    """The value, or null where the condition is true."""
    if isinstance(value, Record):
        fields = {name: nulled(inner, null) for name, inner in value.fields.items()}
        whole = f"({value.null} OR {null})" if value.null else null
        return Record(fields, whole, value.error, value.is_open)
    if isinstance(value, Listed):
        return replace(
            value, sql=f"(CASE WHEN {null} THEN NULL ELSE {value.sql} END)", nullable=True
        )
    if isinstance(value, Piece) and value.kind is not None:
        sql = f"(CASE WHEN {null} THEN NULL ELSE {value.sql} END)"
        return replace(value, sql=sql, nullable=True)
    return value


def put_at(path: str, value: Value) -> Record:
    """An object that holds the value at a dotted path, and nothing else."""
    for name in reversed(path.split(".")):
        value = Record({name: value}, presence={name: ALWAYS})
    if not isinstance(value, Record):
        raise TypeError("a path has at least one name")
    return value
