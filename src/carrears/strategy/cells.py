"""Condition cells: a flat chain of tests on ``$``, joined by ``and``, ``or`` and commas.

The engine reads the chain from the left without precedence: ``1, 2 and > 5`` is
``(1 or 2) and > 5``. An error on the way makes the whole cell false.
"""

from __future__ import annotations

from carrears.strategy.parsing import Parser
from carrears.strategy.syntax import (
    COMPARISONS,
    Binary,
    Call,
    Choice,
    Const,
    Each,
    Expr,
    Interval,
    Items,
    Member,
    Method,
    Pointer,
    Slice,
    Subject,
    Unary,
    UnknownSyntaxError,
)

_SUBJECT = Subject()
_LISTS = frozenset({"flatten", "merge", "mergeDeep", "extract", "split", "keys", "values"})
_MAKES_LISTS = frozenset({"filter", "map", "flatMap"})
_ARITHMETIC = frozenset("+-*/%^")
_TESTS = frozenset({"contains", "startsWith", "endsWith", "matches", "isNumeric"})
_DATE_TESTS = frozenset(
    ["isSame", "isBefore", "isAfter", "isSameOrBefore", "isSameOrAfter", "isValid", "isLeapYear"]
)


def parse_cell(source: str) -> Expr:
    """The test of a condition cell as one expression over ``$``.

    Raises:
        UnknownSyntaxError: it cannot be compiled.
    """
    parser = Parser(source, is_cell=True)
    test = _term(parser)
    while parser.at < len(parser.tokens):
        joint = parser.peek()
        if joint not in {"and", "or", ","}:
            parser.refuse()
        parser.take()
        test = Binary("and" if joint == "and" else "or", test, _term(parser))
    return test


def _term(parser: Parser) -> Expr:
    word = parser.peek()
    if word in COMPARISONS:
        parser.take()
        return Binary(word, _SUBJECT, parser.expression())
    if word in {"in", "not in"}:
        parser.take()
        return Member(_SUBJECT, parser.expression(), negated=word == "not in")
    if word == "not" and parser.peek(1) in {"in", "[", "("}:
        raise UnknownSyntaxError("'not' stands before 'in' only; write '!=' or 'not in'")
    return _test_of(parser.expression())


def _test_of(tree: Expr) -> Expr:
    """What the engine makes of a bare expression in a cell."""
    meaning = _meaning(tree)
    if meaning == "list":
        return Member(_SUBJECT, tree, negated=False)
    if meaning == "value":
        return Binary("==", _SUBJECT, tree)
    return tree if _is_boolean(tree) else Call("bool", (tree,))


def _is_boolean(tree: Expr) -> bool:
    """Whether the tree can only be true, false or an error."""
    match tree:
        case Binary(op):
            return op in COMPARISONS
        case Call(name, _):
            return name in _TESTS
    return isinstance(tree, Member | Each)


def _meaning(tree: Expr) -> str:
    """Whether the engine takes it for a test, or looks ``$`` up in it, or compares."""
    match tree:
        case Unary(_, operand):
            return _meaning(operand)
        case Binary(op, left, right) if op in _ARITHMETIC:
            return _same(left, right)
        case Choice(_, yes, no):
            return _same(yes, no)
        case Items() | Interval() | Slice():
            return "list"
        case Pointer() | Member() | Binary():
            return "test"
    return _meaning_of_call(tree)


def _meaning_of_call(tree: Expr) -> str:
    match tree:
        case Const(value) if isinstance(value, tuple):
            return "list"
        case Each(name, _, _, _):
            return "list" if name in _MAKES_LISTS else "value" if name == "count" else "test"
        case Call(name, _) if name in _LISTS:
            return "list"
        case Call(name, _) if name in _TESTS:
            return "test"
        case Method(_, name, _) if name in _DATE_TESTS:
            return "test"
    return "value"


def _same(left: Expr, right: Expr) -> str:
    meaning = _meaning(left)
    return meaning if meaning == _meaning(right) else "value"
