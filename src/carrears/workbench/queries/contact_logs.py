"""Logs of contacts, as the screens show them: an agency its own, the house all."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.agencies.contact_logs import logs_of
from carrears.agencies.explaining import explain
from carrears.agencies.models import ContactLog, LoggedContact
from carrears.agencies.rows_aside import faults_of
from carrears.workbench.queries.attempts import breach_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.contact_logs import (
    AsideShown,
    LogPage,
    LogShown,
    LogsPage,
    TakenShown,
)

_MOST_ASIDE = 200


def logs_page(user: User, params: QueryDict) -> LogsPage:
    """The logs that he may see, the newest first."""
    found = _counted(logs_of(user))
    pager = make_pager(params, total=found.count())
    rows = tuple(_row(one) for one in found[rows_of(pager)])
    return LogsPage(rows=rows, pager=pager, is_house=not acts_for(user))


def log_page(user: User, pk: int, params: QueryDict) -> LogPage:
    """One log with its rows; breaches first, as far as their cases are his to see.

    Raises:
        Http404: there is none that he may see.
    """
    log = get_object_or_404(_counted(logs_of(user)), pk=pk)
    told = LoggedContact.objects.filter(log=log).select_related(
        "attempt__case", "attempt__verdict", "attempt__breach", "outcome__case"
    )
    # Of a case that is with it no more an agency sees the number of its rows, and no row.
    told = told.filter(Q(attempt__case__isnull=False) | Q(outcome__case__isnull=False))
    pager = make_pager(params, total=told.count())
    rows = told.order_by(F("attempt__breach").asc(nulls_last=True), "row_no")
    rejects = list(log.rejects.all()[:_MOST_ASIDE])
    faults = faults_of(rejects)
    return LogPage(
        row=_row(log),
        aside=tuple(
            AsideShown(
                row_no=one.row_no,
                reference=one.reference,
                errors=tuple((field, explain(why, said)) for field, why, said in faults[one.pk]),
                corrected=one.corrected_at is not None,
            )
            for one in rejects
        ),
        taken=tuple(_taken(one) for one in rows[rows_of(pager)]),
        pager=pager,
        is_house=not acts_for(user),
    )


def _counted(logs: QuerySet[ContactLog]) -> QuerySet[ContactLog, Any]:
    counted = logs.annotate(aside=Count("rejects", filter=Q(rejects__corrected_at=None)))
    return counted.order_by("-pk")  # what is counted forgets the order of its model


def _row(log: Any) -> LogShown:
    return LogShown(
        pk=log.pk,
        agency=log.agency.name,
        source=log.source,
        file_name=log.file_name,
        brought_at=log.brought_at,
        brought_by=str(log.brought_by) if log.brought_by else "",
        taken=log.taken,
        known=log.known,
        rejected=log.rejected,
        aside=log.aside,
        breaches=log.breaches,
    )


def _taken(one: LoggedContact) -> TakenShown:
    contact: Any = one.attempt or one.outcome
    breach = breach_of(one.attempt) if one.attempt else ""
    findings = one.attempt.verdict.findings if one.attempt and breach == "breach" else []
    titles = [
        chosen(each["title_zh"], each["title_en"])
        for each in findings
        if each["gate_action"] != "allow"
    ]
    if one.attempt and breach == "late":
        titles = one.attempt.breach.rules
    return TakenShown(
        reference=one.reference,
        loan_no=contact.case.loan_no,
        at=contact.at,
        channel=contact.channel,
        direction="out" if one.attempt else "in",
        acted_by=one.acted_by,
        breach=breach,
        attempt=one.attempt_id,
        rules=tuple(titles),
    )
