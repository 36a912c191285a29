"""When two values are equal: never an error, and never unknown."""

from __future__ import annotations

from carrears.strategy import arithmetic, days
from carrears.strategy.facts import Kind
from carrears.strategy.values import Piece, Value, any_of, is_null


def equality(left: Value, right: Value, *, negated: bool) -> Piece:
    """Two-valued and never an error: null equals null, kinds that differ are unequal."""
    error = any_of(left.error, right.error)
    sql = _equal_sql(left, right)
    return Piece(f"(NOT {sql})" if negated else sql, Kind.BOOLEAN, error=error, nullable=False)


def _equal_sql(left: Value, right: Value) -> str:
    if isinstance(left, Piece) and isinstance(right, Piece):
        if left.kind is None or right.kind is None:
            other = right if left.kind is None else left
            return is_null(other) or "false"
        if {left.kind, right.kind} & {Kind.DATE, Kind.DAY} and left.kind is not right.kind:
            return days.equal_sql(left, right)
        if left.kind is right.kind:
            if left.is_wide or right.is_wide:
                left, right = arithmetic.same_width(left, right)
            if left.nullable or right.nullable:
                return f"({left.sql} IS NOT DISTINCT FROM {right.sql})"
            return f"({left.sql} = {right.sql})"
    # Lists and objects equal nothing, not even themselves; null equals null.
    nulls = [is_null(left), is_null(right)]
    return f"({nulls[0]} AND {nulls[1]})" if all(nulls) else "false"
