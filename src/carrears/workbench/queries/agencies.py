"""Batches for agencies, as the screens show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent
from django.db.models import Count, Q, QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.agencies.approving import refusals_of
from carrears.agencies.models import Batch, Placing, PlacingLine, PlacingState
from carrears.agencies.queries import (
    LINE_STATES,
    batch_sums,
    line_states,
    state_sums,
    taken_out_sums,
)
from carrears.casework.models import Case
from carrears.casework.placements import recall_words
from carrears.clock import now
from carrears.money import Money
from carrears.workbench.labels import label_of
from carrears.workbench.queries.language import chosen, locale_tag
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.agencies import (
    BatchLineRow,
    BatchPage,
    BatchRow,
    LineRow,
    PlacingPage,
    PlacingRow,
    TakenOutRow,
)

_SHOWN = 20


def placing_rows() -> tuple[PlacingRow, ...]:
    """The proposals of late, the newest first."""
    found = list(_placings()[:_SHOWN])
    refused = refusals_of(found)
    return tuple(_row(one, refused) for one in found)


def placing_page(reader: User, pk: int, params: QueryDict) -> PlacingPage:
    """One proposal.

    Raises:
        Http404: there is none.
    """
    placing = _placings().filter(pk=pk).first()
    if placing is None:
        raise Http404
    lines, narrowed = _narrowed(placing, params.get("only", ""))
    pager = make_pager(params, total=lines.count())
    is_open, is_mine = placing.state == PlacingState.PROPOSED, placing.made_by_id == reader.pk
    approves = reader.has_perm("agencies.approve_placing")
    return PlacingPage(
        row=_row(placing, refusals_of([placing])),
        batches=_batches(placing),
        taken_out=tuple(
            TakenOutRow(
                why=one.why,
                people=one.people,
                loans=one.loans,
                arrears=Money(one.arrears, one.currency),
            )
            for one in taken_out_sums(placing)
        ),
        lines=_lines(lines[rows_of(pager)]),
        pager=pager,
        chosen=narrowed,
        may_approve=is_open and approves and not is_mine,
        may_refuse=is_open and (approves or is_mine),
        is_mine=is_mine,
    )


def _placings() -> QuerySet[Placing, Any]:
    return Placing.objects.select_related("made_by", "decided_by").annotate(
        people=Count("lines", filter=Q(lines__why="")),
        out=Count("lines", filter=~Q(lines__why="")),
    )


def _row(one: Any, refused: Mapping[int, str]) -> PlacingRow:
    return PlacingRow(
        pk=one.pk,
        first_on=one.first_on,
        state=one.state,
        made_by=str(one.made_by or ""),
        made_at=one.made_at,
        decided_by=str(one.decided_by or ""),
        decided_at=one.decided_at,
        reason=refused.get(one.pk, ""),
        people=one.people,
        taken_out=one.out,
    )


def _narrowed(placing: Placing, only: str) -> tuple[QuerySet[PlacingLine], str]:
    """The lines of a batch (its number) or of a reason, and how they are called."""
    lines = PlacingLine.objects.filter(placing=placing).order_by("pk")
    if only.isascii() and only.isdigit() and len(only) < 19:  # noqa: PLR2004  a bigint has no more
        return lines.filter(batch=int(only), why=""), gettext("Batch %(no)s") % {"no": only}
    if only:
        return lines.filter(why=only), str(label_of(only, "taken_out").text)
    return lines, ""


def _batches(placing: Placing) -> tuple[BatchRow, ...]:
    by_pk = {one.pk: one for one in placing.batches.select_related("agency")}
    return tuple(
        BatchRow(
            pk=one.batch,
            agency_pk=by_pk[one.batch].agency_id,
            agency=by_pk[one.batch].agency.name,
            rule=title_of(by_pk[one.batch]),
            from_on=one.from_on,
            until_on=one.until_on,
            people=one.people,
            loans=one.loans,
            arrears=Money(one.arrears, one.currency),
            placed=one.placed,
            rates=rates_of(by_pk[one.batch].terms),
            tail_days=by_pk[one.batch].terms["tail_days"],
        )
        for one in batch_sums(placing)
    )


def title_of(batch: Batch) -> str:
    """The rule of a batch in the reader's language."""
    return chosen(batch.title.get("zh", ""), batch.title.get("en", "")) or batch.rule


