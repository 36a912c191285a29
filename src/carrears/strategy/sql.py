"""Expressions to DuckDB SQL, each with the condition under which the engine would raise.

An error is neither null nor false: every piece carries its value and its error apart, both
as SQL that cannot itself fail. What has no exact counterpart is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from carrears.strategy.expression import (
    Binary,
    Call,
    Choice,
    Const,
    DayConst,
    Expr,
    Interval,
    Items,
    Member,
    Ref,
    Subject,
    Unary,
    UnknownSyntaxError,
)
from carrears.strategy.facts import Kind, decimal_places

DIGITS = 28  # what the engine's 96-bit decimals hold for certain; past it they round
_RAISES = "the engine raises on it whatever the facts are"


@dataclass(frozen=True, slots=True)
class Piece:
    """A typed SQL value; ``error`` is SQL that is true where the engine raises, never null.

    ``kind`` is None for a bare null. Numbers fit DECIMAL(digits, scale).
    """

    sql: str
    kind: Kind | None
    digits: int = 0
    scale: int = 0
    error: str = ""
    nullable: bool = True
    is_day_const: bool = False


Scope = Mapping[str, Piece]


def quote_name(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A quoted SQL text literal."""
    if "\0" in text:
        raise UnknownSyntaxError("a text with a NUL character cannot be compiled")
    return "'" + text.replace("'", "''") + "'"


def render_constant(value: object) -> Piece:
    """A constant as SQL; lists are for outputs only and not taken here.

    Raises:
        UnknownSyntaxError: a list, or more digits than a column holds.
    """
    if value is None:
        return Piece("NULL", None)
    if isinstance(value, bool):
        return Piece("true" if value else "false", Kind.BOOLEAN, nullable=False)
    if isinstance(value, str):
        return Piece(quote_text(value), Kind.STRING, nullable=False)
    if not isinstance(value, Decimal):
        raise UnknownSyntaxError("a list cannot be computed with")
    scale = decimal_places(value)
    digits = max(value.adjusted() + 1, 1) + scale
    _check_digits(digits)
    return Piece(f"{value:f}::DECIMAL({digits},{scale})", Kind.NUMBER, digits, scale, "", False)


def render(tree: Expr, scope: Scope, subject: Piece | None = None) -> Piece:
    """SQL of an expression over the columns of ``scope``.

    Raises:
        UnknownSyntaxError: it has no exact counterpart, or names what is not in scope.
    """
    match tree:
        case Const(value):
            return render_constant(value)
        case DayConst(iso):
            return Piece(f"DATE '{iso}'", Kind.DATE, nullable=False, is_day_const=True)
        case Ref(path):
            return _lookup(path, scope)
        case Subject():
            return _subject(subject)
    operands: dict[type, Callable[..., Piece]] = {
        Unary: _unary,
        Binary: _binary,
        Member: _member,
        Choice: _choice,
        Call: _call,
    }
    rendered = operands.get(type(tree))
    if rendered is None:
        raise UnknownSyntaxError(f"{type(tree).__name__.lower()} cannot stand here")
    return rendered(tree, lambda part: render(part, scope, subject))


def _lookup(path: str, scope: Scope) -> Piece:
    if path not in scope:
        raise UnknownSyntaxError(
            f"{path!r} is neither a declared fact nor an earlier output (texts need quotes)"
        )
    return scope[path]


def _subject(subject: Piece | None) -> Piece:
    if subject is None:
        raise UnknownSyntaxError("'$' has no meaning here")
    return subject


Render = Callable[[Expr], Piece]


def _unary(tree: Unary, sub: Render) -> Piece:
    operand = sub(tree.operand)
    kind = Kind.NUMBER if tree.op == "-" else Kind.BOOLEAN
    error = _errors(_needs(operand, kind))
    if tree.op == "-":
        return Piece(f"(-{operand.sql})", kind, operand.digits, operand.scale, error)
    return Piece(f"coalesce(NOT {operand.sql}, false)", kind, error=error, nullable=False)


def _binary(tree: Binary, sub: Render) -> Piece:
    left, right = sub(tree.left), sub(tree.right)
    if tree.op in {"and", "or"}:
        return _logic(tree.op, left, right)
    if tree.op in {"==", "!="}:
        return _equality(left, right, negated=tree.op == "!=")
    if tree.op in {"<", "<=", ">", ">="}:
        return _ordering(tree.op, left, right)
    if tree.op in {"+", "-", "*"}:
        return _arithmetic(tree.op, left, right)
    if tree.op == "??":
        return _coalesce(left, right)
    raise UnknownSyntaxError(f"'{tree.op}' between facts has no exact counterpart in SQL")


