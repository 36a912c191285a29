"""Expressions to SQL, each with the condition under which the engine would raise.

What has no exact counterpart is refused. The functions of texts, numbers, days and lists are
in the modules of those names; here are names, operators and conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from carrears.strategy import arithmetic, days, lists, texts
from carrears.strategy.equality import equality
from carrears.strategy.facts import Kind, decimal_places
from carrears.strategy.reasons import say
from carrears.strategy.syntax import (
    Binary,
    Call,
    Choice,
    Const,
    DayConst,
    Each,
    Expr,
    Fetch,
    Interval,
    Items,
    Member,
    Method,
    MomentConst,
    Pairs,
    Pointer,
    Program,
    Ref,
    Root,
    Slice,
    Subject,
    Template,
    Unary,
    UnknownSyntaxError,
)
from carrears.strategy.values import (
    ALWAYS,
    NULL,
    RAISES,
    WIDEST,
    Piece,
    Record,
    Value,
    any_of,
    is_null,
    quote_text,
    scalar,
    shape_of,
    sql_as,
    unify,
    value_at,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean.

    ``root`` has the facts and earlier outputs, ``names`` what stands beside them (``$nodes``),
    ``subject`` is ``$``, ``elements`` are those of the closures around, outermost first.
    """

    root: Record
    subject: Value | None = None
    names: Mapping[str, Value] = field(default_factory=dict)
    elements: tuple[Value, ...] = ()


def render(tree: Expr, scope: Scope) -> Value:
    """SQL of an expression in a scope.

    Raises:
        UnknownSyntaxError: it has no exact counterpart, or names what is not in scope.
    """
    match tree:
        case Const(value):
            return render_constant(value)
        case Ref(path):
            return _lookup(path, scope)
        case Pointer(depth):
            return scope.elements[depth - 1]
        case Program(pairs, output):
            return _program(pairs, output, scope)
    handler = _HANDLERS.get(type(tree))
    if handler is None:
        raise UnknownSyntaxError(say("{kind} cannot stand here", kind=type(tree).__name__.lower()))
    return handler(tree, scope)


def _each(tree: Each, scope: Scope) -> Value:
    def body(element: Value) -> Value:
        return render(tree.body, replace(scope, elements=(*scope.elements, element)))

    return lists.render_each(tree, render(tree.items, scope), body)


def _slice(tree: Slice, scope: Scope) -> Value:
    ends = [None if end is None else render(end, scope) for end in (tree.low, tree.high)]
    return lists.render_slice(render(tree.node, scope), ends[0], ends[1])


def _method(tree: Method, scope: Scope) -> Value:
    args = [render(arg, scope) for arg in tree.args]
    return days.render_method(render(tree.this, scope), tree.name, args)


def _refuse_interval(_tree: Interval, _scope: Scope) -> Value:
    raise UnknownSyntaxError("an interval stands behind 'in' only")


def _refuse_moment(_tree: MomentConst, _scope: Scope) -> Value:
    raise UnknownSyntaxError("a date with a time of day cannot be computed with")


def render_constant(value: object) -> Value:
    """A constant as SQL.

    Raises:
        UnknownSyntaxError: more digits than a column holds.
    """
    if value is None:
        return NULL
    if isinstance(value, bool):
        return Piece("true" if value else "false", Kind.BOOLEAN, nullable=False)
    if isinstance(value, str):
        return Piece(quote_text(value), Kind.STRING, nullable=False)
    if isinstance(value, Decimal):
        return render_number(value)
    if isinstance(value, tuple):
        return lists.render_items([render_constant(item) for item in value])
    if isinstance(value, dict):
        return record_of([(key, render_constant(item)) for key, item in value.items()])
    raise UnknownSyntaxError(say("{value!r} cannot be compiled", value=value))


def render_number(value: Decimal) -> Piece:
    """A number with the digits and decimal places that it has."""
    scale = decimal_places(value)
    digits = max(max(value.adjusted() + 1, 0) + scale, 1)
    if digits > WIDEST:
        raise UnknownSyntaxError(
            say("{value} has more than {most} digits", value=value, most=WIDEST)
        )
    sql = f"{value:f}::DECIMAL({digits},{scale})"
    plain = scale == 0 and not (value.is_zero() and value.is_signed())
    return Piece(sql, Kind.NUMBER, digits, scale, nullable=False, is_plain=plain)


def record_of(pairs: list[tuple[str, Value]]) -> Record:
    """An object literal; of a field named twice the last one counts."""
    fields = dict(pairs)
    return Record(
        fields,
        error=any_of(*(value.error for _, value in pairs)),
        presence=dict.fromkeys(fields, ALWAYS),
    )


