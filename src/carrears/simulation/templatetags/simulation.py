"""How figures of a simulation are written."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import translation

from carrears.money import format_money

register = template.Library()


@register.filter
def minor(value: float | str | None, currency: str) -> str:
    """Minor units as money of that currency; a dash for what is not known."""
    if value is None or isinstance(value, str):
        return "–"
    locale = "en" if translation.get_language() == "en" else "zh_Hans"
    return format_money(round(value), currency, locale=locale)


@register.filter
def rounded(value: float | None) -> str:
    """A number without places, with thousands set apart; one place below ten."""
    if value is None:
        return "–"
    return f"{value:,.1f}" if abs(value) < 10 else f"{value:,.0f}"  # noqa: PLR2004  two digits do


@register.filter
def whole(value: int) -> str:
    """A count, with thousands set apart."""
    return f"{value:,}"


@register.filter
def pair(value: Any) -> Any:
    """The two sides, also where neither is known."""
    return (None, None) if value is None else value