def _logic(op: str, left: Piece, right: Piece) -> Piece:
    """The engine looks at the right side only where the left has not decided."""
    left_error, right_error = (_errors(_needs(side, Kind.BOOLEAN)) for side in (left, right))
    if right_error:
        open_side = left.sql if op == "and" else f"NOT {left.sql}"
        right_error = f"(coalesce({open_side}, false) AND {right_error})"
    value = f"coalesce({left.sql} {op.upper()} {right.sql}, false)"
    error = _errors([e for e in (left_error, right_error) if e])
    return Piece(value, Kind.BOOLEAN, error=error, nullable=False)


def _equality(left: Piece, right: Piece, *, negated: bool) -> Piece:
    """Two-valued and never an error: null equals null, kinds that differ are unequal."""
    error = _errors([e for e in (left.error, right.error) if e])
    if left.kind == right.kind or None in {left.kind, right.kind}:
        sql = f"({left.sql} IS NOT DISTINCT FROM {right.sql})"
    elif Kind.DATE in {left.kind, right.kind}:
        raise UnknownSyntaxError("a date compares with a declared date fact only")
    else:
        sql = f"({left.sql} IS NULL AND {right.sql} IS NULL)"
    return Piece(f"(NOT {sql})" if negated else sql, Kind.BOOLEAN, error=error, nullable=False)


def _ordering(op: str, left: Piece, right: Piece) -> Piece:
    numbers = left.kind is Kind.NUMBER and right.kind is Kind.NUMBER
    days = left.kind is Kind.DATE and right.kind is Kind.DATE
    # Two date facts are two texts to the engine, which it does not order.
    if not numbers and not (days and (left.is_day_const or right.is_day_const)):
        raise UnknownSyntaxError(f"'{op}' needs two numbers, or a date and a day: {_RAISES}")
    error = _errors([*_null_errors(left), *_null_errors(right)])
    value = f"coalesce({left.sql} {op} {right.sql}, false)"
    return Piece(value, Kind.BOOLEAN, error=error, nullable=False)


def _arithmetic(op: str, left: Piece, right: Piece) -> Piece:
    if op == "+" and left.kind is Kind.STRING:
        error = _errors([*_needs(left, Kind.STRING), *_needs(right, Kind.STRING)])
        return Piece(f"({left.sql} || {right.sql})", Kind.STRING, error=error)
    error = _errors([*_needs(left, Kind.NUMBER), *_needs(right, Kind.NUMBER)])
    if op == "*":
        digits, scale = left.digits + right.digits, left.scale + right.scale
    else:
        scale = max(left.scale, right.scale)
        digits = max(left.digits - left.scale, right.digits - right.scale) + scale + 1
    _check_digits(digits)
    sides = [f"CAST({side.sql} AS DECIMAL({digits},{side.scale}))" for side in (left, right)]
    if op == "*":
        sides = [f"CAST({s.sql} AS DECIMAL({s.digits},{s.scale}))" for s in (left, right)]
    value = f"CAST({sides[0]} {op} {sides[1]} AS DECIMAL({digits},{scale}))"
    return Piece(value, Kind.NUMBER, digits, scale, error)


def _coalesce(left: Piece, right: Piece) -> Piece:
    if left.kind is None:
        return right
    if right.kind not in {left.kind, None}:
        raise UnknownSyntaxError("'??' between different kinds cannot be compiled")
    right_error = f"({left.sql} IS NULL AND {right.error})" if right.error else ""
    scale = max(left.scale, right.scale)
    digits = max(left.digits - left.scale, right.digits - right.scale) + scale
    _check_digits(digits)
    return Piece(
        f"coalesce({left.sql}, {right.sql})",
        left.kind,
        digits,
        scale,
        _errors([e for e in (left.error, right_error) if e]),
        left.nullable and right.nullable,
    )


