"""Promise quality and contact rates in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.access.models import Organisation, User
from carrears.casework.hold_queries import book_day
from carrears.casework.promise_quality import (
    WAYS,
    By,
    Quality,
    currencies_of,
    promises_due,
    quality_of,
)
from carrears.clock import at_local, local_day, now
from carrears.money import Money
from carrears.outreach.contact_rates import ContactRate, contact_rates, folded
from carrears.workbench.queries.catalogue import treatment_title
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.compliance_asked import actor_of, actor_titles, channel_title
from carrears.workbench.queries.listing import Listing
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.promise_quality import (
    ContactRow,
    PromiseQualityPage,
    QualityRow,
)

_SPANS = (7, 30, 90, 365)
_USUAL = 30
_LONGEST = 366
_VERSION = 12  # letters of a version's fingerprint that a list shows
_HEAD = (
    "by", "key", "title", "currency", "promises", "amount", "kept", "kept_amount", "partly",
    "partly_amount", "broken", "broken_amount", "open", "open_amount", "cancelled", "met",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which days, grouped by what, in which currency (empty: that of most promises)."""

    first: date
    last: date
    by: By
    currency: str

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From when, and until when (outside), by the lender's clock."""
        zone = settings.TIME_ZONE
        end = self.last + timedelta(days=1)
        return at_local(self.first, time.min, zone), at_local(end, time.min, zone)


def promise_quality_page(user: User, params: QueryDict) -> PromiseQualityPage:
    """What became of the promises due in the period, and whom contacts of it reached."""
    asked = _asked(params)
    due = promises_due(user, first=asked.first, last=asked.last)
    currencies = currencies_of(due)
    currency = asked.currency or next(iter(currencies), "CNY")
    found = due.filter(currency=currency)
    begin, end = asked.moments
    rates = contact_rates(user, first=begin, until=end)
    days = (asked.last - asked.first).days + 1
    return PromiseQualityPage(
        first=asked.first,
        last=asked.last,
        spans=tuple(
            Option(str(n), gettext("%(days)s days") % {"days": n}, n == days) for n in _SPANS
        ),
        ways=options_of([(way, _way_title(way)) for way in WAYS], asked.by, every=False),
        currencies=options_of([(one, one) for one in currencies], currency, every=False),
        by_title=_way_title(asked.by),
        all=next(_rows(quality_of(found), currency), None),
        rows=tuple(_rows(quality_of(found, by=asked.by), currency, by=asked.by)),
        channels=tuple(_contacts(folded(rates, whose=False), whose=False)),
        collectors=tuple(_contacts(folded(rates, whose=True), whose=True)),
        query=urlencode(
            {"from": asked.first.isoformat(), "to": asked.last.isoformat(), "currency": currency}
        ),
    )


def promise_quality_list(user: User, params: QueryDict) -> Listing:
    """Every grouping: counts and amounts, that give each rate."""
    return Listing("promises", _HEAD, _grouped(user, _asked(params)))


def _grouped(user: User, asked: _Asked) -> Iterator[tuple[Any, ...]]:
    due = promises_due(user, first=asked.first, last=asked.last)
    for currency in [asked.currency] if asked.currency else currencies_of(due):
        for way in WAYS:
            for row in _rows(quality_of(due.filter(currency=currency), by=way), currency, by=way):
                yield _values(way, currency, row)


def _values(way: By, currency: str, row: QualityRow) -> tuple[Any, ...]:
    return (
        way, row.key, row.title, currency, row.made, row.amount, row.kept, row.kept_amount,
        row.partly, row.partly_amount, row.broken, row.broken_amount, row.open, row.open_amount,
        row.cancelled, row.met,
    )  # fmt: skip


def _asked(params: QueryDict) -> _Asked:
    """The question of an address; what makes no sense in it is left out.

    Without days it is about the thirty up to the day that the book has reached.
    """
    last = _day(params.get("to", "")) or book_day() or local_day(now(), settings.TIME_ZONE)
    span = params.get("days", "")
    days = int(span) if span in {str(one) for one in _SPANS} else _USUAL
    first = _day(params.get("from", "")) or last - timedelta(days=days - 1)
    way, currency = params.get("by", ""), params.get("currency", "")
    return _Asked(
        first=min(max(first, last - timedelta(days=_LONGEST - 1)), last),
        last=last,
        by=next((one for one in WAYS if one == way), "collector"),
        currency=currency if currency.isascii() and currency.isupper() else "",
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2200, 1, 1) else None


def _way_title(way: By) -> str:
    return {
        "channel": gettext("Contact channel"),
        "collector": gettext("Collector"),
        "team": gettext("Team"),
        "treatment": gettext("Treatment"),
        "strategy": gettext("Version of the strategy"),
    }[way]


def _titles(way: By, keys: list[str]) -> dict[str, str]:
    """What the groups are called; a group without a key is that of which it is not known."""
    known = [key for key in keys if key]
    match way:
        case "channel":
            told = {key: channel_title(key) for key in known}
        case "collector":
            told = {str(one.pk): str(one) for one in User.objects.filter(pk__in=known)}
        case "team":
            told = {str(one.pk): str(one) for one in Organisation.objects.filter(pk__in=known)}
        case "treatment":
            told = {key: treatment_title(key) for key in known}
        case "strategy":
            told = {key: key[:_VERSION] for key in known}
    return told | {"": gettext("not known")}


def _rows(found: list[Quality], currency: str, *, by: By | None = None) -> Iterator[QualityRow]:
    titles = _titles(by, [one.key for one in found]) if by else {"": ""}

    def money(minor: int) -> Money:
        return Money(minor, currency)

    for one in found:
        yield QualityRow(
            key=one.key,
            title=titles.get(one.key, one.key),
            made=one.made,
            amount=money(one.amount_made),
            kept=one.kept,
            kept_amount=money(one.kept_amount),
            partly=one.partly,
            partly_amount=money(one.partly_amount),
            broken=one.broken,
            broken_amount=money(one.broken_amount),
            open=one.open,
            open_amount=money(one.open_amount),
            cancelled=one.cancelled,
            met=money(one.met),
            kept_rate=one.kept_rate,
            met_rate=one.met_rate,
        )


def _contacts(rates: Iterable[ContactRate], *, whose: bool) -> Iterator[ContactRow]:
    listed = list(rates)
    actors = {one: actor_of(one.agency, one.made_by) for one in listed}
    names = actor_titles(list(actors.values())) if whose else {}
    for one in listed:
        key = actors[one] if whose else one.channel
        yield ContactRow(
            key=key,
            title=names[key] if whose else channel_title(key),
            made=one.made,
            reached=one.reached,
            right_party=one.right_party,
            promised=one.promised,
            contact_rate=one.contact_rate,
            right_party_rate=one.right_party_rate,
            promise_rate=one.promise_rate,
        )
