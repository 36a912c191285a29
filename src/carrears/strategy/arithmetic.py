"""Numbers to SQL: exact decimals whose digits and decimal places are known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from carrears.strategy import ratios
from carrears.strategy.facts import Kind, decimal_places
from carrears.strategy.reasons import say
from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.values import (
    WIDEST,
    Listed,
    Piece,
    ScalarShape,
    Value,
    any_of,
    is_null,
    known_number,
    known_whole,
    needs,
    scalar,
)

DIGITS = 28  # what the engine's 96-bit decimals hold for certain; past it they round
LONGEST = 9  # digits of the number of elements that a list may have


def check_digits(digits: int) -> None:
    """Refuse what the engine might round."""
    if digits > DIGITS:
        raise UnknownSyntaxError(
            say(
                "the result may need {digits} digits; up to {most} are exact",
                digits=digits,
                most=DIGITS,
            )
        )


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
    operation = _OPERATIONS.get(op)
    if operation is None:
        raise UnknownSyntaxError(say("'{op}' between facts has no exact counterpart in SQL", op=op))
    return replace(operation(op, first, second), error=error)


def _sum(op: str, left: Piece, right: Piece) -> Piece:
    if left.is_wide or right.is_wide:
        return ratios.add(op, left, right)
    scale = max(left.scale, right.scale)
    digits = max(left.digits - left.scale, right.digits - right.scale) + scale + 1
    check_digits(digits)
    sides = [decimal(side, digits - scale + side.scale, side.scale) for side in (left, right)]
    sql = f"CAST({sides[0]} {op} {sides[1]} AS DECIMAL({digits},{scale}))"
    return _result(sql, digits, scale, left, right)


def _product(_op: str, left: Piece, right: Piece) -> Piece:
    if left.is_wide or right.is_wide:
        return _moved(left, right)
    digits, scale = left.digits + right.digits, left.scale + right.scale
    check_digits(digits)
    sides = [decimal(side, side.digits, side.scale) for side in (left, right)]
    sql = f"CAST({sides[0]} * {sides[1]} AS DECIMAL({digits},{scale}))"
    return _result(sql, digits, scale, left, right)


def _moved(left: Piece, right: Piece) -> Piece:
    """A quotient times a power of ten."""
    wide, other = (left, right) if left.is_wide else (right, left)
    factor = known_number(other)
    places = None if factor is None else ratios.power_of_ten(factor)
    if places is None:
        raise UnknownSyntaxError("a quotient can be multiplied by 10, 100, … only")
    return ratios.move_point(wide, places)


def _quotient(_op: str, left: Piece, right: Piece) -> Piece:
    """Exact where the divisor is a constant like 2, 100 or 0.5; else with the engine's digits."""
    divisor = known_number(right)
    if divisor is not None and divisor.is_zero():
        return Piece(
            f"CAST(NULL AS DECIMAL({max(left.digits, 1)},{left.scale}))",
            Kind.NUMBER,
            left.digits,
            left.scale,
        )
    inverse = None if divisor is None else ratios.reciprocal(divisor)
    if inverse is not None and not left.is_wide:
        scale = decimal_places(inverse)
        digits = max(max(inverse.adjusted() + 1, 0) + scale, 1)
        if left.digits + digits <= DIGITS:
            factor = Piece(
                f"{inverse:f}::DECIMAL({digits},{scale})",
                Kind.NUMBER,
                digits,
                scale,
                nullable=False,
            )
            return replace(_product("*", left, factor), is_plain=False)
    whole = None
    if divisor is not None:
        whole = max(left.digits - left.scale - max(divisor.copy_abs().adjusted(), 0), 1)
        whole += max(-divisor.copy_abs().adjusted(), 0)
    return ratios.divide(left, right, whole=whole)


def _remainder(_op: str, left: Piece, right: Piece) -> Piece:
    """``%`` has the sign of the left side, and is null where the right one is zero."""
    if left.is_wide or right.is_wide:
        raise UnknownSyntaxError("'%' of a quotient cannot be compiled")
    scale = max(left.scale, right.scale)
    digits = max(left.digits - left.scale, right.digits - right.scale) + scale
    check_digits(digits)
    sides = [decimal(side, digits - scale + side.scale, side.scale) for side in (left, right)]
    sql = f"CAST({sides[0]} % nullif({sides[1]}, 0) AS DECIMAL({digits},{scale}))"
    return Piece(sql, Kind.NUMBER, digits, scale)


def _power(_op: str, left: Piece, right: Piece) -> Piece:
    """The square and the cube."""
    exponent = known_whole(right)
    if exponent not in {2, 3} or left.is_wide:
        raise UnknownSyntaxError("'^' between facts has no exact counterpart in SQL; 2 and 3 have")
    square = _product("*", left, left)
    return square if exponent == 2 else _product("*", square, left)  # noqa: PLR2004  or the cube


