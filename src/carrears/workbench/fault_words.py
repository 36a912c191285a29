"""Why a row of a tape was kept aside, in the reader's language; ``exchange`` says it in English."""

from __future__ import annotations

import re

from django.utils.translation import gettext, gettext_noop

# The first that fits is said.
WORDS = (
    gettext_noop("is missing"),
    gettext_noop("is missing; the instalment's new due date"),
    gettext_noop("is missing; it has coordinates"),
    gettext_noop("is missing; an event %(kind)s needs it"),
    gettext_noop("is missing; a place is told by %(fields)s"),
    gettext_noop("is not a number"),
    gettext_noop("is not a whole number"),
    gettext_noop("is not a date like %(like)s"),
    gettext_noop("is too large an amount"),
    gettext_noop("is too large a number"),
    gettext_noop("is too large a rate"),
    gettext_noop("is neither true nor false"),
    gettext_noop("is none of the codes %(codes)s"),
    gettext_noop("is none of %(words)s"),
    gettext_noop("is in this file twice"),
    gettext_noop("is no currency of ISO 4217"),
    gettext_noop("is no JSON object"),
    gettext_noop("is no JSON: %(why)s at character %(place)s"),
    gettext_noop("has more decimals than %(currency)s has"),
    gettext_noop("has %(decimals)s decimals, unlike %(currency)s, the currency of the mapping"),
    gettext_noop("has %(values)s values where the header has %(columns)s columns"),
    gettext_noop("must be at least %(bound)s; a percentage wants `parse: percent`"),
    gettext_noop("must be at most %(bound)s; a percentage wants `parse: percent`"),
    gettext_noop("must be more than %(bound)s; a percentage wants `parse: percent`"),
    gettext_noop("must be less than %(bound)s; a percentage wants `parse: percent`"),
    gettext_noop("must be at least %(bound)s"),
    gettext_noop("must be at most %(bound)s"),
    gettext_noop("must be more than %(bound)s"),
    gettext_noop("must be less than %(bound)s"),
    gettext_noop("%(later)s lies before %(field)s %(earlier)s"),
    gettext_noop("0, 0 lies in the sea: unknown places are empty"),
    gettext_noop("Erased with the person"),
)
_PART = re.compile(r"%\((\w+)\)s")
# A number or a day that breaks a bound, which is no text of the file.
_VALUE = re.compile(r"(?P<value>[^' ]+) (?=must be )")


def _pattern(words: str) -> re.Pattern[str]:
    pieces = _PART.split(words)
    parts = [re.escape(one) if at % 2 == 0 else f"(?P<{one}>.+)" for at, one in enumerate(pieces)]
    return re.compile("".join(parts))


_KNOWN = tuple((_pattern(words), words) for words in WORDS)


def fault_words(reason: str) -> str:
    """A reason in the reader's language; one that is not known here as it is."""
    value = _VALUE.match(reason)
    rest = reason[value.end() :] if value else reason
    for pattern, words in _KNOWN:
        if found := pattern.fullmatch(rest):
            said = gettext(words) % found.groupdict() if found.groupdict() else gettext(words)
            return f"{value['value']} {said}" if value else said
    return reason
