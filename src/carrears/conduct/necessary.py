"""Which letters a text must hold for a pattern to fit: most patterns are ruled out by one of them.

A message is held against a hundred patterns, and fits none of them nearly always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

# The standard library's own reader of patterns, in place of one that might read them otherwise.
# It is not public: ``tests/conduct/test_necessary.py`` holds what follows from it against ``re``.
_parser: Any = re._parser  # type: ignore[attr-defined]  # noqa: SLF001

_Letters = frozenset[str]


@cache
def necessary_letters(pattern: str) -> _Letters:
    """Letters of which every text that ``pattern`` fits has one; none where that cannot be said."""
    return _rarest(_parser.parse(pattern)) or frozenset()


def _rarest(parts: Iterable[tuple[Any, Any]]) -> _Letters | None:
    """Of the parts that all must be there, the one that asks for the rarest letters."""
    asked = [letters for part in parts if (letters := _of_part(*part))]
    return min(asked, key=_frequency, default=None)


def _frequency(letters: _Letters) -> tuple[int, int]:
    """Latin letters, digits and signs are in nearly every text; of Chinese, few are in one."""
    return (sum(letter.isascii() for letter in letters), len(letters))


def _of_part(kind: Any, told: Any) -> _Letters | None:
    match str(kind):
        case "LITERAL":
            return frozenset({chr(told)})
        case "IN":
            return _of_class(told)
        case "BRANCH":
            each = [_rarest(branch) for branch in told[1]]
            return None if None in each else frozenset().union(*(one or () for one in each))
        case "SUBPATTERN":
            return _rarest(told[3])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, _, repeated = told
            return _rarest(repeated) if least else None
        case _:  # any letter, an assertion, a place, a reference
            return None


def _of_class(items: Iterable[tuple[Any, Any]]) -> _Letters | None:
    if any(str(kind) != "LITERAL" for kind, _ in items):
        return None
    return frozenset(chr(letter) for _, letter in items)
