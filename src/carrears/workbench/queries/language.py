"""Texts that data files carry in both languages."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language


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
