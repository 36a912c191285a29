"""How the engine merges objects: by fields, the later one first, and null takes away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce

from carrears.strategy.facts import Kind
from carrears.strategy.reasons import say
from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.values import (
    ALWAYS,
    UNKNOWN,
    Listed,
    ListShape,
    Opaque,
    Piece,
    Record,
    RecordShape,
    ScalarShape,
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
    if below == above:
        return below
    # An object merged with itself stays as it is, its nulls included.
    is_itself = bool(below.origin & above.origin)
    fields, presence = dict(below.fields), dict(below.presence)
    for name, value in above.fields.items():
        there = _presence(above, name)
        old = below.fields.get(name)
        before = presence.pop(name, "")
        if old is None:
            fields[name] = value
            continue
        if old != value:
            fields[name] = _over(name, old, value, there)
        after = _presence_after(before, there, fields[name], is_itself=is_itself)
        if after:
            presence[name] = after
    null = f"({below.null} AND {above.null})" if below.null and above.null else ""
    origin = below.origin | above.origin | Record({}).origin
    return Record(fields, null, "", below.is_open, presence, origin)


def _presence(record: Record, name: str) -> str:
    """SQL that is true where the field is there; empty where that is: where it is not null."""
    there = record.presence.get(name, "")
    if record.null and there == ALWAYS:
        return f"(NOT {record.null})"
    return there


def _presence_after(before: str, there: str, merged: Value, *, is_itself: bool) -> str:
    """When a merged field is there: as before, but where the upper object has it, by its value."""
    if not before or (there == ALWAYS and not is_itself):
        return ""
    if UNKNOWN in {there, before} or (there and is_itself):
        return UNKNOWN
    null = is_null(merged)
    holds = f"(NOT {null})" if null else ALWAYS
    written = there or holds
    return f"(CASE WHEN {written} THEN {holds} ELSE {before} END)"


def _over(name: str, old: Value, value: Value, there: str) -> Value:
    if there == UNKNOWN:
        raise UnknownSyntaxError(
            say("which branch gives {name!r} cannot be told: it may be null", name=name)
        )
    if isinstance(old, Record) and isinstance(value, Record):
        merged = merge(old, value)
        if not there or not value.null:
            return merged
        if there == ALWAYS:
            return nulled(merged, value.null)
        raise UnknownSyntaxError(say("which branch gives {name!r} cannot be told", name=name))
    if there == ALWAYS:
        return value
    null = is_null(value)
    if not there and not null:
        return value
    if Opaque in {type(old), type(value)} or Record in {type(old), type(value)}:
        raise UnknownSyntaxError(say("{name!r} is once an object and once a value", name=name))
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
    if isinstance(shape, ScalarShape) and shape.kind is Kind.DAY:
        raise UnknownSyntaxError("which branch gives the day cannot be told; write it as a text")
    return value_at(
        shape, f"(CASE WHEN {condition} THEN {sql_as(yes, shape)} ELSE {sql_as(no, shape)} END)"
    )


def nulled(value: Value, null: str) -> Value:
    """The value, or null where the condition is true."""
    if isinstance(value, Record):
        fields = {name: nulled(inner, null) for name, inner in value.fields.items()}
        whole = f"({value.null} OR {null})" if value.null else null
        return replace(value, fields=fields, null=whole, presence={})
    if isinstance(value, Listed):
        return replace(
            value, sql=f"(CASE WHEN {null} THEN NULL ELSE {value.sql} END)", nullable=True
        )
    if isinstance(value, Piece) and value.kind is Kind.DAY:
        raise UnknownSyntaxError("a day that may be missing is no day; write it as a text")
    if isinstance(value, Piece) and value.kind is not None:
        sql = f"(CASE WHEN {null} THEN NULL ELSE {value.sql} END)"
        return replace(value, sql=sql, nullable=True)
    return value


def merge_endings(parts: list[Record]) -> Record:
    """The data that a graph ends with, later ones over earlier ones.

    The engine merges them in place: what it writes into an object shows wherever that very
    object stands.

    Raises:
        UnknownSyntaxError: that would show somewhere else, or cannot be told.
    """
    if len(parts) == 1:
        return parts[0]
    for place, part in enumerate(parts[1:], 1):
        for path, below in _written_into(parts[:place], part):
            if _stands_elsewhere(below, path, parts, place):
                name = ".".join(path)
                raise UnknownSyntaxError(
                    say("several branches end with {name!r}, which they share", name=name)
                )
    return reduce(merge, parts, Record({}))


_Path = tuple[str, ...]


def _written_into(before: list[Record], part: Record) -> Iterator[tuple[_Path, Record]]:
    """The objects of earlier endings into which a later one writes."""
    above = dict(_objects(part))
    for earlier in before:
        for path, below in _objects(earlier):
            if path in above and above[path] != below:
                yield path, below


def _objects(record: Record, path: _Path = ()) -> Iterator[tuple[_Path, Record]]:
    for name, value in record.fields.items():
        if isinstance(value, Record):
            yield (*path, name), value
            yield from _objects(value, (*path, name))


def _stands_elsewhere(below: Record, path: _Path, parts: list[Record], place: int) -> bool:
    """Whether the object may be seen at another path, or once more in a later ending."""
    for number, part in enumerate(parts):
        for other, value in _objects(part):
            is_seen = number > place if other == path else True
            if is_seen and value.origin & below.origin:
                return True
        if any(_hides_objects(value, below) for value in _lists(part)):
            return True
    return False


def _lists(record: Record) -> Iterator[Listed]:
    for value in record.fields.values():
        if isinstance(value, Record):
            yield from _lists(value)
        elif isinstance(value, Listed):
            yield value


def _hides_objects(value: Listed, below: Record) -> bool:
    """Whether the object may be an element of the list; facts lie apart from each other."""
    if not isinstance(value.element, RecordShape | ListShape):
        return False
    is_fact = value.sql.startswith("fact")
    return not is_fact or any(name.startswith("in ") for name in below.origin)


def put_at(path: str, value: Value) -> Record:
    """An object that holds the value at a dotted path, and nothing else."""
    for name in reversed(path.split(".")):
        value = Record({name: value}, presence={name: ALWAYS})
    if not isinstance(value, Record):
        raise TypeError("a path has at least one name")
    return value
