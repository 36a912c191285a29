"""Lists and figures as files to take away: CSV, or a workbook of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Literal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from carrears.analytics.sheets import MEDIA, write_workbook
from carrears.clock import now
from carrears.workbench.queries.listing import Listing

MOST = 50_000  # rows of a workbook, which is made in memory; CSV has all
Kind = Literal["csv", "xlsx"]


def kind_asked(request: HttpRequest) -> Kind:
    """Which kind of file a form or a link asks for; CSV where it does not say."""
    told = request.POST if request.method == "POST" else request.GET
    return "xlsx" if told.get("format") == "xlsx" else "csv"


def list_answer(
    request: HttpRequest, listing: Listing, *, back: str, name: str = ""
) -> HttpResponseBase:
    """A list as the file that is asked for, of this name; what is too long leads ``back``."""
    name = name or listing.name
    if kind_asked(request) == "csv":
        return _named(_csv(listing.csv_lines()), f"{name}.csv")
    rows = list(islice(iter(listing.rows), MOST + 1))
    if len(rows) > MOST:
        return refuse_long(request, back)
    book = write_workbook([replace(listing, rows=rows).sheet()], made_at=now())
    return _named(HttpResponse(book, content_type=MEDIA), f"{name}.xlsx")


def refuse_long(request: HttpRequest, back: str) -> HttpResponse:
    """Say that a workbook does not take so many rows, on the page of the list."""
    messages.error(request, gettext("These are more than a workbook takes: narrow the list."))
    return redirect(back)


def _csv(lines: Iterable[str]) -> HttpResponseBase:
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")


def _named(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
