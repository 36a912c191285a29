"""Numbers to SQL: exact decimals whose digits and decimal places are known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from carrears.strategy.facts import Kind
from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.values import (
    Listed,
    Piece,
    ScalarShape,
    Value,
    any_of,
    is_null,
    known_whole,
    needs,
    scalar,
)

DIGITS = 28  # what the engine's 96-bit decimals hold for certain; past it they round
LONGEST = 9  # digits of the number of elements that a list may have


def check_digits(digits: int) -> None:
    """Refuse what the engine might round."""
    if digits > DIGITS:
        raise UnknownSyntaxError(f"the result may need {digits} digits; up to {DIGITS} are exact")


def decimal(piece: Piece, digits: int, scale: int) -> str:
    """A number's SQL cast to these digits, where it has not got them."""
    if (piece.digits, piece.scale) == (digits, scale) and "::DECIMAL" in piece.sql:
        return piece.sql
    return f"CAST({piece.sql} AS DECIMAL({max(digits, 1)},{scale}))"


def negate(value: Value) -> Piece:
    """``-x``; the engine writes the negative of zero as -0."""
    piece, error = needs(value, Kind.NUMBER)
    return replace(piece, sql=f"(-{piece.sql})", error=error, is_plain=False)


def compute(op: str, left: Piece, right: Piece) -> Piece:
    """``+ - * / % ^`` of two numbers.

    Raises:
        UnknownSyntaxError: not both are numbers, or the result has no exact counterpart.
    """
    first, second = scalar(left, Kind.NUMBER), scalar(right, Kind.NUMBER)
    error = any_of(first.error, second.error, is_null(first), is_null(second))
    if op in {"+", "-"}:
        return replace(_sum(op, first, second), error=error)
    if op == "*":
        return replace(_product(first, second), error=error)
    raise UnknownSyntaxError(f"'{op}' between facts has no exact counterpart in SQL")


def _sum(op: str, left: Piece, right: Piece) -> Piece:
    scale = max(left.scale, right.scale)
    digits = max(left.digits - left.scale, right.digits - right.scale) + scale + 1
    check_digits(digits)
    sides = [decimal(side, digits - scale + side.scale, side.scale) for side in (left, right)]
    sql = f"CAST({sides[0]} {op} {sides[1]} AS DECIMAL({digits},{scale}))"
    return _result(sql, digits, scale, left, right)


def _product(left: Piece, right: Piece) -> Piece:
    digits, scale = left.digits + right.digits, left.scale + right.scale
    check_digits(digits)
    sides = [decimal(side, side.digits, side.scale) for side in (left, right)]
    sql = f"CAST({sides[0]} * {sides[1]} AS DECIMAL({digits},{scale}))"
    return _result(sql, digits, scale, left, right)


def _result(sql: str, digits: int, scale: int, left: Piece, right: Piece) -> Piece:
    nullable = left.nullable or right.nullable
    plain = left.is_plain and right.is_plain
    return Piece(sql, Kind.NUMBER, digits, scale, "", nullable, plain)


def same_width(left: Piece, right: Piece) -> tuple[Piece, Piece]:
    """Two numbers of which one is a quotient, made comparable."""
    if left.is_wide != right.is_wide:
        raise UnknownSyntaxError("a quotient cannot be compared")
    return left, right


def _one(name: str, args: list[Value]) -> Piece:
    if len(args) != 1:
        raise UnknownSyntaxError(f"{name}() of {len(args)} arguments cannot be compiled")
    return scalar(args[0], Kind.NUMBER)


def _abs(name: str, args: list[Value]) -> Piece:
    piece = _one(name, args)
    return replace(piece, sql=f"abs({piece.sql})", error=any_of(piece.error, is_null(piece)))


