"""Expressions without references, worked out once by the engine itself."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import zen

# Functions whose value hangs on nothing but their arguments. The dates and the clock are
# left out: their results are of a kind that a column cannot hold.
_PURE = frozenset(
    [
        "abs",
        "all",
        "avg",
        "bool",
        "ceil",
        "contains",
        "count",
        "endsWith",
        "extract",
        "filter",
        "flatMap",
        "floor",
        "isNumeric",
        "keys",
        "len",
        "lower",
        "map",
        "matches",
        "max",
        "median",
        "merge",
        "min",
        "mode",
        "none",
        "number",
        "one",
        "round",
        "some",
        "split",
        "startsWith",
        "string",
        "sum",
        "trim",
        "trunc",
        "type",
        "upper",
        "values",
    ]
)
_FLOAT_EXACT = 2**53
_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null", "as"})
_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|`|\d[\w.]*|[^\W\d]\w*|\S", re.UNICODE)
_NOT_CONSTANT = frozenset("`$=;") - {"="}


@dataclass(frozen=True, slots=True)
class Constant:
    """A folded value: null, bool, Decimal, str, or a list of them."""

    value: Any


class FailsAlwaysError(ValueError):
    """The expression has no references and the engine raises on it."""


@lru_cache(maxsize=65536)
def fold_constant(source: str) -> Constant | None:
    """The value of an expression that names no fact; None where it is not constant.

    Raises:
        FailsAlwaysError: constant, and an error.
    """
    if not _is_constant(source):
        return None
    try:
        return Constant(_exact(source, zen.evaluate_expression(source, "{}")))
    except (RuntimeError, ValueError, TypeError) as error:
        raise FailsAlwaysError(engine_message(error)) from error


def _is_constant(source: str) -> bool:
    tokens = _TOKEN.findall(source)
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if token in _NOT_CONSTANT:
            return False
        is_name = token[0].isalpha() or token[0] == "_"
        known = token in _WORDS or (token in _PURE and following == "(")
        if is_name and not known:
            return False
    return bool(tokens)


def _exact(source: str, value: Any) -> Any:
    """Numbers leave the engine as floats; their text keeps every digit."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return Decimal(zen.evaluate_expression(f"string({source})", "{}"))
    if isinstance(value, list) and all(map(_is_plain, value)):
        return [Decimal(int(v)) if _is_whole(v) else v for v in value]
    raise TypeError(f"{json.dumps(value, ensure_ascii=False)} is no scalar and no plain list")


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | str) or _is_whole(value)


def _is_whole(value: Any) -> bool:
    """A whole number that a float holds for certain."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < _FLOAT_EXACT and value == int(value)


def engine_message(error: BaseException) -> str:
    """The engine's own words, without its stack."""
    return str(error).partition("\n")[0]
