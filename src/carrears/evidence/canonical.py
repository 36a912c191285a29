"""One byte form for each value, so that a hash over it can be computed again.

JSON as RFC 8785 (JCS) writes it, for the values that evidence holds: text, whole numbers,
true, false, null, lists and objects. There are no fractions: amounts are minor units, rates
and moments are text.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

# RFC 8785 follows ECMAScript, where larger whole numbers are not exact (RFC 7493, 2.2).
LARGEST_INT = 2**53 - 1


class NotCanonicalError(TypeError):
    """A value has no one byte form; the message gives its place in the whole."""


def canonical_text(value: Any) -> str:
    """``value`` as canonical JSON.

    Raises:
        NotCanonicalError: a fraction, a date, bytes, a key that is not text, a number too
            large to be exact everywhere, or half a surrogate pair.
    """
    return json.dumps(
        _ordered(value, "$"), ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def canonical_bytes(value: Any) -> bytes:
    """``value`` as canonical JSON in UTF-8. Raises as ``canonical_text``."""
    return canonical_text(value).encode()


def canonical_moment(moment: datetime) -> str:
    """A moment as text, in UTC with microseconds: ``2026-11-24T02:10:00.000000Z``.

    Raises:
        NotCanonicalError: it has no time zone.
    """
    if moment.tzinfo is None:
        raise NotCanonicalError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _ordered(value: Any, place: str) -> Any:
    kind = type(value)
    if kind is str:
        return _checked_text(value, place)
    if value is None or kind is bool:
        return value
    if kind is int:
        if not -LARGEST_INT <= value <= LARGEST_INT:
            raise NotCanonicalError(f"{place}: {value} is not exact in every JSON reader")
        return value
    if isinstance(value, dict):
        return _ordered_object(value, place)
    if isinstance(value, list | tuple):
        return [_ordered(item, f"{place}[{at}]") for at, item in enumerate(value)]
    return _plain(value, place)


def _plain(value: Any, place: str) -> Any:
    """Subclasses (enumerations, numbered choices) by their plain value; the rest is refused."""
    if isinstance(value, str):
        return _checked_text(str.__str__(value), place)
    if isinstance(value, int):
        return _ordered(int(value), place)
    if isinstance(value, float | Decimal | date):
        raise NotCanonicalError(f"{place}: write {type(value).__name__} {value!r} as text")
    raise NotCanonicalError(f"{place}: {type(value).__name__} has no canonical form")


def _ordered_object(value: dict[Any, Any], place: str) -> dict[str, Any]:
    for key in value:
        if not isinstance(key, str):
            raise NotCanonicalError(f"{place}: the key {key!r} is not text")
        _checked_text(key, place)
    # RFC 8785, 3.2.3: names are sorted by their UTF-16 code units.
    by_units = sorted(value, key=str if all(map(str.isascii, value)) else _utf16)
    return {key: _ordered(value[key], f"{place}.{key}") for key in by_units}


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be")


def _checked_text(text: str, place: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise NotCanonicalError(f"{place}: half a surrogate pair") from error
    return text
