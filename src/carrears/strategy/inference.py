"""Declarations of facts that fit given inputs: kinds, digits, lists and objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from carrears.strategy.errors import FactsError
from carrears.strategy.facts import SCALE_LIMIT, Fact, Kind, decimal_places
from carrears.strategy.reasons import say
from carrears.strategy.values import ALWAYS, UNKNOWN, WIDEST

_MISSING = object()


@dataclass(slots=True)
class Inferred:
    """Facts by dotted path, and the paths of what is of no one kind and passes through.

    ``presence`` tells by path when a field is there: always, only where it is not null, or that
    cannot be told.
    """

    facts: dict[str, Fact] = field(default_factory=dict)
    opaque: list[str] = field(default_factory=list)
    presence: dict[str, str] = field(default_factory=dict)


def infer_facts(rows: Sequence[Mapping[str, Any]]) -> Inferred:
    """Declarations that fit these inputs.

    Texts that are all days in ISO 8601 are dates. Numbers get the digits that they need. An
    object that some inputs lack gets a fact of its own, which says whether it is there.

    Raises:
        FactsError: a field's name has a dot in it, or differs from another in case only.
    """
    found = Inferred()
    _infer_object(list(rows), "", found)
    lowered: dict[str, str] = {}
    for path in found.facts:
        other = lowered.setdefault(path.lower(), path)
        if other != path:
            raise FactsError(
                say("the fields {other!r} and {path!r} differ in case only", other=other, path=path)
            )
    return found


def _infer_object(rows: Sequence[Mapping[str, Any]], prefix: str, found: Inferred) -> None:
    for name in dict.fromkeys(name for row in rows for name in row):
        if not name or "." in name or "\0" in name:
            raise FactsError(say("the name of the field {name!r} cannot be a fact's", name=name))
        path = f"{prefix}{name}"
        values = [row.get(name, _MISSING) for row in rows]
        given = [value for value in values if value is not None and value is not _MISSING]
        found.presence[path] = _presence(values)
        if not given:
            continue
        if all(isinstance(value, dict) for value in given):
            if len(given) < len(values):
                found.facts[path] = Fact(kind=Kind.OBJECT)
            _infer_object(given, f"{path}.", found)
            continue
        fact = _infer_value(given)
        if fact == Fact(kind=Kind.STRING) and all(map(_is_day, given)):
            fact = Fact(kind=Kind.DATE)
        if fact is None:
            found.opaque.append(path)
        else:
            found.facts[path] = fact


def _presence(values: Sequence[Any]) -> str:
    if _MISSING not in values:
        return ALWAYS
    return UNKNOWN if None in values else ""


def _infer_value(given: Sequence[Any]) -> Fact | None:
    """A declaration for values none of which is null; None where there is no one kind."""
    types = {Decimal if type(value) is int else type(value) for value in given}
    if len(types) > 1:
        return None
    infer = _INFER.get(types.pop())
    return infer(given) if infer else None


def _infer_boolean(_given: Sequence[bool]) -> Fact:
    return Fact(kind=Kind.BOOLEAN)


def _infer_text(given: Sequence[str]) -> Fact | None:
    return None if any("\0" in value for value in given) else Fact(kind=Kind.STRING)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _infer_number(given: Sequence[int | Decimal]) -> Fact | None:
    values = [Decimal(value) for value in given]
    scale = max(decimal_places(value) for value in values)
    whole = max(max(value.adjusted() + 1, 1) for value in values)
    if scale > SCALE_LIMIT or whole + scale > WIDEST:
        return None
    return Fact(kind=Kind.NUMBER, scale=scale, digits=whole + scale)


def _infer_list(given: Sequence[list[Any]]) -> Fact | None:
    elements = [element for one in given for element in one if element is not None]
    if not elements:
        return Fact(kind=Kind.LIST)
    item = _infer_value(elements)
    return None if item is None else Fact(kind=Kind.LIST, items=item)


def _infer_element(given: Sequence[Mapping[str, Any]]) -> Fact | None:
    """An object in a list; every field may be missing."""
    fields: dict[str, Fact] = {}
    for name in dict.fromkeys(name for one in given for name in one):
        values = [one[name] for one in given if one.get(name) is not None]
        if not values:
            continue
        fact = _infer_value(values)
        if fact is None or not name or name.lower() in {other.lower() for other in fields}:
            return None
        fields[name] = fact
    return Fact(kind=Kind.OBJECT, fields=fields)


_INFER: dict[type, Callable[[Any], Fact | None]] = {
    list: _infer_list,
    dict: _infer_element,
    bool: _infer_boolean,
    str: _infer_text,
    Decimal: _infer_number,
}


def fact_values(rows: Sequence[Mapping[str, Any]], path: str, fact: Fact) -> Iterator[Any]:
    """A fact's value in each of the inputs, as Arrow takes it."""
    for row in rows:
        value: Any = row
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        yield isinstance(value, dict) if fact.kind is Kind.OBJECT else _as_column(value, fact)


def _as_column(value: Any, fact: Fact) -> Any:
    if value is None:
        return None
    if fact.kind is Kind.LIST:
        items = fact.items or Fact(kind=Kind.STRING)
        return [_as_column(item, items) for item in value]
    if fact.kind is Kind.OBJECT:
        named = (fact.fields or {}).items()
        return {name: _as_column(value.get(name), inner) for name, inner in named}
    if fact.kind is Kind.DATE:
        return value if isinstance(value, date) else date.fromisoformat(value)
    return Decimal(value) if fact.kind is Kind.NUMBER else value