def _round(name: str, args: list[Value]) -> Piece:
    """To whole numbers or, with ``round`` and ``trunc``, to constant decimal places."""
    piece, places = scalar(args[0], Kind.NUMBER), 0
    error = any_of(piece.error, is_null(piece))
    if len(args) > 1:
        places = _places(name, args)
    if places >= piece.scale:
        return replace(piece, error=error)
    digits = piece.digits - piece.scale + places + 1
    sql = f"CAST({_rounded(name, piece, places)} AS DECIMAL({digits},{places}))"
    # Of -0.4 the engine makes -0, but for floor().
    plain = places == 0 and name == "floor"
    return Piece(sql, Kind.NUMBER, digits, places, error, piece.nullable, plain)


def _places(name: str, args: list[Value]) -> int:
    places = known_whole(args[1])
    if len(args) != 2 or name not in {"round", "trunc"} or places is None:  # noqa: PLR2004
        raise UnknownSyntaxError(f"{name}() needs a constant number of decimal places")
    return places


def _rounded(name: str, piece: Piece, places: int) -> str:
    if name == "round":
        return f"round({piece.sql}, {places})"  # half away from zero, both
    if name == "trunc":
        unit = 10 ** (piece.scale - places)
        return f"round({piece.sql} - {piece.sql} % {_unit(piece.scale, unit)}, {places})"
    return f"{name}({piece.sql})"


def _unit(scale: int, unit: int) -> str:
    text = f"{unit:0{scale + 1}d}"
    return f"{text[:-scale]}.{text[-scale:]}::DECIMAL({len(text)},{scale})" if scale else text


def _number(name: str, args: list[Value]) -> Piece:
    """``number(x)``: of a number itself, of a test 1 or 0."""
    piece = args[0]
    if len(args) == 1 and isinstance(piece, Piece):
        error = any_of(piece.error, is_null(piece))
        if piece.kind is Kind.NUMBER:
            return replace(piece, error=error)
        if piece.kind is Kind.BOOLEAN:
            sql = f"CAST(CAST({piece.sql} AS INTEGER) AS DECIMAL(1,0))"
            return Piece(sql, Kind.NUMBER, 1, 0, error, piece.nullable, is_plain=True)
    raise UnknownSyntaxError(f"{name}() of a text cannot be compiled")


def _is_numeric(name: str, args: list[Value]) -> Piece:
    piece = args[0]
    if len(args) == 1 and isinstance(piece, Piece) and piece.kind is Kind.NUMBER:
        sql = f"({piece.sql} IS NOT NULL)" if piece.nullable else "true"
        return Piece(sql, Kind.BOOLEAN, error=piece.error, nullable=False)
    raise UnknownSyntaxError(f"{name}() of a text cannot be compiled")


def _total(name: str, args: list[Value]) -> Piece:
    """``sum``, ``min`` and ``max`` of a list; a null in it, or nothing at all, is an error."""
    listed = args[0]
    if len(args) != 1 or not isinstance(listed, Listed):
        raise UnknownSyntaxError(f"{name}() needs a list")
    shape = listed.element
    if not isinstance(shape, ScalarShape) or shape.kind is not Kind.NUMBER or shape.is_wide:
        raise UnknownSyntaxError(f"{name}() needs a list of numbers")
    errors = [listed.error, f"({listed.sql} IS NULL)" if listed.nullable else ""]
    if shape.nullable:
        errors.append(f"coalesce(len(list_filter({listed.sql}, lambda u: u IS NULL)) > 0, false)")
    if name != "sum":
        errors.append(f"(coalesce(len({listed.sql}), 0) = 0)")
        sql = f"list_{name}({listed.sql})"
        return Piece(sql, Kind.NUMBER, shape.digits, shape.scale, any_of(*errors), nullable=True)
    digits = shape.digits + LONGEST
    check_digits(digits)
    sql = f"CAST(coalesce(list_sum({listed.sql}), 0) AS DECIMAL({digits},{shape.scale}))"
    plain = shape.is_plain
    return Piece(sql, Kind.NUMBER, digits, shape.scale, any_of(*errors), False, plain)


FUNCTIONS: dict[str, Callable[[str, list[Value]], Value]] = {
    "abs": _abs,
    "round": _round,
    "floor": _round,
    "ceil": _round,
    "trunc": _round,
    "number": _number,
    "isNumeric": _is_numeric,
    "sum": _total,
    "min": _total,
    "max": _total,
}