def _lookup(path: str, scope: Scope) -> Value:
    first, *rest = path.split(".")
    value: Value = scope.root
    if first in scope.names:
        value = scope.names[first]
    else:
        rest = [first, *rest]
    for place, name in enumerate(rest):
        if not isinstance(value, Record):
            return NULL
        if name not in value.fields:
            if value.is_open:
                known = ".".join(rest[: place + 1])
                raise UnknownSyntaxError(
                    say(
                        "{known!r} is neither a declared fact nor an earlier output (texts need"
                        " quotes)",
                        known=known,
                    )
                )
            return NULL
        value = value.fields[name]
    return value


def _subject(_tree: Subject, scope: Scope) -> Value:
    if scope.subject is None:
        raise UnknownSyntaxError("'$' has no meaning here")
    return scope.subject


def _unary(op: str, operand: Value) -> Piece:
    if op == "-":
        return arithmetic.negate(operand)
    piece = scalar(operand, Kind.BOOLEAN)
    error = any_of(piece.error, is_null(piece))
    sql = f"coalesce(NOT {piece.sql}, false)" if piece.nullable else f"(NOT {piece.sql})"
    return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)


def _binary(op: str, left: Value, right: Value) -> Value:
    if op in {"and", "or"}:
        return _logic(op, left, right)
    if op in {"==", "!="}:
        return equality(left, right, negated=op == "!=")
    if op == "??":
        return _coalesce(left, right)
    if isinstance(left, Piece) and isinstance(right, Piece):
        if op in {"<", "<=", ">", ">="}:
            return _ordering(op, left, right)
        if op == "+" and {left.kind, right.kind} & {Kind.STRING, Kind.DATE}:
            return texts.concatenate(scalar(left, Kind.STRING), scalar(right, Kind.STRING))
        return arithmetic.compute(op, left, right)
    raise UnknownSyntaxError(
        say("'{op}' takes no list and no object: {raises}", op=op, raises=RAISES)
    )


def _logic(op: str, left: Value, right: Value) -> Piece:
    """The engine looks at the right side only where the left has not decided, and takes it."""
    first = scalar(left, Kind.BOOLEAN)
    if not isinstance(right, Piece) or right.kind not in {Kind.BOOLEAN, None}:
        raise UnknownSyntaxError(say("behind '{op}' stands no test", op=op))
    error = any_of(first.error, is_null(first))
    second = "CAST(NULL AS BOOLEAN)" if right.kind is None else right.sql
    if right.error:
        taken = first.sql if op == "and" else f"NOT {first.sql}"
        error = any_of(error, f"(coalesce({taken}, false) AND {right.error})")
    if not right.nullable:
        both = f"{first.sql} {op.upper()} {second}"
        sql = f"coalesce({both}, false)" if first.nullable else f"({both})"
        return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)
    sides = f"{second} ELSE false" if op == "and" else f"true ELSE {second}"
    return Piece(f"(CASE WHEN {first.sql} THEN {sides} END)", Kind.BOOLEAN, error=error)


def _ordering(op: str, left: Piece, right: Piece) -> Piece:
    error = any_of(left.error, right.error, is_null(left), is_null(right))
    if left.kind is Kind.NUMBER and right.kind is Kind.NUMBER:
        if left.is_wide or right.is_wide:
            left, right = arithmetic.same_width(left, right)
        sql = f"{left.sql} {op} {right.sql}"
    elif Kind.DAY in {left.kind, right.kind}:
        sql = days.order_sql(op, left, right)
    else:
        # Two date facts are two texts to the engine, which it does not order.
        raise UnknownSyntaxError(
            say("'{op}' needs two numbers, or a date and a day: {raises}", op=op, raises=RAISES)
        )
    nullable = left.nullable or right.nullable
    value = f"coalesce({sql}, false)" if nullable else f"({sql})"
    return Piece(value, Kind.BOOLEAN, error=error, nullable=False)


def _coalesce(left: Value, right: Value) -> Value:
    missing = is_null(left)
    if not missing:
        return left
    if missing == "true":
        return replace(right, error=any_of(left.error, right.error))
    shape = unify(shape_of(left), shape_of(right))
    late = f"({missing} AND {right.error})" if right.error else ""
    sql = f"coalesce({sql_as(left, shape)}, {sql_as(right, shape)})"
    return value_at(
        replace(shape, nullable=bool(is_null(right))), sql, error=any_of(left.error, late)
    )


