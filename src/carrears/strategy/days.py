"""Days to SQL: what the engine's ``d()`` can do with whole days at midnight UTC.

A date fact is a text to the engine, and becomes a day where it meets one. A day that is not
valid is NULL in SQL; to the engine it is a value of its own, below all days.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from carrears.strategy.constants import engine_is_utc
from carrears.strategy.facts import Kind
from carrears.strategy.reasons import say
from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.values import Piece, Value, any_of, is_null, known_text, scalar

_DAY_UNITS = frozenset({"d", "day", "days"})
_MONTH_UNITS = frozenset({"M", "month", "months"})
_ORDERS = {
    "isBefore": "<",
    "isAfter": ">",
    "isSameOrBefore": "<=",
    "isSameOrAfter": ">=",
    "isSame": "=",
}
_PARTS = {
    "year": ("year({})", 5),
    "month": ("month({})", 2),
    "day": ("day({})", 2),
    "weekday": ("isodow({})", 1),
    "quarter": ("quarter({})", 1),
    "dayOfYear": ("dayofyear({})", 3),
}
_STEP = 5  # digits of a number of days or months that may be added
_SPAN = 8  # digits of the days between two days
_DURATION = re.compile(r"(\d{1,5}) ?(d|days?|M|months?)")


def equal_sql(left: Piece, right: Piece) -> str:
    """A day or a date fact, and something of another kind."""
    kinds = {left.kind, right.kind}
    if kinds == {Kind.DATE, Kind.DAY}:
        date, day = (left, right) if left.kind is Kind.DATE else (right, left)
        # A missing text is no date, an invalid date no text.
        return f"coalesce({date.sql} = {day.sql}, false)"
    if kinds == {Kind.DATE, Kind.STRING}:
        texts = [scalar(side, Kind.STRING) for side in (left, right)]
        return f"({texts[0].sql} IS NOT DISTINCT FROM {texts[1].sql})"
    if kinds == {Kind.DAY, Kind.STRING}:
        raise UnknownSyntaxError("a date compares with a declared date fact only")
    nulls = [is_null(left), is_null(right)]
    return f"({nulls[0]} AND {nulls[1]})" if all(nulls) else "false"


def order_sql(op: str, left: Piece, right: Piece) -> str:
    """Two days, or a day and a date fact; a day that is not valid is below all others."""
    if not {left.kind, right.kind} <= {Kind.DATE, Kind.DAY}:
        raise UnknownSyntaxError(say("'{op}' needs a date and a day", op=op))
    sides = [
        f"coalesce({side.sql}, DATE '-infinity')"
        if side.kind is Kind.DAY and side.nullable
        else side.sql
        for side in (left, right)
    ]
    return f"{sides[0]} {op} {sides[1]}"


def as_day(value: Value) -> Piece:
    """``d(x)`` of a date fact or of a day."""
    if not engine_is_utc():
        raise UnknownSyntaxError("days can be computed with where the time zone is UTC only")
    if isinstance(value, Piece):
        if value.kind is None:
            return Piece("CAST(NULL AS DATE)", Kind.DAY, error=value.error)
        if value.kind in {Kind.DATE, Kind.DAY}:
            return replace(value, kind=Kind.DAY)
        if value.kind is Kind.BOOLEAN:
            return Piece("CAST(NULL AS DATE)", Kind.DAY, error=value.error)
    raise UnknownSyntaxError("d() needs a declared date fact or a constant day")


def _day(name: str, args: list[Value]) -> Piece:
    if len(args) != 1:
        raise UnknownSyntaxError(say("{name}() asks the clock or a time zone", name=name))
    return as_day(args[0])


def render_method(this: Value, name: str, args: list[Value]) -> Piece:
    """A method of a day.

    Raises:
        UnknownSyntaxError: it leads away from whole days, or is not known.
    """
    if not isinstance(this, Piece) or this.kind is not Kind.DAY:
        raise UnknownSyntaxError(say("'.{name}()' needs a day; write d(…).{name}()", name=name))
    day = as_day(this)
    error = any_of(day.error, *(arg.error for arg in args))
    method = _METHODS.get((name, len(args)))
    if method is None:
        raise UnknownSyntaxError(say("'.{name}()' of a day cannot be compiled", name=name))
    return method(day, name, args, error)


def _part(day: Piece, name: str, _args: list[Value], error: str) -> Piece:
    sql, digits = _PARTS[name]
    sql = f"CAST({sql.format(day.sql)} AS DECIMAL({digits},0))"
    return Piece(sql, Kind.NUMBER, digits, 0, error, day.nullable, is_plain=True)


def _is_valid(day: Piece, _name: str, _args: list[Value], error: str) -> Piece:
    sql = f"({day.sql} IS NOT NULL)" if day.nullable else "true"
    return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)


def _diff(day: Piece, name: str, args: list[Value], error: str) -> Piece:
    if _unit(args[1]) not in _DAY_UNITS:
        raise UnknownSyntaxError(say("'.{name}()' counts whole days only", name=name))
    other = as_day(args[0])
    sql = f"CAST(datediff('day', {other.sql}, {day.sql}) AS DECIMAL({_SPAN},0))"
    return Piece(sql, Kind.NUMBER, _SPAN, 0, error, day.nullable or other.nullable, is_plain=True)


def _start(day: Piece, name: str, args: list[Value], error: str) -> Piece:
    unit = _unit(args[0])
    if unit not in {"day", "month", "quarter", "year"}:
        raise UnknownSyntaxError(say("'.{name}()' of this unit cannot be compiled", name=name))
    return replace(day, sql=f"CAST(date_trunc('{unit}', {day.sql}) AS DATE)", error=error)


def _format(day: Piece, name: str, args: list[Value], error: str) -> Piece:
    if _unit(args[0]) != "%Y-%m-%d":
        raise UnknownSyntaxError(say("'.{name}()' writes '%Y-%m-%d' only", name=name))
    sql = f"coalesce(CAST({day.sql} AS VARCHAR), 'Invalid date')"
    return Piece(sql, Kind.STRING, error=error, nullable=False)


def _unit(value: Value) -> str:
    """A constant text argument; empty where it is none."""
    return known_text(value) or ""


def _compared(day: Piece, name: str, args: list[Value], error: str) -> Piece:
    other = as_day(args[0])
    if len(args) > 1 and _unit(args[1]) not in _DAY_UNITS:
        raise UnknownSyntaxError(say("'.{name}()' compares whole days only", name=name))
    sql = f"coalesce({day.sql} {_ORDERS[name]} {other.sql}, false)"
    return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)


def _moved(day: Piece, name: str, args: list[Value], error: str) -> Piece:
    step, unit = _step(name, args)
    null = is_null(step)
    amount = f"CAST({step.sql} AS INTEGER)"
    amount = f"(-{amount})" if name == "sub" else amount
    if unit in _DAY_UNITS:
        sql = f"({day.sql} + {amount})"
    elif unit in _MONTH_UNITS:
        sql = f"CAST({day.sql} + to_months({amount}) AS DATE)"
    else:
        raise UnknownSyntaxError("days and months can be added")
    return replace(day, sql=sql, error=any_of(error, null), nullable=day.nullable or step.nullable)


def _step(name: str, args: list[Value]) -> tuple[Piece, str]:
    if len(args) == 1:
        found = _DURATION.fullmatch(_unit(args[0]))
        if found:
            sql = f"{found[1]}::DECIMAL({len(found[1])},0)"
            return Piece(sql, Kind.NUMBER, len(found[1]), 0, nullable=False), found[2]
    elif len(args) == 2:  # noqa: PLR2004  how many, of what
        step = scalar(args[0], Kind.NUMBER)
        if step.scale == 0 and step.digits <= _STEP and not step.is_wide:
            return step, _unit(args[1])
    raise UnknownSyntaxError(
        say(
            "'.{name}()' needs a whole number of up to {most} digits and a unit",
            name=name,
            most=_STEP,
        )
    )


_METHODS: dict[tuple[str, int], Callable[[Piece, str, list[Value], str], Piece]] = {
    **{(name, count): _compared for name in _ORDERS for count in (1, 2)},
    **{(name, 0): _part for name in _PARTS},
    **{(name, count): _moved for name in ("add", "sub") for count in (1, 2)},
    ("isValid", 0): _is_valid,
    ("diff", 2): _diff,
    ("startOf", 1): _start,
    ("format", 1): _format,
}

FUNCTIONS: dict[str, Callable[[str, list[Value]], Value]] = {"d": _day}
