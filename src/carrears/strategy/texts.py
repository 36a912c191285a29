"""Texts to SQL: UTF-8 as the engine has it, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from carrears.strategy.facts import Kind
from carrears.strategy.reasons import say
from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.values import (
    Listed,
    Piece,
    Record,
    ScalarShape,
    Value,
    any_of,
    is_null,
    known_text,
    needs,
    quote_text,
    scalar,
)

# White space as Unicode has it, which the engine trims.
_SPACES = "".join(
    map(chr, [*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)])
) + "".join(map(chr, [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]))
_TESTS = {"contains": "contains", "startsWith": "starts_with", "endsWith": "ends_with"}
# What RE2 and the engine's expressions read alike: no classes that hang on Unicode's edition.
_PATTERN = re.compile(
    r"(?:[^\\\[\]()?*+{}|^$.]|\\[.\\/()\[\]{}+*?|^$-]|[()|^$.?*+]|\{\d+(?:,\d*)?\}"
    r"|\[\^?(?:[^\\\[\]^&~-]|[A-Za-z0-9]-[A-Za-z0-9])+\])*"
)


def concatenate(left: Piece, right: Piece) -> Piece:
    """``a + b`` of two texts."""
    error = any_of(left.error, right.error, is_null(left), is_null(right))
    nullable = left.nullable or right.nullable
    return Piece(f"({left.sql} || {right.sql})", Kind.STRING, error=error, nullable=nullable)


def render_template(parts: list[Value]) -> Piece:
    """A template: its parts as texts, null as the word."""
    if not parts:
        return Piece("''", Kind.STRING, nullable=False)
    written = [to_text(part) for part in parts]
    sql = " || ".join(part.sql for part in written)
    error = any_of(*(part.error for part in written))
    return Piece(f"({sql})", Kind.STRING, error=error, nullable=False)


def to_text(value: Value) -> Piece:
    """``string(x)``, where the engine's text of it is known."""
    if not isinstance(value, Piece):
        raise UnknownSyntaxError("a list or an object has no text")
    if value.kind is None:
        return Piece("'null'", Kind.STRING, error=value.error, nullable=False)
    if value.kind is Kind.DAY or (value.kind is Kind.NUMBER and not value.is_plain):
        raise UnknownSyntaxError(
            say("how the engine writes this {kind} is not known", kind=value.kind)
        )
    sql = value.sql
    if value.kind is Kind.NUMBER:
        sql = f"CAST(CAST({sql} AS HUGEINT) AS VARCHAR)"
    elif value.kind is not Kind.STRING:
        sql = f"CAST({sql} AS VARCHAR)"
    sql = f"coalesce({sql}, 'null')" if value.nullable else sql
    return Piece(sql, Kind.STRING, error=value.error, nullable=False)


def _string(name: str, args: list[Value]) -> Piece:
    _count(name, args, 1)
    return to_text(args[0])


def _count(name: str, args: list[Value], wanted: int) -> None:
    if len(args) != wanted:
        raise UnknownSyntaxError(
            say("{name}() of {count} arguments cannot be compiled", name=name, count=len(args))
        )


def test_text(name: str, args: list[Value]) -> Piece:
    """``contains``, ``startsWith`` and ``endsWith`` of two texts."""
    _count(name, args, 2)
    first, second = scalar(args[0], Kind.STRING), scalar(args[1], Kind.STRING)
    error = any_of(first.error, second.error, is_null(first), is_null(second))
    sql = f"{_TESTS[name]}({first.sql}, {second.sql})"
    if first.nullable or second.nullable:
        sql = f"coalesce({sql}, false)"
    return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)


def _matches(name: str, args: list[Value]) -> Piece:
    _count(name, args, 2)
    text, error = needs(args[0], Kind.STRING)
    pattern = known_text(args[1])
    if pattern is None or not _PATTERN.fullmatch(pattern) or not pattern.isascii():
        raise UnknownSyntaxError("the pattern cannot be compiled to exactly the same")
    sql = f"coalesce(regexp_matches({text.sql}, {quote_text(pattern)}), false)"
    return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)


def _len(name: str, args: list[Value]) -> Piece:
    """Bytes of a text, elements of a list."""
    _count(name, args, 1)
    value = args[0]
    error = any_of(value.error, is_null(value))
    if isinstance(value, Listed):
        sql = f"CAST(len({value.sql}) AS DECIMAL(9,0))"
        return Piece(sql, Kind.NUMBER, 9, 0, error, value.nullable, is_plain=True)
    if isinstance(value, Record):
        raise UnknownSyntaxError("len() of an object always fails")
    text = scalar(value, Kind.STRING)
    sql = f"CAST(strlen({text.sql}) AS DECIMAL(18,0))"
    return Piece(sql, Kind.NUMBER, 18, 0, error, text.nullable, is_plain=True)


def _trim(name: str, args: list[Value]) -> Piece:
    _count(name, args, 1)
    text, error = needs(args[0], Kind.STRING)
    return replace(text, sql=f"trim({text.sql}, {quote_text(_SPACES)})", error=error)


def _split(name: str, args: list[Value]) -> Listed:
    _count(name, args, 2)
    text, error = needs(args[0], Kind.STRING)
    separator = known_text(args[1])
    if not separator:
        raise UnknownSyntaxError("split() needs a constant separator")
    sql = f"string_split({text.sql}, {quote_text(separator)})"
    return Listed(sql, ScalarShape(Kind.STRING, nullable=False), error, text.nullable)


def _type(name: str, args: list[Value]) -> Piece:
    """``type(x)``: known beforehand but for null."""
    _count(name, args, 1)
    value = args[0]
    word = "array" if isinstance(value, Listed) else "object"
    if isinstance(value, Piece):
        word = {
            None: "null",
            Kind.NUMBER: "number",
            Kind.BOOLEAN: "bool",
            Kind.DAY: "date",
        }.get(value.kind, "string")
    null = is_null(value)
    sql = f"(CASE WHEN {null} THEN 'null' ELSE '{word}' END)" if null else f"'{word}'"
    return Piece(sql, Kind.STRING, error=value.error, nullable=False)


FUNCTIONS: dict[str, Callable[[str, list[Value]], Value]] = {
    "startsWith": test_text,
    "endsWith": test_text,
    "matches": _matches,
    "len": _len,
    "trim": _trim,
    "split": _split,
    "string": _string,
    "type": _type,
}