def _choice(condition: Value, yes: Value, no: Value) -> Value:
    test = scalar(condition, Kind.BOOLEAN)
    taken = f"coalesce({test.sql}, false)" if test.nullable else test.sql
    errors = [test.error, is_null(test)]
    errors += [f"({taken} AND {yes.error})"] if yes.error else []
    errors += [f"(NOT {taken} AND {no.error})"] if no.error else []
    shape = unify(shape_of(yes), shape_of(no))
    sql = f"(CASE WHEN {taken} THEN {sql_as(yes, shape)} ELSE {sql_as(no, shape)} END)"
    return value_at(shape, sql, error=any_of(*errors))


def _program(pairs: tuple[tuple[str, Expr], ...], output: Expr | None, scope: Scope) -> Value:
    """Each assignment is seen by those behind it; the object of all is the result."""
    assigned = Record({})
    errors: list[str] = []
    for path, tree in pairs:
        value = render(tree, scope)
        errors.append(value.error)
        assigned = insert(assigned, path.split("."), value)
        scope = replace(scope, root=insert(scope.root, path.split("."), value))
    if output is None:
        return replace(assigned, error=any_of(*errors))
    last = render(output, scope)
    return replace(last, error=any_of(*errors, last.error))


def insert(record: Record, path: list[str], value: Value) -> Record:
    """The object with a field put in at a path; what is on the way must be objects."""
    name, *rest = path
    if rest:
        below = record.fields.get(name, Record({}))
        if not isinstance(below, Record) or below.null:
            raise UnknownSyntaxError(
                say("{name!r} is a value and shall hold {inner!r}", name=name, inner=".".join(rest))
            )
        value = insert(below, rest, value)
    fields = {**record.fields, name: value}
    return replace(record, fields=fields, presence={**record.presence, name: ALWAYS})


_HANDLERS: dict[type, Callable[[Any, Scope], Value]] = {
    DayConst: lambda t, _: Piece(f"DATE '{t.iso}'", Kind.DAY, nullable=False),
    MomentConst: _refuse_moment,
    Root: lambda _, s: s.root,
    Subject: _subject,
    Each: _each,
    Slice: _slice,
    Method: _method,
    Interval: _refuse_interval,
    Unary: lambda t, s: _unary(t.op, render(t.operand, s)),
    Binary: lambda t, s: _binary(t.op, render(t.left, s), render(t.right, s)),
    Member: lambda t, s: lists.render_member(t, lambda part: render(part, s)),
    Choice: lambda t, s: _choice(render(t.condition, s), render(t.yes, s), render(t.no, s)),
    Call: lambda t, s: _call(t.name, [render(arg, s) for arg in t.args]),
    Fetch: lambda t, s: lists.render_fetch(render(t.node, s), render(t.key, s)),
    Template: lambda t, s: texts.render_template([render(part, s) for part in t.parts]),
    Items: lambda t, s: lists.render_items([render(item, s) for item in t.items]),
    Pairs: lambda t, s: record_of([(key, render(value, s)) for key, value in t.pairs]),
}
_FUNCTIONS: dict[str, Callable[[str, list[Value]], Value]] = {
    **texts.FUNCTIONS,
    **arithmetic.FUNCTIONS,
    **lists.FUNCTIONS,
    **days.FUNCTIONS,
}


def _call(name: str, args: list[Value]) -> Value:
    if name == "bool" and len(args) == 1:
        return truth(args[0])
    found = _FUNCTIONS.get(name)
    if found is None:
        raise UnknownSyntaxError(say("the function {name!r} cannot be compiled", name=name))
    return found(name, args)


def truth(value: Value) -> Piece:
    """What the engine makes of a value that stands for a test; null is false."""
    if not isinstance(value, Piece):
        null = is_null(value)
        sql = f"(NOT {null})" if null else "true"
    elif value.kind is None:
        sql = "false"
    elif value.kind is Kind.BOOLEAN:
        sql = f"coalesce({value.sql}, false)" if value.nullable else value.sql
    elif value.kind is Kind.NUMBER:
        sql = f"coalesce({value.sql} <> 0, false)"
    else:
        raise UnknownSyntaxError(say("a {kind} is no test", kind=value.kind))
    return Piece(sql, Kind.BOOLEAN, error=value.error, nullable=False)


def guard(test: Value) -> str:
    """A test as SQL true or false; where the engine raises, and on null, it is false.

    Raises:
        UnknownSyntaxError: not a test.
    """
    if not isinstance(test, Piece) or test.kind not in {Kind.BOOLEAN, None}:
        raise UnknownSyntaxError("the cell is no test")
    sql = "false" if test.kind is None else test.sql
    sql = f"coalesce({sql}, false)" if test.nullable and test.kind else sql
    return f"(NOT {test.error} AND {sql})" if test.error else sql
