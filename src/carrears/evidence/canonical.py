"""One byte form for each value, so that a hash over it can be computed again.

JSON as RFC 8785 (JCS) writes it, for the values that evidence holds: text, whole numbers,
true, false, null, lists and objects. There are no fractions: amounts are minor units, rates
and moments are text.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

# RFC 8785 follows ECMAScript, where larger whole numbers are not exact (RFC 7493, 2.2).
LARGEST_INT = 2**53 - 1


class NotCanonicalError(TypeError):
    """A value has no one byte form; the message gives its place in the whole (``$.a[1]``)."""

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(f"${place}: {why}")
        self.why = why
        self.place = place

    def inside(self, step: str) -> NotCanonicalError:
        """The same, seen from the object or list around it."""
        return NotCanonicalError(self.why, step + self.place)


def canonical_text(value: Any) -> str:
    """``value`` as canonical JSON.

    Raises:
        NotCanonicalError: a fraction, a date, bytes, a key that is not text, a number too
            large to be exact everywhere, or half a surrogate pair.
    """
    return (_written_at_sight(value) if type(value) is dict else None) or _encode(_ordered(value))


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
    if moment.tzinfo is UTC:
        return moment.isoformat(timespec="microseconds")[:_WITHOUT_ZONE] + "Z"
    # Two moments an hour apart, where clocks are put back, are equal but for their fold.
    return _moment_text(moment, moment.fold)


_WITHOUT_ZONE = -len("+00:00")


@lru_cache(maxsize=64)  # a night's records are nearly all of one moment
def _moment_text(moment: datetime, _fold: int) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


_SCALARS = frozenset({str, int, bool, type(None)})
_NAMES = frozenset({str})
_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def _written_at_sight(value: dict[Any, Any]) -> str | None:
    """A flat object with ASCII names, as nearly all are, in one call; None: look closer.

    Of ASCII the order of bytes is that of UTF-16 units, and the strict integers are the exact ones.
    """
    is_plain = _NAMES.issuperset(map(type, value)) and "".join(value).isascii()
    if not is_plain or not _SCALARS.issuperset(map(type, value.values())):
        return None
    try:
        return orjson.dumps(value, option=_SORTED).decode()
    except orjson.JSONEncodeError:  # which value it is, and why, is told below
        return None


def _encode(ordered: Any) -> str:
    """As RFC 8785, 3.2.2 has it: nothing but controls, quotes and backslashes is escaped."""
    return orjson.dumps(ordered).decode()


def _ordered(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return _checked_text(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        if not -LARGEST_INT <= value <= LARGEST_INT:
            raise NotCanonicalError(f"{value} is not exact in every JSON reader")
        return value
    if isinstance(value, dict):
        return _ordered_object(value)
    if isinstance(value, list | tuple):
        return _ordered_list(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    """Subclasses (enumerations, numbered choices) by their plain value; the rest is refused."""
    if isinstance(value, str):
        return _checked_text(str.__str__(value))
    if isinstance(value, int):
        return _ordered(int(value))
    if isinstance(value, float | Decimal | date):
        raise NotCanonicalError(f"write {type(value).__name__} {value!r} as text")
    raise NotCanonicalError(f"{type(value).__name__} has no canonical form")


def _ordered_list(values: list[Any] | tuple[Any, ...]) -> list[Any]:
    ordered: list[Any] = []
    try:
        for value in values:
            ordered.append(_ordered(value))  # noqa: PERF401  its length is the failing place
    except NotCanonicalError as error:
        raise error.inside(f"[{len(ordered)}]") from None
    return ordered


def _ordered_object(value: dict[Any, Any]) -> dict[str, Any]:
    is_ascii = True
    for key in value:
        if not isinstance(key, str):
            raise NotCanonicalError(f"the key {key!r} is not text")
        if not key.isascii():
            is_ascii = False
            _checked_text(key)
    # RFC 8785, 3.2.3: names are sorted by their UTF-16 code units.
    by_units = sorted(value) if is_ascii else sorted(value, key=_utf16)
    ordered: dict[str, Any] = {}
    for key in by_units:
        member = value[key]
        if not _is_canonical(member):
            try:
                member = _ordered(member)
            except NotCanonicalError as error:
                raise error.inside(f".{key}") from None
        ordered[key] = member
    return ordered


def _is_canonical(value: Any) -> bool:
    """Whether a value is at sight what ``_ordered`` would make of it, as nearly all are."""
    kind = type(value)
    if kind is str:
        return bool(value.isascii())
    if kind is int:
        return bool(-LARGEST_INT <= value <= LARGEST_INT)
    return value is None or kind is bool


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be")


def _checked_text(text: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotCanonicalError("half a surrogate pair") from None
    return text
