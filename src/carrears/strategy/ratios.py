"""Quotients with every digit of the engine's decimals.

The engine's numbers have a mantissa of 96 bits and up to 28 decimal places. A quotient gets as
many places as fit, and the last one is rounded half to even. Here the long division runs in
128-bit integers, in two steps; what comes of it stands in DECIMAL(38,28), of which it needs no
more than 29 digits. Such a number is *wide*: it can be compared, rounded,
moved by powers of ten, added to, but not multiplied further.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from carrears.strategy.facts import Kind
from carrears.strategy.reasons import say
from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.values import WIDEST, Piece

PLACES = 28
WHOLE = WIDEST - PLACES  # digits before the point that a wide number may have
_MANTISSA = 2**96 - 1
_TINY = f"0.{'0' * (PLACES - 1)}1::DECIMAL({PLACES},{PLACES})"
_SIDE = 18  # digits of either side, so that a remainder times 10^19 fits 128 bits
_FIRST, _SECOND = f"{10**19}::HUGEINT", f"{10**9}::HUGEINT"  # the places of the two steps


def divide(left: Piece, right: Piece, *, whole: int | None = None) -> Piece:
    """``left / right``, null where ``right`` is zero; errors are the caller's.

    ``whole`` bounds the digits before the point where more is known than the operands tell.

    Raises:
        UnknownSyntaxError: more digits than the division can keep.
    """
    if left.is_wide or right.is_wide:
        raise UnknownSyntaxError("a quotient cannot be divided further, or divided by")
    scale = max(left.scale, right.scale)
    sizes = [side.digits - side.scale + scale for side in (left, right)]
    before = left.digits - left.scale + right.scale if whole is None else whole
    if max(sizes) > _SIDE or before > WHOLE:
        raise UnknownSyntaxError(
            say(
                "'/' may need more digits than are kept: {before} before the point of"
                " the quotient (up to {most} are), {dividend} of the dividend and"
                " {divisor} of the divisor (up to {most_side}); declare fewer",
                before=before,
                most=WHOLE,
                dividend=sizes[0],
                divisor=sizes[1],
                most_side=_SIDE,
            )
        )
    sql = _quotient_sql(_units(left, scale), _units(right, scale))
    return Piece(sql, Kind.NUMBER, before + PLACES, PLACES, is_wide=True)


def _units(piece: Piece, scale: int) -> str:
    """The number in units of its last place, as a 64-bit integer."""
    factor = f" * {10**scale}" if scale else ""
    return f"CAST({piece.sql}{factor} AS BIGINT)"


def _quotient_sql(dividend: str, divisor: str) -> str:
    """The quotient as DECIMAL(38,28), null where the divisor is zero.

    In steps that name what the next one needs, lest each be written out many times: the whole
    part and the remainder; the places after the point, cut off; how many are dropped; the rest.
    """
    sides = f"{{'n': abs({dividend})::HUGEINT, 'd': nullif(abs({divisor}), 0)::HUGEINT}}"
    whole = f"{{'d': w.d, 'q': w.n // w.d, 'r': (w.n % w.d) * {_FIRST}}}"
    first = f"{{'d': w.d, 'q': w.q * {_FIRST} + w.r // w.d, 'r': (w.r % w.d) * {_SECOND}}}"
    cut = f"{{'d': w.d, 'u': w.q * {_SECOND} + w.r // w.d, 'r': w.r % w.d}}"
    kept = f"{{'d': w.d, 'u': w.u, 'r': w.r, 'k': {_unit_sql('w.u', '2 * w.r < w.d')}}}"
    fits = f"w.u + {_up('2 * w.r > w.d', '2 * w.r = w.d', 'w.u')}"
    low, half = "w.u % w.k", "w.k // 2"
    more = f"({low}) > {half} OR ({low}) = {half} AND w.r > 0"
    fewer = f"w.u - {low} + w.k * {_up(more, f'({low}) = {half}', 'w.u // w.k')}"
    units = f"(CASE WHEN w.k = 1 THEN {fits} ELSE {fewer} END)"
    size = f"CAST({units} AS DECIMAL({WIDEST},0)) * {_TINY}"
    value = _let(sides, whole, first, cut, kept, size)
    negative = f"(({dividend}) < 0) <> (({divisor}) < 0)"
    return f"({value} * (CASE WHEN {negative} THEN -1 ELSE 1 END)::DECIMAL(1,0))"


def _let(start: str, *steps: str) -> str:
    """Each step over ``w``, which is what the step before made."""
    sql = f"[{start}]"
    for step in steps:
        sql = f"list_transform({sql}, lambda w: {step})"
    return f"list_extract({sql}, 1)"


def _up(more: str, tie: str, last: str) -> str:
    """1 where the rest is above a half, or is a half and the last digit odd; else 0."""
    return f"(CASE WHEN {more} OR ({tie} AND ({last}) % 2 = 1) THEN 1 ELSE 0 END)"


def _unit_sql(units: str, stays: str) -> str:
    """10 to the number of places that must go for the rest to fit the mantissa.

    ``stays`` is true where the largest mantissa is not rounded up out of its range.
    """
    whens = [f"WHEN {units} < {_MANTISSA} OR ({units} = {_MANTISSA} AND {stays}) THEN 1"]
    for dropped in range(1, WHOLE):
        limit = _MANTISSA * 10**dropped + 5 * 10 ** (dropped - 1)
        if limit < 10**WIDEST:
            whens.append(f"WHEN {units} < {limit}::HUGEINT THEN {10**dropped}")
    return f"(CASE {' '.join(whens)} ELSE {10**WHOLE} END)::HUGEINT"


def move_point(piece: Piece, places: int) -> Piece:
    """A wide number times 10^places, which keeps all its digits.

    Raises:
        UnknownSyntaxError: it may become too large.
    """
    digits = piece.digits + places
    if digits > WIDEST:
        raise UnknownSyntaxError("the quotient may become too large to keep all its digits")
    sql = f"CAST({piece.sql} * {10**places} AS DECIMAL({WIDEST},{PLACES}))"
    return replace(piece, sql=sql, digits=digits)


def add(op: str, left: Piece, right: Piece) -> Piece:
    """``+`` or ``-`` of which a side is wide, rounded again to what the mantissa holds.

    Raises:
        UnknownSyntaxError: it may become too large.
    """
    whole = max(left.digits - left.scale, right.digits - right.scale) + 1
    if whole > WHOLE:
        raise UnknownSyntaxError("the sum with a quotient may become too large for all its digits")
    sides = [f"CAST({side.sql} AS DECIMAL({WIDEST},{PLACES}))" for side in (left, right)]
    sql = _fitted(f"({sides[0]} {op} {sides[1]})")
    return Piece(sql, Kind.NUMBER, whole + PLACES, PLACES, is_wide=True)


def _literal(units: int) -> str:
    """So many units of the last of 28 places."""
    text = f"{units:029d}"
    return f"{text[:-PLACES]}.{text[-PLACES:]}::DECIMAL({WIDEST},{PLACES})"


def _fitted(total: str) -> str:
    """A sum with as many places as fit the mantissa, rounded half to even."""
    whens = [f"WHEN abs(w) <= {_literal(_MANTISSA)} THEN {_literal(1)}"]
    for dropped in range(1, WHOLE):
        limit = _MANTISSA * 10**dropped + 5 * 10 ** (dropped - 1)
        if limit < 10**WIDEST:
            whens.append(f"WHEN abs(w) < {_literal(limit)} THEN {_literal(10**dropped)}")
    unit = f"{{'v': w, 'k': CASE {' '.join(whens)} ELSE {_literal(10**WHOLE)} END}}"
    low = "{'v': w.v, 'k': w.k, 'low': w.v % w.k}"
    twice = "2 * abs(w.low)"
    up = f"{twice} > w.k OR ({twice} = w.k AND (w.v - w.low) % (2 * w.k) <> 0)"
    step = f"(CASE WHEN {up} THEN (CASE WHEN w.v < 0 THEN -w.k ELSE w.k END) ELSE 0 END)"
    value = f"CAST(w.v - w.low + {step} AS DECIMAL({WIDEST},{PLACES}))"
    return _let(total, unit, low, value)


def power_of_ten(value: Decimal) -> int | None:
    """The exponent of a constant that is a power of ten, from 1 on."""
    sign, digits, exponent = value.normalize().as_tuple()
    if sign or digits != (1,) or not isinstance(exponent, int) or exponent < 0:
        return None
    return exponent


def reciprocal(value: Decimal) -> Decimal | None:
    """1 / value, where that has an end within the digits that are exact."""
    numerator, denominator = value.as_integer_ratio()
    left = abs(numerator)
    for factor in (2, 5):
        while left and left % factor == 0:
            left //= factor
    if left != 1:
        return None
    for places in range(PLACES):
        scaled, rest = divmod(denominator * 10**places, abs(numerator))
        if rest == 0:
            return Decimal(scaled if numerator > 0 else -scaled).scaleb(-places)
    return None
