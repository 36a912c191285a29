"""Who looked at whose data in clear, and why: by person, by staff, by reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from carrears.access.models import User
from carrears.clock import at_local, local_day, now
from carrears.parties.blind import Kind
from carrears.parties.models import Unmasking
from carrears.parties.unmasking import notes_of, reasons
from carrears.workbench.labels import label_of
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.listing import Listing
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.unmaskings import LookerRow, UnmaskingRow, UnmaskingsPage

_DAYS = 30
_LOOKERS = 10
_CHUNK = 2_000
_HEAD = ("at", "by", "loan_no", "party", "kind", "reason")


def unmaskings_page(params: QueryDict) -> UnmaskingsPage:
    """The looks that fit the filters, the newest first."""
    asked = _parse(params)
    found = asked.found()
    pager = make_pager(params, total=found.count())
    rows = list(found.select_related("by", "party")[rows_of(pager)])
    notes, titles = notes_of(rows), _titles()
    return UnmaskingsPage(
        rows=tuple(
            UnmaskingRow(
                pk=one.pk,
                at=one.at,
                by=str(one.by),
                loan_no=one.loan_no,
                kind=one.kind,
                reason=titles.get(one.reason, one.reason),
                note=notes.get(one.pk, ""),
            )
            for one in rows
        ),
        pager=pager,
        lookers=_lookers(found, asked),
        loan_no=asked.loan_no,
        first=asked.first,
        last=asked.last,
        staff=options_of(
            [(str(one.pk), str(one)) for one in _staff()], str(asked.by) if asked.by else ""
        ),
        kinds=options_of(
            [(one.value, str(label_of(one.value, "personal_kind").text)) for one in Kind],
            asked.kind,
        ),
        reasons=options_of(list(titles.items()), asked.reason),
        query=asked.query(),
        active=bool(asked.loan_no or asked.by or asked.kind or asked.reason),
    )


def unmaskings_list(params: QueryDict) -> Listing:
    """All looks asked for: tokens and codes, nobody's name and no words."""
    found = _parse(params).found().select_related("by")
    rows = (
        (one.at, one.by.get_username(), one.loan_no, one.party_id, one.kind, one.reason)
        for one in found.iterator(chunk_size=_CHUNK)
    )
    return Listing("unmaskings", _HEAD, rows)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The filters; days are of the lender's clock, both included."""

    first: date
    last: date
    loan_no: str = ""
    by: int = 0
    kind: str = ""
    reason: str = ""

    def found(self) -> QuerySet[Unmasking]:
        wanted = Q(at__gte=_begin(self.first), at__lt=_begin(self.last + timedelta(days=1)))
        for name in ("loan_no", "by", "kind", "reason"):
            if value := getattr(self, name):
                wanted &= Q(**{name: value})
        return Unmasking.objects.filter(wanted)

    def query(self, **changes: object) -> str:
        told = {
            "from": self.first, "to": self.last, "loan": self.loan_no, "by": self.by,
            "kind": self.kind, "reason": self.reason,
        } | changes  # fmt: skip
        return urlencode({name: value for name, value in told.items() if value})


def _parse(params: QueryDict) -> _Asked:
    """The filters of an address; what makes no sense in it is left out."""
    today = local_day(now(), settings.TIME_ZONE)
    last = _day(params.get("to", "")) or today
    first = _day(params.get("from", "")) or last - timedelta(days=_DAYS)
    by, kind, reason = (params.get(name, "") for name in ("by", "kind", "reason"))
    return _Asked(
        first=min(first, last),
        last=last,
        loan_no=params.get("loan", "").strip().replace("\0", "")[:80],
        by=int(by) if by.isascii() and by.isdigit() and len(by) < 10 else 0,  # noqa: PLR2004  more is no user
        kind=kind if kind in set(Kind) else "",
        reason=reason if reason in reasons() else "",
    )


def _lookers(found: QuerySet[Unmasking], asked: _Asked) -> tuple[LookerRow, ...]:
    counted = (
        found.order_by()
        .values("by")
        .annotate(looks=Count("pk"), people=Count("party", distinct=True))
        .order_by("-looks", "by")[:_LOOKERS]
    )
    rows = list(counted)
    names = User.objects.in_bulk([row["by"] for row in rows])
    return tuple(
        LookerRow(
            by=str(names[row["by"]]),
            query=asked.query(by=row["by"]),
            looks=row["looks"],
            people=row["people"],
        )
        for row in rows
    )


def _staff() -> QuerySet[User]:
    return User.objects.filter(pk__in=Unmasking.objects.order_by().values("by")).order_by("pk")


def _titles() -> dict[str, str]:
    return {code: chosen(one["zh"], one["en"]) for code, one in reasons().items()}


def _begin(day: date) -> datetime:
    return at_local(day, time.min, settings.TIME_ZONE)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None  # noqa: PLR2004  other days overflow the clock