def _member(tree: Member, sub: Render) -> Piece:
    needle = sub(tree.needle)
    if isinstance(tree.container, Interval):
        return _inside(tree.container, needle, sub, negated=tree.negated)
    if isinstance(tree.container, Items):
        items = [sub(item) for item in tree.container.items]
    elif isinstance(tree.container, Const) and isinstance(tree.container.value, tuple):
        items = [render_constant(value) for value in tree.container.value]
    else:
        raise UnknownSyntaxError("'in' needs a list or an interval")
    if any(piece.kind is Kind.DATE for piece in (needle, *items)):
        raise UnknownSyntaxError("a date in a list cannot be compiled")
    tests = [_equality(needle, item, negated=False) for item in items]
    value = "(" + (" OR ".join(test.sql for test in tests) or "false") + ")"
    error = _errors([p.error for p in (needle, *items) if p.error])
    sql = f"(NOT {value})" if tree.negated else value
    return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)


def _inside(tree: Interval, needle: Piece, sub: Render, *, negated: bool) -> Piece:
    ends = [sub(tree.low), sub(tree.high)]
    if any(piece.kind is not Kind.NUMBER for piece in (needle, *ends)):
        raise UnknownSyntaxError("an interval needs numbers")
    error = _errors([e for piece in (needle, *ends) for e in _null_errors(piece)])
    low = f"{needle.sql} {'>' if tree.low_open else '>='} {ends[0].sql}"
    high = f"{needle.sql} {'<' if tree.high_open else '<='} {ends[1].sql}"
    value = f"coalesce({low} AND {high}, false)"
    sql = f"(NOT {value})" if negated else value
    return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)


def _choice(tree: Choice, sub: Render) -> Piece:
    condition, yes, no = sub(tree.condition), sub(tree.yes), sub(tree.no)
    if len({piece.kind for piece in (yes, no)} - {None}) > 1:
        raise UnknownSyntaxError("the two sides of '?' differ in kind")
    taken = f"coalesce({condition.sql}, false)"
    errors = _needs(condition, Kind.BOOLEAN)
    errors += [f"({taken} AND {yes.error})"] if yes.error else []
    errors += [f"(NOT {taken} AND {no.error})"] if no.error else []
    scale = max(yes.scale, no.scale)
    digits = max(yes.digits - yes.scale, no.digits - no.scale) + scale
    _check_digits(digits)
    sql = f"(CASE WHEN {taken} THEN {yes.sql} ELSE {no.sql} END)"
    return Piece(sql, yes.kind or no.kind, digits, scale, _errors(errors))


_TEXT_TESTS = {"contains": "contains", "startsWith": "starts_with", "endsWith": "ends_with"}


def _call(tree: Call, sub: Render) -> Piece:
    args = [sub(arg) for arg in tree.args]
    if tree.name in _TEXT_TESTS and len(args) == 2:  # noqa: PLR2004  text and part
        error = _errors([e for arg in args for e in _needs(arg, Kind.STRING)])
        sql = f"coalesce({_TEXT_TESTS[tree.name]}({args[0].sql}, {args[1].sql}), false)"
        return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)
    if tree.name == "len" and len(args) == 1:
        error = _errors(_needs(args[0], Kind.STRING))
        return Piece(f"strlen({args[0].sql})", Kind.NUMBER, 18, 0, error)  # bytes, as the engine
    if tree.name == "abs" and len(args) == 1:
        error = _errors(_needs(args[0], Kind.NUMBER))
        return Piece(f"abs({args[0].sql})", Kind.NUMBER, args[0].digits, args[0].scale, error)
    raise UnknownSyntaxError(f"the function {tree.name!r} cannot be compiled")


def _needs(piece: Piece, kind: Kind) -> list[str]:
    """The errors of using the piece as this kind; null is one."""
    if piece.kind is not kind:
        raise UnknownSyntaxError(f"{piece.kind or 'null'} where {kind} is needed: {_RAISES}")
    return _null_errors(piece)


def _null_errors(piece: Piece) -> list[str]:
    own = [piece.error] if piece.error else []
    return [*own, f"({piece.sql} IS NULL)"] if piece.nullable else own


def _errors(errors: list[str]) -> str:
    distinct = list(dict.fromkeys(errors))
    return f"({' OR '.join(distinct)})" if distinct else ""


def _check_digits(digits: int) -> None:
    if digits > DIGITS:
        raise UnknownSyntaxError(f"the result may need {digits} digits; up to {DIGITS} are exact")


def guard(test: Piece) -> str:
    """A test as SQL true or false; where the engine raises it is false.

    Raises:
        UnknownSyntaxError: not a test.
    """
    if test.kind is not Kind.BOOLEAN:
        raise UnknownSyntaxError("the cell is no test")
    return f"(NOT {test.error} AND {test.sql})" if test.error else test.sql
