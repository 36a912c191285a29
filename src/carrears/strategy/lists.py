"""Lists to SQL: closures, membership, elements and slices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from carrears.strategy import arithmetic, texts
from carrears.strategy.equality import equality
from carrears.strategy.facts import Kind
from carrears.strategy.reasons import say
from carrears.strategy.syntax import Each, Expr, Interval, Member, UnknownSyntaxError
from carrears.strategy.values import (
    NOTHING,
    NULL,
    RAISES,
    Listed,
    ListShape,
    Piece,
    Record,
    ScalarShape,
    Shape,
    Value,
    any_of,
    is_null,
    known_text,
    known_whole,
    nullable,
    shape_of,
    sql_as,
    unify,
    value_at,
)

Render = Callable[[Expr], Value]
_INDEX = 9  # digits of an index


def render_items(items: list[Value]) -> Listed:
    """``[a, b]``; its elements must be of one kind."""
    element: Shape = ScalarShape(None, nullable=False)
    for place, item in enumerate(items):
        shape = shape_of(item)
        element = shape if place == 0 else unify(element, shape)
    sql = "[" + ", ".join(sql_as(item, element) for item in items) + "]"
    if not items:
        element = NOTHING
        sql = "CAST([] AS VARCHAR[])"
    return Listed(sql, element, any_of(*(item.error for item in items)), nullable=False)


def render_each(tree: Each, items: Value, body: Callable[[Value], Value]) -> Value:
    """A closure over the elements of a list.

    ``some``, ``all`` and ``none`` stop where the answer is known; what would fail behind that
    does not count.
    """
    if not isinstance(items, Listed):
        raise UnknownSyntaxError(say("{name}() needs a list", name=tree.name))
    name = f"e{tree.depth}"
    result = body(value_at(items.element, name))
    outside = any_of(items.error, f"({items.sql} IS NULL)" if items.nullable else "")
    if tree.name in {"map", "flatMap"}:
        return _mapped(tree.name, items, name, result, outside)
    test = _test(tree.name, result)
    fails = any_of(result.error, is_null(test))
    if tree.name in {"some", "all", "none"}:
        return _decided(tree.name, items, name, (test, fails), outside)
    error = any_of(outside, _any(items, name, fails))
    kept = f"list_filter({items.sql}, lambda {name}: {_true(test)})"
    if tree.name == "filter":
        return replace(items, sql=kept, error=error)
    count = f"CAST(len({kept}) AS DECIMAL({_INDEX},0))"
    if tree.name == "one":
        one = f"coalesce({count} = 1, false)"
        return Piece(one, Kind.BOOLEAN, error=error, nullable=False)
    return Piece(count, Kind.NUMBER, _INDEX, 0, error, items.nullable, is_plain=True)


def _test(name: str, result: Value) -> Piece:
    if not isinstance(result, Piece) or result.kind is not Kind.BOOLEAN:
        raise UnknownSyntaxError(
            say("the body of {name}() is no test: {raises}", name=name, raises=RAISES)
        )
    return result


def _true(test: Piece) -> str:
    return f"coalesce({test.sql}, false)" if test.nullable else test.sql


def _any(items: Listed, name: str, fails: str) -> str:
    if not fails:
        return ""
    return f"coalesce(len(list_filter({items.sql}, lambda {name}: {fails})) > 0, false)"


def _mapped(name: str, items: Listed, element: str, result: Value, outside: str) -> Listed:
    shape = shape_of(result)
    error = any_of(outside, _any(items, element, result.error))
    sql = f"list_transform({items.sql}, lambda {element}: {sql_as(result, shape)})"
    if name == "map":
        return Listed(sql, shape, error, items.nullable)
    if not isinstance(shape, ListShape):
        return Listed(sql, shape, error, items.nullable)
    if shape.nullable:
        raise UnknownSyntaxError("flatMap() over what may be no list cannot be compiled")
    return Listed(f"flatten({sql})", shape.element, error, items.nullable)


def _decided(
    name: str, items: Listed, element: str, judged: tuple[Piece, str], outside: str
) -> Piece:
    """The first element that decides, and the first that fails: whichever comes first counts."""
    test, fails = judged
    decides = f"(NOT {_true(test)})" if name == "all" else _true(test)
    if fails:
        decides = f"(NOT {fails} AND {decides})"
    found = f"list_filter({items.sql}, lambda {element}: {decides})"
    any_found = f"coalesce(len({found}) > 0, false)"
    value = any_found if name == "some" else f"(NOT {any_found})"
    if not fails:
        return Piece(value, Kind.BOOLEAN, error=outside, nullable=False)
    verdicts = (
        f"list_transform({items.sql}, lambda {element}:"
        f" CASE WHEN {fails} THEN 2 WHEN {decides} THEN 1 ELSE 0 END)"
    )
    first = f"list_extract(list_filter({verdicts}, lambda v: v > 0), 1)"
    error = any_of(outside, f"coalesce({first} = 2, false)")
    return Piece(value, Kind.BOOLEAN, error=error, nullable=False)


def render_member(tree: Member, inner: Render) -> Piece:
    """``x in container``: an interval, a list, or the names of an object's fields."""
    needle = inner(tree.needle)
    if isinstance(tree.container, Interval):
        found = _inside(tree.container, needle, inner)
    else:
        found = contained(inner(tree.container), needle)
    return replace(found, sql=f"(NOT {found.sql})") if tree.negated else found


