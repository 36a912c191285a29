"""Condition cells: a flat chain of tests on ``$``, joined by ``and``, ``or`` and commas.

The engine reads the chain from the left without precedence: ``1, 2 and > 5`` is
``(1 or 2) and > 5``. An error on the way makes the whole cell false.
"""

from __future__ import annotations

from carrears.strategy.expression import (
    COMPARISON_LEVEL,
    COMPARISONS,
    Binary,
    Call,
    Expr,
    Interval,
    Items,
    Member,
    Parser,
    Subject,
    UnknownSyntaxError,
    has_subject,
)

BOOLEAN_CALLS = frozenset({"contains", "startsWith", "endsWith"})
_SUBJECT = Subject()


def parse_cell(source: str) -> Expr:
    """The test of a condition cell as one expression over ``$``.

    Raises:
        UnknownSyntaxError: it cannot be compiled.
    """
    parser = Parser(source)
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
        return Binary(word, _SUBJECT, parser.level(COMPARISON_LEVEL + 1))
    if word == "in" or (word == "not" and parser.peek(1) == "in"):
        parser.at += 1 if word == "in" else 2
        return Member(_SUBJECT, parser.level(COMPARISON_LEVEL + 1), negated=word == "not")
    if word == "not":
        raise UnknownSyntaxError("'not' stands before 'in' only; write '!=' or 'not in'")
    if word == "]":
        raise UnknownSyntaxError("write an open end as '(a..b)'")
    return _test_of(parser.level(COMPARISON_LEVEL))


def _test_of(tree: Expr) -> Expr:
    """What the engine makes of a bare expression in a cell."""
    match tree:
        case Interval() | Items():
            return Member(_SUBJECT, tree, negated=False)
        case Member() | Call() if isinstance(tree, Member) or tree.name in BOOLEAN_CALLS:
            return tree
        case Binary(op) if op in COMPARISONS:
            return tree
    if has_subject(tree):
        raise UnknownSyntaxError("an expression with '$' must be a comparison")
    return Binary("==", _SUBJECT, tree)
