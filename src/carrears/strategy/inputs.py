"""The input of a graph: declared facts as an object, and the schema that guards it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.facts import Fact, Facts, Kind
from carrears.strategy.jdm import Document, node_label
from carrears.strategy.reasons import say
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
    Shape,
    Value,
    any_of,
    is_null,
)

_SCHEMA_TYPES = {
    "number": Kind.NUMBER,
    "integer": Kind.NUMBER,
    "string": Kind.STRING,
    "boolean": Kind.BOOLEAN,
}
_SCHEMA_WORDS = frozenset(
    [
        "type",
        "properties",
        "required",
        "title",
        "description",
        "format",
        "$schema",
        "$id",
        "examples",
        "default",
        "items",
    ]
)


def fact_value(name: str, fact: Fact) -> Value:
    """A fact's column as it stands in SQL."""
    if fact.kind is Kind.LIST:
        element = fact_shape(fact.items) if fact.items else ScalarShape(None)
        return Listed(name, element)
    return Piece(name, fact.kind, fact.digits, fact.scale, is_plain=fact.scale == 0)


def fact_shape(fact: Fact) -> Shape:
    """What a list of such facts holds."""
    if fact.kind is Kind.LIST:
        return ListShape(fact_shape(fact.items) if fact.items else ScalarShape(None))
    if fact.kind is Kind.OBJECT:
        fields = tuple((name, fact_shape(inner)) for name, inner in (fact.fields or {}).items())
        return RecordShape(fields)
    return ScalarShape(fact.kind, fact.digits, fact.scale, is_plain=fact.scale == 0)


def fact_record(
    facts: Facts,
    names: Mapping[str, str],
    *,
    is_open: bool,
    presence: Mapping[str, str] | None = None,
) -> Record:
    """All facts as one object; dotted names are fields of objects in it.

    A fact of the kind object says by a boolean column whether the object is there at all.
    Facts that are missing are there as null, unless ``presence`` says otherwise by path.
    """
    tree: dict[str, Any] = {}
    for path, fact in facts.items():
        *outer, last = path.split(".")
        inner = tree
        for name in outer:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise RefusedError(
                    Place(), say("the fact {path!r} lies within another fact", path=path)
                )
        if fact.kind is Kind.OBJECT:
            inner.setdefault(last, {})[""] = f"(NOT {names[path]})"
        elif last in inner:
            raise RefusedError(
                Place(), say("the fact {path!r} is an object and a value", path=path)
            )
        else:
            inner[last] = fact_value(names[path], fact)
    return _record(tree, presence or {}, "", is_open=is_open)


def _record(
    tree: Mapping[str, Any], presence: Mapping[str, str], prefix: str, *, is_open: bool
) -> Record:
    fields: dict[str, Value] = {
        name: _record(inner, presence, f"{prefix}{name}.", is_open=is_open)
        if isinstance(inner, dict)
        else inner
        for name, inner in tree.items()
        if name
    }
    there = {name: presence.get(f"{prefix}{name}", ALWAYS) for name in fields}
    origin = frozenset({f"input {prefix}"})
    return Record(fields, tree.get("", ""), "", is_open, there, origin)


def with_opaque(record: Record, paths: Iterable[str]) -> Record:
    """The input with what passes through as it is."""
    for path in paths:
        record = _put(record, path.split("."), Opaque(path))
    return record


def _put(record: Record, path: list[str], value: Value) -> Record:
    name, *rest = path
    if rest:
        below = record.fields.get(name, Record({}, is_open=record.is_open))
        if not isinstance(below, Record):
            return record
        value = _put(below, rest, value)
    presence = {name: UNKNOWN, **record.presence} if not rest else record.presence
    return replace(record, fields={**record.fields, name: value}, presence=presence)


def schema_errors(document: Document, given: Record) -> str:
    """Where the input node's JSON Schema refuses the facts, as the engine would.

    A missing fact is null to the engine, which a schema of plain types does not take.

    Raises:
        RefusedError: the schema says more than types and required fields.
    """
    for node in document.nodes:
        content = getattr(node, "content", None)
        schema = content.get("schema") if isinstance(content, dict) else None
        if node.type == "inputNode" and schema:
            place = Place(node_label(node))
            try:
                parsed = json.loads(schema) if isinstance(schema, str) else schema
            except ValueError as error:
                raise RefusedError(
                    place, say("the schema is no JSON: {error}", error=error)
                ) from error
            return _object_errors(place, parsed, given)
    return ""


def _object_errors(place: Place, schema: Any, given: Record) -> str:
    if not isinstance(schema, dict) or not {*schema} <= _SCHEMA_WORDS:
        raise RefusedError(place, "the schema says more than types and required fields")
    if schema.get("type") not in {"object", None}:
        raise RefusedError(
            place, say("the schema's type {kind!r} is not compiled", kind=schema.get("type"))
        )
    errors = [given.null]
    properties = schema.get("properties") or {}
    for name in {**properties, **dict.fromkeys(schema.get("required") or [])}:
        value = given.fields.get(name)
        if value is None:
            if name in (schema.get("required") or []):
                raise RefusedError(
                    place, say("the schema requires {name!r}, which is no fact", name=name)
                )
            continue
        errors.append(_value_errors(place, name, properties.get(name, {}), value))
    return any_of(*errors)


def _value_errors(place: Place, name: str, schema: Any, value: Value) -> str:
    if isinstance(value, Record):
        return _object_errors(place, schema, value)
    if not isinstance(schema, dict) or not {*schema} <= _SCHEMA_WORDS:
        raise RefusedError(
            place, say("what the schema says of {name!r} is not compiled", name=name)
        )
    kind = schema.get("type")
    if kind is None:
        return ""
    if isinstance(value, Listed) and kind == "array" and not schema.get("items"):
        return is_null(value)
    if not isinstance(value, Piece):
        raise RefusedError(place, say("the schema's type of {name!r} is not compiled", name=name))
    named = [kind] if isinstance(kind, str) else list(kind)
    kinds = [_SCHEMA_TYPES.get(one) for one in named if one != "null"]
    actual = Kind.STRING if value.kind is Kind.DATE else value.kind
    whole = "integer" not in named or value.scale == 0
    if kinds != [actual] or not whole:
        raise RefusedError(
            place, say("the schema's type of {name!r} is not that of the fact", name=name)
        )
    return "" if "null" in named else is_null(value)