def _inside(tree: Interval, needle: Value, inner: Render) -> Piece:
    ends = [inner(tree.low), inner(tree.high)]
    pieces = [piece for piece in (needle, *ends) if isinstance(piece, Piece)]
    kinds = [piece.kind for piece in pieces]
    if len(pieces) < 3 or kinds not in ([Kind.NUMBER] * 3, [Kind.DAY] * 3):  # noqa: PLR2004
        raise UnknownSyntaxError("an interval needs numbers, or days on all sides")
    value, low, high = pieces
    error = any_of(*(p.error for p in pieces), *(is_null(p) for p in pieces))
    if Kind.DAY in kinds and any(piece.nullable for piece in pieces):
        raise UnknownSyntaxError("a day that may be missing is in no interval")
    lower = _ordered(value, ">" if tree.low_open else ">=", low)
    upper = _ordered(value, "<" if tree.high_open else "<=", high)
    sql = f"({lower} AND {upper})"
    nullable = any(piece.nullable for piece in pieces)
    return Piece(
        f"coalesce({sql}, false)" if nullable else sql, Kind.BOOLEAN, error=error, nullable=False
    )


def _ordered(left: Piece, op: str, right: Piece) -> str:
    if left.is_wide or right.is_wide:
        left, right = arithmetic.same_width(left, right)
    return f"{left.sql} {op} {right.sql}"


def contained(container: Value, needle: Value) -> Piece:
    """Whether a scalar is in a list; an element of another kind equals nothing."""
    error = any_of(container.error, needle.error, is_null(container))
    if isinstance(container, Record):
        raise UnknownSyntaxError("'in' an object cannot be compiled")
    if not isinstance(container, Listed):
        raise UnknownSyntaxError(say("'in' needs a list or an interval: {raises}", raises=RAISES))
    if not isinstance(needle, Piece):
        raise UnknownSyntaxError(say("a list or an object is in nothing: {raises}", raises=RAISES))
    element = value_at(container.element, "m")
    if isinstance(element, Piece) and {element.kind, needle.kind} == {Kind.DAY, Kind.STRING}:
        raise UnknownSyntaxError("a date in a list cannot be compiled")
    same = equality(element, needle, negated=False).sql
    sql = f"(len(list_filter({container.sql}, lambda m: {same})) > 0)"
    sql = f"coalesce({sql}, false)" if container.nullable else sql
    return Piece(sql, Kind.BOOLEAN, error=error, nullable=False)


def _contains(name: str, args: list[Value]) -> Piece:
    if len(args) == 2 and isinstance(args[0], Listed):  # noqa: PLR2004  the list and the element
        if isinstance(args[1], Piece):
            return contained(args[0], args[1])
        raise UnknownSyntaxError("contains() of a list or an object cannot be compiled")
    return texts.test_text(name, args)


def render_fetch(node: Value, key: Value) -> Value:
    """``node[key]``: an element by its place from 0, a field by its name; null past the end."""
    if isinstance(node, Record):
        return _field(node, key)
    error = any_of(node.error, key.error)
    index = known_whole(key)
    if isinstance(node, Listed) and index is not None and not _holds_days(node):
        found = f"list_extract({node.sql}, {index} + 1)"
        return nullable(value_at(node.element, found, error=error))
    if isinstance(node, Piece) and node.kind is Kind.STRING and index is not None:
        text = f"{node.sql}"
        byte = f"TRY(decode(array_slice(encode({text}), {index} + 1, {index} + 1)))"
        return Piece(f"nullif({byte}, '')", Kind.STRING, error=error)
    if isinstance(node, Piece) and node.kind in {Kind.NUMBER, Kind.BOOLEAN, None}:
        return replace(NULL, error=error)
    raise UnknownSyntaxError("an element by its place needs a list and a constant place")


def _holds_days(node: Listed) -> bool:
    return isinstance(node.element, ScalarShape) and node.element.kind is Kind.DAY


def _field(node: Record, key: Value) -> Value:
    name = known_text(key)
    if name is None:
        raise UnknownSyntaxError("a field by a computed name cannot be compiled")
    if name not in node.fields:
        if node.is_open:
            raise UnknownSyntaxError(
                say("{name!r} is neither a declared fact nor an earlier output", name=name)
            )
        return NULL
    return node.fields[name]


def render_slice(node: Value, low: Value | None, high: Value | None) -> Value:
    """``node[low:high]``, both ends included; an error where it reaches past the end."""
    first = 0 if low is None else known_whole(low)
    last = None if high is None else known_whole(high)
    if first is None or (high is not None and last is None):
        raise UnknownSyntaxError("a slice needs constant ends")
    if last is not None and last < first:
        raise UnknownSyntaxError("an empty slice cannot be compiled")
    null = is_null(node)
    if isinstance(node, Listed):
        size, end = f"len({node.sql})", f"{last} + 1" if last is not None else f"len({node.sql})"
        sql = f"list_slice({node.sql}, {first} + 1, {end})"
        past = _past(size, first, last)
        return replace(node, sql=sql, error=any_of(node.error, null, past))
    if not isinstance(node, Piece) or node.kind is not Kind.STRING:
        raise UnknownSyntaxError(say("a slice needs a list or a text: {raises}", raises=RAISES))
    size = f"strlen({node.sql})"
    end = f"{last} + 1" if last is not None else size
    cut = f"TRY(decode(array_slice(encode({node.sql}), {first} + 1, {end})))"
    torn = f"({node.sql} IS NOT NULL AND {cut} IS NULL)"
    past = _past(size, first, last)
    return Piece(cut, Kind.STRING, error=any_of(node.error, null, past, torn))


def _past(size: str, first: int, last: int | None) -> str:
    if last is None:
        # From behind the last element on, nothing is left, which the engine allows once.
        return f"coalesce({size} <= {first}, false)" if first else ""
    return f"coalesce({size} <= {last}, false)"


FUNCTIONS: dict[str, Callable[[str, list[Value]], Value]] = {"contains": _contains}
