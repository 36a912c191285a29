"""Words of others, without what they may hold of a person: kept in logs, errors and evidence.

A mail server repeats the address that it refuses, a vendor the number. What follows a form (an
address, a long run of digits, a Chinese plate, a VIN) is starred whoever it is; of the person at
hand his own name, numbers and addresses are, in whatever form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

STAR = "***"
# Phones, identity and card numbers, also grouped by spaces or hyphens; not dates, ports or sizes.
# Chinese stands right beside a number, so that only ASCII may not.
_DIGITS = re.compile(r"(?<![A-Za-z0-9_.-])\+?\d(?:[ -]?\d){8,}[\dXx]?(?![A-Za-z0-9_.-]*:)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·-]?[A-Z0-9]{5,6}"
)
_VIN = re.compile(r"\b(?=[A-HJ-NPR-Z0-9]*\d)(?=[A-HJ-NPR-Z0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}\b")
_PHONE = re.compile(r"\+?[\d ().-]{7,}")
_LAST = 7  # of a number: so many digits are it, with or without its country and area
_LEAST = 3  # letters of a word that stands for somebody


def without_personal_data(text: str) -> str:
    """``text`` with what may be a number, an address, a plate or a VIN of somebody starred."""
    for pattern in (_EMAIL, _PLATE, _VIN, _DIGITS):
        text = pattern.sub(STAR, text)
    return text


def without_person(text: str, *, name: str = "", reached_at: Iterable[str] = ()) -> str:
    """The same, with the name, and the numbers and addresses, of one person starred besides."""
    for pattern in _patterns(name, [one.strip() for one in reached_at]):
        text = pattern.sub(STAR, text)
    return without_personal_data(text)


def _patterns(name: str, reached_at: list[str]) -> Iterator[re.Pattern[str]]:
    for one in reached_at:
        if not one:
            continue
        if _PHONE.fullmatch(one):
            yield _number(re.sub(r"\D", "", one))
            continue
        yield re.compile(re.escape(one), re.IGNORECASE)
        local, at, _ = one.partition("@")
        if at and len(local) > _LEAST:  # longer than a code
            yield _word(local)
    whole = " ".join(name.split())
    if len(whole) > 1:
        yield re.compile(re.escape(whole), re.IGNORECASE)
        parts = whole.split(" ")
        yield from (_word(one) for one in parts if len(one) >= _LEAST)


def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", re.IGNORECASE)


def _number(digits: str) -> re.Pattern[str]:
    """The number with as much of its country and area as is told, grouped or not."""
    between = r"[ ().-]{0,2}"
    head, tail = digits[:-_LAST], digits[-_LAST:]
    before = "".join(f"(?:{one}{between})?" for one in head)
    return re.compile(rf"(?:\+|00?)?\(?{before}{between.join(tail)}")
