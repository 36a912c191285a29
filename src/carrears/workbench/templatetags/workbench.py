"""What templates need beyond Django's own: money, badges, icons, moments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import (
    format_compact_decimal,
    format_decimal,
    format_percent,
    get_currency_symbol,
)
from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from carrears.delinquency.buckets import load_buckets
from carrears.money import Money, format_money, to_major
from carrears.workbench.labels import label_of
from carrears.workbench.view_models.chart import Chart

register = template.Library()

# Beyond a week a distance says less than the day itself.
_RELATIVE_DAYS = 7


def _locale() -> str:
    return "en" if (get_language() or settings.LANGUAGE_CODE).startswith("en") else "zh_Hans_CN"


@register.filter
def money(value: Money | None) -> str:
    """An amount with its currency; a dash for none."""
    return "–" if value is None else format_money(value.minor, value.currency, locale=_locale())


@register.filter
def money_short(value: Money | None) -> str:
    """A large amount in words of the reader's counting (万, 亿; K, M)."""
    if value is None:
        return "–"
    major = to_major(value.minor, value.currency)
    sign = get_currency_symbol(value.currency, locale=_locale())
    return sign + format_compact_decimal(major, locale=_locale(), fraction_digits=2)


@register.filter
def count(value: int | None) -> str:
    """A whole number with its thousands apart."""
    if type(value) is int:
        return f"{value:,}"  # as both languages write it
    return "–" if value is None else format_decimal(value, locale=_locale())


@register.filter
def percent(value: float | Decimal | None, places: int = 1) -> str:
    """A fraction of one as per cent."""
    if value is None:
        return "–"
    pattern = "#,##0." + "0" * places + "%" if places else "#,##0%"
    return format_percent(value, format=pattern, locale=_locale())


@register.filter
def day(value: date | None) -> str:
    """A day, always with its year; of a moment the day in the reader's time zone."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = _local(value).date()
    return _day(value, _locale())


# A page shows the same few days many times.
@lru_cache(maxsize=4096)
def _day(value: date, locale: str) -> str:
    return format_date(value, "d MMM y" if locale == "en" else "y-MM-dd", locale=locale)


def _local(value: datetime, zone: str = "") -> datetime:
    return value.astimezone(ZoneInfo(zone) if zone else timezone.get_current_timezone())


@register.filter
def moment(value: datetime | None, zone: str = "") -> str:
    """Day and minute in the reader's time zone, or in ``zone``."""
    if value is None:
        return "–"
    local = _local(value, zone)
    return f"{_day(local.date(), _locale())} {local:%H:%M}"


@register.filter
def clock(value: datetime | None, zone: str = "") -> str:
    """The minute of the day only."""
    return "–" if value is None else format_time(_local(value, zone), "HH:mm", locale=_locale())


@register.filter
def tel(number: str) -> str:
    """A phone number as an address to dial: digits, with the plus of a country code."""
    digits = "".join(sign for sign in number if sign.isascii() and sign.isdigit())
    return f"+{digits}" if number.strip().startswith("+") else digits


@register.filter
def waiting_at(waiting: Mapping[str, int], view: str) -> int:
    """How much waits on a page of the navigation."""
    return waiting.get(view, 0)


@register.filter
def ago(value: datetime | None) -> str:
    """How long ago or ahead within a week, else the day."""
    if value is None:
        return "–"
    distance = value - timezone.now()
    if abs(distance.days) > _RELATIVE_DAYS:
        return day(_local(value).date())
    return format_timedelta(distance, add_direction=True, locale=_locale())


@register.filter
def seconds(value: float | None) -> str:
    """A duration in seconds."""
    if value is None:
        return "–"
    text = format_decimal(Decimal(str(round(value, 2))), locale=_locale())
    return gettext("%(seconds)s s") % {"seconds": text}


@register.filter
def bytes_size(value: int) -> str:
    """A file's size."""
    size, unit = float(value), "B"
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":  # noqa: PLR2004  bytes to the kilobyte
            break
        size /= 1024
    return f"{format_decimal(round(size, 1), locale=_locale())} {unit}"


@register.filter
def figure(value: float | None, chart: Chart) -> str:
    """A chart's value in the table that stands in for the chart."""
    if value is None:
        return "–"
    if chart.unit == "money":
        return money(Money(int(value), chart.currency))
    return percent(value, 2) if chart.unit == "percent" else count(int(value))


@register.filter
def bucket_name(number: int) -> str:
    """M0 … M6+, as the lender's bucket file names them."""
    names = load_buckets().names
    return names[min(number, len(names) - 1)]


@register.simple_tag
def bucket(number: int) -> SafeString:
    """A bucket's badge, with its days as a title."""
    return _bucket(number, "en" if _locale() == "en" else "zh-CN")


@lru_cache(maxsize=64)
def _bucket(number: int, language: str) -> SafeString:
    scheme = load_buckets()
    index = min(number, len(scheme.buckets) - 1)
    return format_html(
        '<span class="bucket bucket-{}" title="{}">{}</span>',
        min(index, 7),
        scheme.buckets[index].label.get(language, ""),
        scheme.names[index],
    )


@register.filter
def label(code: str, group: str) -> str:
    """A code's name in the reader's language."""
    return str(label_of(code, group).text)


@register.simple_tag
def badge(code: str, group: str) -> SafeString:
    """A code's name as a badge in its tone, with its icon."""
    found = label_of(code, group)
    return _badge(found.tone, icon(found.icon) if found.icon else "", str(found.text))


@lru_cache(maxsize=1024)
def _badge(tone: str, mark: str, text: str) -> SafeString:
    return format_html('<span class="status tone-{}">{}{}</span>', tone, mark, text)


@register.filter
def tone(code: str, group: str) -> str:
    """The tone of a code."""
    return label_of(code, group).tone


@register.filter
def icon_of(code: str, group: str) -> str:
    """The icon of a code, a dot where it has none."""
    return label_of(code, group).icon or "circle-dot"


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """An icon of the sprite; with a title it is read aloud, else it is decoration."""
    return _icon(name, title)


@lru_cache(maxsize=1024)
def _icon(name: str, title: str) -> SafeString:
    # The sprite's address is one for the process; a page asks for it a hundred times.
    href = f"{static('built/icons.svg')}#{name}"
    if title:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', title, href
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.inclusion_tag("workbench/_chart.html")
def chart(spec: Chart | None, *, tall: bool = False) -> dict[str, Any]:
    """A chart with the table that stands in for it."""
    data = spec.as_json() if spec else None
    return {"chart": spec, "data": data, "data_id": f"{spec.id}-data" if spec else "", "tall": tall}


@register.inclusion_tag("workbench/_sensitive.html")
def sensitive(value: Any) -> dict[str, Any]:
    """Personal data as this reader may see it, with a way to see more where there is one."""
    return {"value": value}


@register.inclusion_tag("workbench/_field.html")
def field(bound: Any, *, kind: str = "", autofocus: bool = False) -> dict[str, Any]:
    """A form field with its label, help and errors."""
    classes = {"textarea": "textarea", "select": "select", "file": "file-input"}.get(kind, "input")
    described = f"{bound.id_for_label}-note" if bound.errors or bound.help_text else ""
    attributes: dict[str, Any] = {"class": classes}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    if described:
        attributes["aria-describedby"] = described
    if autofocus:
        attributes["autofocus"] = True
    return {"field": bound, "widget": bound.as_widget(attrs=attributes), "described": described}
