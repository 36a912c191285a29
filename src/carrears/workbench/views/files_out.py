"""Lists and figures as files to take away: CSV, or a workbook of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from carrears.analytics.sheets import MEDIA, Sheet, write_workbook
from carrears.clock import now

Kind = Literal["csv", "xlsx"]


def kind_asked(request: HttpRequest) -> Kind:
    """Which kind of file a form asks for; CSV where it does not say."""
    return "xlsx" if request.POST.get("format") == "xlsx" else "csv"


def csv_answer(lines: Iterable[str], name: str) -> HttpResponse:
    """Lines of CSV as a file of this name."""
    return _answer("".join(lines).encode(), "text/csv; charset=utf-8", f"{name}.csv")


def workbook_answer(sheets: Iterable[Sheet], name: str) -> HttpResponse:
    """A workbook of these sheets as a file of this name."""
    return _answer(write_workbook(sheets, made_at=now()), MEDIA, f"{name}.xlsx")


def _answer(content: bytes, media: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
