"""Expressions without references, worked out once by the engine itself."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

import zen

from carrears.strategy.ranges import refuse_long_ranges
from carrears.strategy.syntax import (
    Call,
    Const,
    DayConst,
    Each,
    Expr,
    Interval,
    Items,
    Method,
    MomentConst,
    Pairs,
    Pointer,
    Program,
    Ref,
    Root,
    Subject,
    UnknownSyntaxError,
    children,
)

# Functions whose value hangs on nothing but their arguments. The order of keys() and values()
# is the engine's own affair and not the same every time.
_PURE = frozenset(
    [
        "abs",
        "avg",
        "bool",
        "ceil",
        "contains",
        "endsWith",
        "extract",
        "flatten",
        "floor",
        "fuzzyMatch",
        "isNumeric",
        "len",
        "lower",
        "matches",
        "max",
        "median",
        "merge",
        "mergeDeep",
        "min",
        "mode",
        "number",
        "round",
        "split",
        "startsWith",
        "string",
        "sum",
        "trim",
        "trunc",
        "type",
        "upper",
    ]
)
_OF_DATES = frozenset(
    [
        "d",
        "date",
        "time",
        "duration",
        "year",
        "dayOfWeek",
        "dayOfMonth",
        "dayOfYear",
        "weekOfYear",
        "monthOfYear",
        "monthString",
        "dateString",
        "weekdayString",
        "startOf",
        "endOf",
    ]
)
_OF_THE_CLOCK = frozenset({"isToday", "isYesterday", "isTomorrow"})
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00:00Z")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class FailsAlwaysError(ValueError):
    """The expression has no references and the engine raises on it."""


def is_constant(tree: Expr) -> bool:
    """Whether the tree is a value that hangs on no fact and not on the clock."""
    return not isinstance(tree, Interval) and _is_closed(tree, 0)


def _is_closed(tree: Expr, own: int) -> bool:
    """``own`` is the outermost closure that belongs to the tree; 0 where none does."""
    match tree:
        case Ref() | Root() | Subject() | Program():
            return False
        case Pointer(depth):
            return own > 0 and depth >= own
        case Call(name, args) if not _is_pure(name, args):
            return False
        case Method(_, name, _) if name in _OF_THE_CLOCK:
            return False
        case Each(_, items, body, depth):
            return _is_closed(items, own) and _is_closed(body, own or depth)
    return all(_is_closed(child, own) for child in children(tree))


def _is_pure(name: str, args: tuple[Expr, ...]) -> bool:
    if name in {"keys", "values"}:
        return len(args) == 1 and _has_one_key(args[0])
    if name not in _OF_DATES:
        return name in _PURE
    # Without an argument, by 'now' or by a time zone's name the clock is asked.
    return bool(args) and all(
        not isinstance(arg, Const) or not isinstance(arg.value, str) or _is_dated(name, arg.value)
        for arg in args[:1]
    )


def _has_one_key(tree: Expr) -> bool:
    value = tree.value if isinstance(tree, Const) else None
    return isinstance(value, dict) and len(value) <= 1


def _is_dated(name: str, text: str) -> bool:
    if name == "d" and not text[:1].isdigit():
        return _engine(f"string(d('{text}'))") == "Invalid date" if "'" not in text else False
    return text[:1].isdigit()


def fold_tree(source: str, tree: Expr) -> Expr:
    """The value of a constant tree, which ``source`` is the text of.

    Raises:
        FailsAlwaysError: the engine raises on it.
        UnknownSyntaxError: the engine must not be asked.
    """
    match tree:
        case Const() | DayConst() | MomentConst():
            return tree
        case Items(items) if all(isinstance(item, Const) for item in items):
            return Const(tuple(item.value for item in items if isinstance(item, Const)))
        case Pairs(pairs) if all(isinstance(value, Const) for _, value in pairs):
            return Const({key: value.value for key, value in pairs if isinstance(value, Const)})
        case Items() | Pairs():
            return tree  # holds dates
    refuse_long_ranges(tree)
    return _fold(source)


@lru_cache(maxsize=65536)
def _fold(source: str) -> Expr:
    value = _engine(source)
    if isinstance(value, str) and _engine(f"type({source})") == "date":
        midnight = _MIDNIGHT.fullmatch(value)
        return DayConst(midnight[1]) if midnight else MomentConst(value)
    if isinstance(value, list | dict) and "d(" in source:
        raise UnknownSyntaxError("dates in a list or an object cannot be compiled")
    return Const(_exact(source, value))


def _engine(source: str) -> Any:
    try:
        return zen.evaluate_expression(source, "{}")
    except (RuntimeError, ValueError, TypeError) as error:
        raise FailsAlwaysError(engine_message(error)) from error


def _exact(source: str, value: Any) -> Any:
    """Numbers leave the engine as floats; their text keeps every digit."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return Decimal(_engine(f"string({source})"))
    if isinstance(value, list):
        return tuple(_exact(f"({source})[{place}]", item) for place, item in enumerate(value))
    return {key: _exact(f"({source}){_member(key)}", item) for key, item in value.items()}


def _member(key: str) -> str:
    if _FIELD.fullmatch(key):
        return f".{key}"
    return f"['{key}']" if "'" not in key else f'["{key}"]'


def engine_message(error: BaseException) -> str:
    """The engine's own words, without its stack."""
    return str(error).partition("\n")[0]


@lru_cache(maxsize=1)
def engine_is_utc() -> bool:
    """Whether the engine's days begin at midnight UTC here, as a column of days assumes."""
    return bool(_engine("string(d('1970-01-01').timestamp())") == "0")
