"""Texts that data files carry in both languages."""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.translation import get_language

# Of two sides the English one has no Chinese sign; each ends as its language does.
_CHINESE = r"\u3000-\u303f\u3400-\u9fff\uff00-\uffef"
_ZH_FIRST = re.compile(rf"(?P<zh>.*[。；”])\s*(?P<en>[A-Z0-9][^{_CHINESE}]+)", re.DOTALL)
_EN_FIRST = re.compile(rf"(?P<en>[^{_CHINESE}]+\.)\s+(?P<zh>\S.*)", re.DOTALL)


def is_english() -> bool:
    """Whether the reader reads English; else Chinese."""
    return (get_language() or settings.LANGUAGE_CODE).startswith("en")


def locale_tag() -> str:
    """The reader's language as data files name it."""
    return "en-US" if is_english() else "zh-CN"


def chosen(zh: str, en: str) -> str:
    """The text in the reader's language, the other one where it is missing."""
    return (en or zh) if is_english() else (zh or en)


def side_of(text: str) -> str:
    """One side of ``中文｜English``, as authors of decision tables write both."""
    zh, bar, en = text.partition("｜")
    return chosen(zh.strip(), en.strip()) if bar else text


def side_of_note(text: str) -> str:
    """One side of ``中文。English.``, as notes beside citations have both, or of the reverse.

    All of it where there is one side only.
    """
    both = _ZH_FIRST.fullmatch(text) or _EN_FIRST.fullmatch(text)
    if both is None or not re.search(f"[{_CHINESE}]", both["zh"]):
        return text
    return chosen(both["zh"], both["en"])
