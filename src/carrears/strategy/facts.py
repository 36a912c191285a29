"""Which facts a strategy may ask for, and of what kind each is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from carrears.strategy.errors import DocumentError, FactsError, Place
from carrears.strategy.jdm import Document
from carrears.strategy.misfits import misfit
from carrears.strategy.reasons import Reason, say
from carrears.yamls import load_yaml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SCALE_LIMIT = 12  # decimal places of a fact; leaves room for products in 38 digits
DIGITS = 18  # of a number, unless declared; what 64 bits hold


class Kind(StrEnum):
    """What a value is. Numbers are exact: integers and decimals compare as one kind.

    A ``date`` fact is a text in ISO 8601 to the engine; a ``day`` is what its ``d()`` gives.
    Lists and objects are kinds of facts only.
    """

    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    DATE = "date"
    DAY = "day"
    LIST = "list"
    OBJECT = "object"


class Fact(BaseModel):
    """A declared fact. Every fact may be missing (null)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    scale: int = 0  # decimal places of a number
    digits: int = DIGITS  # of a number, the decimal places included
    title: str = ""
    title_zh: str = ""
    items: Fact | None = None  # what a list holds
    fields: dict[str, Fact] | None = None  # what an object in a list has


Facts = Mapping[str, Fact]

_TYPES = {
    "integer": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "number": Kind.NUMBER,
    "string": Kind.STRING,
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
}
_KINDS: dict[type, Kind] = {
    bool: Kind.BOOLEAN,
    int: Kind.NUMBER,
    Decimal: Kind.NUMBER,
    str: Kind.STRING,
    date: Kind.DATE,
}
_DECIMAL_SCALE = 6  # of a decimal fact whose declaration gives no scale


def load_facts(path: Path) -> dict[str, Fact]:
    """Read ``<strategy>.facts.yaml``: name → type, scale, title.

    Raises:
        DocumentError: an entry is not understood; the message names it.
    """
    raw = load_yaml(path.read_text(encoding="utf-8"))
    entries = raw.get("facts") if isinstance(raw, dict) else None
    if not isinstance(entries, dict):
        raise DocumentError(Place(), say("{file} has no mapping 'facts'", file=path.name))
    return {str(name): make_fact(str(name), entry) for name, entry in entries.items()}


def make_fact(name: str, entry: Mapping[str, Any] | str) -> Fact:
    """A fact from its declaration, ``{"type": "decimal", "scale": 2}`` or just ``"string"``.

    Raises:
        DocumentError: the type or the scale is not known.
    """
    given = {"type": entry} if isinstance(entry, str) else dict(entry)
    kind = given.pop("type", None)
    if kind not in _TYPES:
        raise DocumentError(
            Place(),
            say(
                "fact {name!r}: type {kind!r} is none of {known}",
                name=name,
                kind=kind,
                known=[*_TYPES],
            ),
        )
    scale = given.pop("scale", 0 if kind not in {"decimal", "number"} else _DECIMAL_SCALE)
    if not isinstance(scale, int) or not 0 <= scale <= SCALE_LIMIT:
        raise DocumentError(
            Place(), say("fact {name!r}: scale must be 0 to {most}", name=name, most=SCALE_LIMIT)
        )
    digits = given.get("digits", DIGITS)
    if not isinstance(digits, int) or not scale < digits <= DIGITS:
        raise DocumentError(
            Place(),
            say(
                "fact {name!r}: digits must be above the scale and up to {most}",
                name=name,
                most=DIGITS,
            ),
        )
    try:
        return Fact(kind=_TYPES[kind], scale=scale, **given)
    except ValidationError as error:
        first = error.errors()[0]
        raise DocumentError(Place(), _misfit(name, first)) from error


def _misfit(name: str, error: ErrorDetails) -> Reason:
    where = ".".join(map(str, error["loc"]))
    if not where:
        return say("fact {name!r}: {told}", name=name, told=misfit(error))
    return say("fact {name!r}: {where}: {told}", name=name, where=where, told=misfit(error))