_OPERATIONS: dict[str, Callable[[str, Piece, Piece], Piece]] = {
    "+": _sum,
    "-": _sum,
    "*": _product,
    "/": _quotient,
    "%": _remainder,
    "^": _power,
}


def _result(sql: str, digits: int, scale: int, left: Piece, right: Piece) -> Piece:
    nullable = left.nullable or right.nullable
    plain = left.is_plain and right.is_plain
    return Piece(sql, Kind.NUMBER, digits, scale, "", nullable, plain)


def same_width(left: Piece, right: Piece) -> tuple[Piece, Piece]:
    """Two numbers of which one is a quotient, made comparable.

    Raises:
        UnknownSyntaxError: the other one may be too large for a column of both.
    """
    if max(side.digits - side.scale for side in (left, right)) > ratios.WHOLE:
        raise UnknownSyntaxError(
            say(
                "a quotient compares with a number of up to {most} digits before the point",
                most=ratios.WHOLE,
            )
        )
    kind = f"DECIMAL({WIDEST},{ratios.PLACES})"
    first, second = (replace(side, sql=f"CAST({side.sql} AS {kind})") for side in (left, right))
    return first, second


def _one(name: str, args: list[Value]) -> Piece:
    if len(args) != 1:
        raise UnknownSyntaxError(
            say("{name}() of {count} arguments cannot be compiled", name=name, count=len(args))
        )
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
    digits = min(piece.digits - piece.scale + places + 1, WIDEST)
    sql = f"CAST({_rounded(name, piece, places)} AS DECIMAL({digits},{places}))"
    # Of -0.4 the engine makes -0, but for floor().
    plain = places == 0 and name == "floor"
    return Piece(sql, Kind.NUMBER, digits, places, error, piece.nullable, plain)


def _places(name: str, args: list[Value]) -> int:
    places = known_whole(args[1])
    if len(args) != 2 or name not in {"round", "trunc"} or places is None:  # noqa: PLR2004
        raise UnknownSyntaxError(
            say("{name}() needs a constant number of decimal places", name=name)
        )
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
    raise UnknownSyntaxError(say("{name}() of a text cannot be compiled", name=name))


def _is_numeric(name: str, args: list[Value]) -> Piece:
    piece = args[0]
    if len(args) == 1 and isinstance(piece, Piece) and piece.kind is Kind.NUMBER:
        sql = f"({piece.sql} IS NOT NULL)" if piece.nullable else "true"
        return Piece(sql, Kind.BOOLEAN, error=piece.error, nullable=False)
    raise UnknownSyntaxError(say("{name}() of a text cannot be compiled", name=name))


def _total(name: str, args: list[Value]) -> Piece:
    """``sum``, ``avg``, ``min`` and ``max`` of a list; a null in it is an error."""
    listed = args[0]
    if len(args) != 1 or not isinstance(listed, Listed):
        raise UnknownSyntaxError(say("{name}() needs a list", name=name))
    shape = listed.element
    if not isinstance(shape, ScalarShape) or shape.kind is not Kind.NUMBER or shape.is_wide:
        raise UnknownSyntaxError(say("{name}() needs a list of numbers", name=name))
    errors = [listed.error, f"({listed.sql} IS NULL)" if listed.nullable else ""]
    if shape.nullable:
        errors.append(f"coalesce(len(list_filter({listed.sql}, lambda u: u IS NULL)) > 0, false)")
    if name in {"min", "max"}:
        errors.append(f"(coalesce(len({listed.sql}), 0) = 0)")
        sql = f"list_{name}({listed.sql})"
        return Piece(sql, Kind.NUMBER, shape.digits, shape.scale, any_of(*errors), nullable=True)
    digits = shape.digits + LONGEST
    check_digits(digits)
    sql = f"CAST(coalesce(list_sum({listed.sql}), 0) AS DECIMAL({digits},{shape.scale}))"
    plain = shape.is_plain
    total = Piece(sql, Kind.NUMBER, digits, shape.scale, any_of(*errors), False, plain)
    return total if name == "sum" else _average(listed, shape, total)


def _average(listed: Listed, shape: ScalarShape, total: Piece) -> Piece:
    """The mean; of an empty list it fails."""
    size = f"CAST(len({listed.sql}) AS DECIMAL({LONGEST},0))"
    count = Piece(size, Kind.NUMBER, LONGEST, 0)
    mean = ratios.divide(total, count, whole=max(shape.digits - shape.scale, 1))
    empty = f"(coalesce(len({listed.sql}), 0) = 0)"
    return replace(mean, error=any_of(total.error, empty))


FUNCTIONS: dict[str, Callable[[str, list[Value]], Value]] = {
    "abs": _abs,
    "round": _round,
    "floor": _round,
    "ceil": _round,
    "trunc": _round,
    "number": _number,
    "isNumeric": _is_numeric,
    "sum": _total,
    "avg": _total,
    "min": _total,
    "max": _total,
}
