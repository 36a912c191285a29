"""The lists that others keep, and what was kept aside of their files."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.conduct.foreign import NO_ADDRESS, NO_NUMBER
from carrears.conduct.models import IndustryList, ListState, ListUpload, UploadState
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.industry_lists import (
    AddedFile,
    AsideRow,
    ListPage,
    ListRow,
    ListsPage,
    UploadRow,
    UploadsPage,
)

_UPLOADS = 5
_UNDER_WAY = frozenset({UploadState.WAITING, UploadState.RUNNING})


def lists_page(params: QueryDict) -> ListsPage:
    """The versions of all lists, the newest of each first."""
    found = _lists()
    pager = make_pager(params, total=IndustryList.objects.count())
    return ListsPage(rows=tuple(_row(one) for one in found[rows_of(pager)]), pager=pager)


def list_page(row: IndustryList, params: QueryDict) -> ListPage:
    """One version with the rows that are still aside."""
    aside = row.rejects.filter(corrected_at=None).order_by("pk")
    pager = make_pager(params, total=aside.count())
    others = _lists().filter(name=row.name, state=ListState.LIVE).exclude(pk=row.pk)
    in_force = others.first() if row.state == ListState.READ else None
    return ListPage(
        row=_row(_lists().get(pk=row.pk)),
        in_force=_row(in_force) if in_force else None,
        added=tuple(AddedFile(one["file"], one["rows"], one["entries"]) for one in row.added),
        aside=tuple(
            AsideRow(one.file_name, one.row_no, one.field, _why(one.reason))
            for one in aside[rows_of(pager)]
        ),
        pager=pager,
    )


def uploads_page(row: IndustryList | None) -> UploadsPage:
    """The files that were brought last: of all lists, or those added to one version."""
    found = ListUpload.objects.select_related("by", "result")
    if row is not None:
        found = found.filter(list_name=row.name, is_more=True, asked_at__gte=row.read_at)
    rows = tuple(_upload(one) for one in found[:_UPLOADS])
    return UploadsPage(
        rows=rows,
        of=row.pk if row else None,
        waits=any(one.state in _UNDER_WAY for one in rows),
    )


def _upload(one: ListUpload) -> UploadRow:
    why = gettext(one.why) if one.problem == "foreign" else one.why
    return UploadRow(
        token=str(one.token),
        name=one.list_name,
        version=one.terms.get("version", "") or (one.result.version if one.result else ""),
        file_name=one.file_name,
        state=one.state,
        percent=min(100, round(100 * one.done / one.total)) if one.total else 0,
        problem=one.problem,
        why=why,
        asked_at=one.asked_at,
        by=str(one.by) if one.by else "",
        result=one.result_id,
        is_new=one.is_new,
        again=one.state == UploadState.FAILED and not one.is_more,
    )


def _why(reason: str) -> str:
    """Why a row cannot be read, in the reader's language."""
    if reason == NO_NUMBER:
        return gettext("no telephone number")
    if reason == NO_ADDRESS:
        return gettext("no e-mail address")
    digits = reason.removeprefix("not ").partition(" ")[0]
    return gettext("not %(digits)s hexadecimal digits") % {"digits": digits}


def _lists() -> QuerySet[IndustryList]:
    lists = IndustryList.objects.select_related("imported_by", "ended_by")
    counted = lists.annotate(aside=Count("rejects", filter=Q(rejects__corrected_at=None)))
    return counted.order_by("name", "-pk")  # what is counted forgets the order of its model


def _row(row: Any) -> ListRow:
    return ListRow(
        pk=row.pk,
        name=row.name,
        version=row.version,
        source=row.source,
        reason=row.reason,
        state=row.state,
        form=row.form,
        algorithm=row.algorithm,
        salted=bool(row.salt),
        whole_person=row.whole_person,
        channel=row.channel,
        product=row.product,
        actor=row.actor,
        from_on=row.from_on,
        until_on=row.until_on,
        rows=row.rows,
        entries=row.entries,
        twice=row.twice,
        aside=row.aside,
        known=row.known,
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        read_at=row.read_at,
        imported_by=str(row.imported_by) if row.imported_by else "",
        live_at=row.live_at,
        ended_at=row.ended_at,
        ended_by=str(row.ended_by) if row.ended_by else "",
        end_reason=row.end_reason,
    )