def fact_entry(name: str, fact: Fact) -> dict[str, Any]:
    """The declaration from which ``make_fact`` makes this fact.

    Raises:
        FactsError: a kind that a declaration cannot name.
    """
    if fact.kind is Kind.NUMBER:
        entry: dict[str, Any] = {"type": "decimal" if fact.scale else "integer"}
    elif fact.kind.value in _TYPES:
        entry = {"type": fact.kind.value}
    else:
        raise FactsError(
            say(
                "fact {name!r}: a {kind} cannot be declared in a file",
                name=name,
                kind=fact.kind.value,
            )
        )
    kept = fact.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    return entry | kept


def facts_of_schema(document: Document) -> dict[str, Fact]:
    """Facts that the input node declares by a JSON Schema; none where it has no schema.

    Raises:
        DocumentError: the schema is not an object of scalar properties.
    """
    facts: dict[str, Fact] = {}
    for node in document.nodes:
        schema = node.content.get("schema") if isinstance(node.content, dict) else None
        if node.type != "inputNode" or not schema:
            continue
        try:
            parsed = json.loads(schema) if isinstance(schema, str) else schema
            properties = parsed.get("properties") or {}
            facts |= {name: _schema_fact(name, entry) for name, entry in properties.items()}
        except (ValueError, AttributeError) as error:
            raise DocumentError(
                Place(node.name), say("the schema: {error}", error=error)
            ) from error
    return facts


def _schema_fact(name: str, entry: Mapping[str, Any]) -> Fact:
    kinds = entry.get("type")
    named = [k for k in (kinds if isinstance(kinds, list) else [kinds]) if k != "null"]
    kind = named[0] if len(named) == 1 else None
    if kind == "string" and entry.get("format") == "date":
        kind = "date"
    return make_fact(name, {"type": kind, "title": entry.get("title", "")})


def declared_facts(raw: Mapping[str, Any]) -> dict[str, Fact]:
    """Declarations as they are kept with a version.

    Raises:
        FactsError: one is not declared as facts are; the message names it.
    """
    facts: dict[str, Fact] = {}
    for name, fact in raw.items():
        try:
            facts[name] = Fact.model_validate(fact)
        except ValidationError as error:
            first = error.errors()[0]
            raise FactsError(_misfit(name, first)) from error
    return facts


def given_facts(values: Mapping[str, Any], declared: Facts) -> dict[str, Any]:
    """Values that came as JSON, each of the kind that is declared; null is a missing fact.

    Raises:
        FactsError: a fact that is not declared, or a value of another kind.
    """
    return {name: _given(name, value, declared) for name, value in values.items()}


_GIVEN: dict[Kind, type | tuple[type, ...]] = {
    Kind.NUMBER: (int, Decimal),
    Kind.STRING: str,
    Kind.BOOLEAN: bool,
    Kind.LIST: list,
    Kind.OBJECT: dict,
}


def _given(name: str, value: Any, declared: Facts) -> Any:
    if name not in declared:
        raise FactsError(say("the fact {name!r} is not declared", name=name))
    kind = declared[name].kind
    if isinstance(value, float):
        value = Decimal(repr(value))
    if kind in {Kind.DATE, Kind.DAY} and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise FactsError(
                say("the fact {name!r} is no day: {value!r}", name=name, value=value)
            ) from error
    fits = isinstance(value, _GIVEN.get(kind, date)) and (
        kind is Kind.BOOLEAN or not isinstance(value, bool)
    )
    if value is not None and not fits:
        raise FactsError(
            say(
                "the fact {name!r} is a {kind}, not {value!r}",
                name=name,
                kind=kind.value,
                value=value,
            )
        )
    return value


def kind_of(value: object) -> Kind | None:
    """The kind of a Python value; None for null.

    Raises:
        FactsError: not one of the kinds, for example a float, which is not exact.
    """
    if value is None:
        return None
    if type(value) in _KINDS:
        return _KINDS[type(value)]
    raise FactsError(say("{value!r} is no number, text, boolean or date", value=value))


def decimal_places(value: Decimal) -> int:
    """Digits after the point, trailing zeros included."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
