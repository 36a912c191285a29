"""Who must not be contacted, found by loan, number or address without opening any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.core import signing
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.clock import local_day, now
from carrears.conduct.models import DoNotContact
from carrears.conduct.services import put_bar_words
from carrears.parties.blind import Kind, blind_indexes
from carrears.parties.models import ContactPoint, LoanParty
from carrears.parties.services import keyring
from carrears.workbench.labels import label_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.bars import BarRow, BarsPage
from carrears.workbench.view_models.common import Option

_STATES = ("", "live", "over", "lifted")
_FIND = "do-not-contact search"
_KINDS = (Kind.PHONE, Kind.EMAIL, Kind.ADDRESS)


def bars_page(params: QueryDict) -> BarsPage:
    """The bars that fit what was typed, newest first."""
    text, state = params.get("q", "").strip().replace("\0", ""), params.get("state", "")
    indexes = _indexes_of(params.get("find", ""))
    today = local_day(now(), settings.TIME_ZONE)
    bars = DoNotContact.objects.select_related("party", "added_by", "lifted_by").order_by("-pk")
    if indexes is not None:
        bars = bars.filter(_valued(indexes))
    elif text:
        bars = bars.filter(party__in=LoanParty.objects.filter(loan_no=text).values("party"))
    bars = _in_state(bars, state, today)
    pager = make_pager(params, total=bars.count())
    rows = put_bar_words(bars[rows_of(pager)])
    loans = _loans(rows)
    names = {code: str(label_of(code, "bar_state").text) for code in _STATES if code}
    return BarsPage(
        rows=tuple(_row(one, loans, today) for one in rows),
        pager=pager,
        text=text,
        find=params.get("find", "") if indexes is not None else "",
        states=(
            Option("", gettext("All"), state not in names),
            *(Option(code, name, code == state) for code, name in names.items()),
        ),
    )


def search_params(text: str) -> dict[str, str]:
    """How the page's address says what was typed: a loan by its number, all else hashed.

    Addresses of pages are kept in logs and histories, so the hashes are those of the vault.
    """
    text = text.strip().replace("\0", "")
    if not text or LoanParty.objects.filter(loan_no=text).exists():
        return {"q": text} if text else {}
    found = (one for kind in _KINDS for one in blind_indexes(keyring(), kind, text))
    return {"find": signing.dumps([one.hex() for one in found], salt=_FIND)}


def _indexes_of(token: str) -> list[bytes] | None:
    if not token:
        return None
    try:
        return [bytes.fromhex(one) for one in signing.loads(token, salt=_FIND)]
    except signing.BadSignature:
        return None


def _valued(indexes: Sequence[bytes]) -> Q:
    """Bars on a value, and on whoever has that number or address."""
    owners = ContactPoint.objects.filter(value_index__in=indexes).values("party")
    return Q(value_index__in=indexes) | Q(party__in=owners)


def _in_state(bars: QuerySet[DoNotContact], state: str, today: date) -> QuerySet[DoNotContact]:
    if state == "lifted":
        return bars.exclude(lifted_at=None)
    if state == "live":
        return bars.filter(Q(until_on=None) | Q(until_on__gte=today), lifted_at=None)
    return bars.filter(until_on__lt=today, lifted_at=None) if state == "over" else bars


def _loans(rows: Sequence[DoNotContact]) -> dict[object, list[str]]:
    tokens = [one.party_id for one in rows if one.party_id]
    loans: dict[object, list[str]] = defaultdict(list)
    links = LoanParty.objects.filter(party__in=tokens).order_by("loan_no")
    for loan_no, token in links.values_list("loan_no", "party_id"):
        loans[token].append(loan_no)
    return loans


def _row(bar: DoNotContact, loans: dict[object, list[str]], today: date) -> BarRow:
    is_over = bar.until_on is not None and bar.until_on < today
    return BarRow(
        pk=bar.pk,
        loans=tuple(dict.fromkeys(loans.get(bar.party_id, ()))),
        erased=bar.party is not None and bar.party.erased_at is not None,
        index=bytes(bar.value_index).hex()[:12] if bar.value_index is not None else "",
        channel=bar.channel,
        product=bar.product,
        actor=bar.actor,
        reason=bar.reason,
        from_on=bar.from_on,
        until_on=bar.until_on,
        state="lifted" if bar.lifted_at else "over" if is_over else "live",
        added_by=str(bar.added_by) if bar.added_by else "",
        added_at=bar.added_at,
        lifted_by=str(bar.lifted_by) if bar.lifted_by else "",
        lifted_at=bar.lifted_at,
        lift_reason=bar.lift_reason,
    )
