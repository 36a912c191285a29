"""Ranges that the engine would write out as lists.

``x in [1..1000000000]`` compares two numbers. A closure over that range (``map``, ``some``,
``count`` …) first makes a list of a thousand million elements, and the process runs out of
memory, which is no error that can be caught.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from carrears.strategy.reasons import say
from carrears.strategy.syntax import Const, Expr, Interval, Member, UnknownSyntaxError, children

MOST = 10_000  # elements


def refuse_long_ranges(tree: Expr) -> None:
    """Refuse a range that may be written out and is longer than 10,000, or of unknown length.

    Raises:
        UnknownSyntaxError: there is one.
    """
    for interval in _values(tree):
        low, high = _number(interval.low), _number(interval.high)
        if low is None or high is None:
            raise UnknownSyntaxError("a range whose length is not known stands only after 'in'")
        if high - low > MOST:
            raise UnknownSyntaxError(
                say("a range of more than {most} numbers stands only after 'in'", most=MOST)
            )


def _values(tree: Expr) -> Iterator[Interval]:
    """The ranges that stand for a value; those after ``in`` are only compared with."""
    if isinstance(tree, Interval):
        yield tree
    for child in children(tree):
        is_compared = isinstance(tree, Member) and child is tree.container
        if is_compared and isinstance(child, Interval):
            for end in children(child):
                yield from _values(end)
        else:
            yield from _values(child)


def _number(end: Expr) -> Decimal | None:
    return end.value if isinstance(end, Const) and isinstance(end.value, Decimal) else None