def rates_of(terms: Mapping[str, Any]) -> tuple[str, ...]:
    """The rates of a batch in words, in their order."""
    return tuple(_rate(one) for one in terms["rates"])


def _rate(one: Mapping[str, Any]) -> str:
    share = format_percent(Decimal(one["rate"]), "0.##%", locale=locale_tag().replace("-", "_"))
    first, last = one["dpd_from"], one["dpd_to"]
    stages = "、".join(str(label_of(stage, "stage").text) for stage in one["stage"])
    days = ""
    if first is not None and last is not None:
        days = gettext("%(first)s–%(last)s days") % {"first": first, "last": last}
    elif last is not None:
        days = gettext("up to %(last)s days") % {"last": last}
    elif first is not None:
        days = gettext("from %(first)s days") % {"first": first}
    told = " ".join(part for part in (days, stages) if part) or gettext("all others")
    return f"{told}: {share}"


def _loans_of(lines: Iterable[PlacingLine]) -> dict[str, list[str]]:
    loans: dict[str, list[str]] = {}
    numbers = [one.obligor_no for one in lines]
    cases = Case.objects.filter(obligor_no__in=numbers).order_by("loan_no")
    for number, loan_no in cases.values_list("obligor_no", "loan_no").distinct():
        loans.setdefault(number, []).append(loan_no)
    return loans


def _lines(found: Iterable[PlacingLine]) -> tuple[LineRow, ...]:
    lines = list(found)
    loans = _loans_of(lines)
    pks = {one.batch_id for one in lines if one.batch_id is not None}
    names = dict(Batch.objects.filter(pk__in=pks).values_list("pk", "agency__name"))
    return tuple(
        LineRow(
            loan_nos=tuple(loans.get(one.obligor_no, ())),
            agency=names.get(one.batch_id, "") if one.batch_id is not None else "",
            why=one.why,
            dpd=one.dpd,
            arrears=Money(one.arrears, one.currency),
            is_placed=one.placement_id is not None,
        )
        for one in lines
    )


def batch_page(reader: User, pk: int, params: QueryDict) -> BatchPage:
    """One batch.

    Raises:
        Http404: there is none.
    """
    batch = Batch.objects.select_related("agency").filter(pk=pk).first()
    if batch is None:
        raise Http404
    day = access_day(now())
    lines = PlacingLine.objects.filter(batch=batch).select_related("placement").order_by("pk")
    pager, sums = make_pager(params, total=lines.count()), state_sums(batch, day)
    return BatchPage(
        pk=batch.pk,
        placing=batch.placing_id,
        agency_pk=batch.agency_id,
        agency=batch.agency.name,
        rule=title_of(batch),
        from_on=batch.from_on,
        until_on=batch.until_on,
        rates=rates_of(batch.terms),
        tail_days=batch.terms["tail_days"],
        states=tuple((state, sums[state]) for state in LINE_STATES if state in sums),
        lines=_batch_lines(lines.annotate(state=line_states(day))[rows_of(pager)]),
        pager=pager,
        may_change=reader.has_perm("agencies.approve_placing")
        and bool({"live", "held", "coming"} & sums.keys()),
    )


def _batch_lines(found: Iterable[Any]) -> tuple[BatchLineRow, ...]:
    lines = list(found)
    said = recall_words(one.placement for one in lines if one.placement)
    loans = _loans_of(lines)
    return tuple(
        BatchLineRow(
            loan_nos=tuple(loans.get(one.obligor_no, ())),
            state=one.state,
            until_on=one.placement.until_on if one.placement else None,
            reason=_reason(one, said),
            arrears=Money(one.arrears, one.currency),
        )
        for one in lines
    )


def _reason(line: PlacingLine, said: Mapping[int, str]) -> str:
    if line.why:
        return str(label_of(line.why, "taken_out").text)
    if line.placement and line.placement.pk in said:
        return said[line.placement.pk]
    reason = line.placement.recall_reason if line.placement else ""
    return str(label_of(reason, "bar_reason").text) if reason else ""
