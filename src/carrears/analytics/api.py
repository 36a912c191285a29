"""Figures of the book over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status
from ninja.errors import HttpError

from carrears.access.models import User
from carrears.analytics.asking import make_question
from carrears.analytics.columns import Unit, unit_of
from carrears.analytics.figures import Figure, Question, QuestionError
from carrears.analytics.files import FORMATS, as_bytes
from carrears.analytics.segments import SEGMENTS
from carrears.analytics.services import NotReadyError, WorkError, ask_soon, newest_month

router = Router(tags=["analytics"])
_MOST_ROWS = 5000
Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
Cell = int | float | str | None


class QuestionIn(Schema):
    """What is asked; ``by`` and ``where`` may be repeated."""

    first: Annotated[Month | None, Field(alias="from")] = None
    to: Month | None = None
    by: list[str] = []
    where: list[str] = []
    cohort: Literal["cohort_month", "cohort_quarter", "cohort_year"] = "cohort_month"
    segment: str = "region"
    top: Annotated[int | None, Field(ge=1)] = None
    within: Annotated[int, Field(ge=1, le=24)] = 3
    days: Annotated[int, Field(ge=0, le=365)] = 30

    def question(self, figure: Figure) -> Question:
        """The same as a question of the book."""
        try:
            return make_question(
                figure,
                first=self.first,
                last=self.to,
                newest=newest_month(),
                by=self.by,
                where=self.where,
                cohort=self.cohort,
                segment=self.segment,
                top=self.top,
                within=self.within,
                days=self.days,
            )
        except QuestionError as error:
            raise HttpError(422, str(error)) from error


class ColumnOut(Schema):
    """A column; money is in minor units of the row's currency, rates are fractions of one."""

    name: str
    unit: Unit


class FigureOut(Schema):
    """Rows of a figure, some of ``total``; ``next`` is the ``after`` of the page that follows."""

    figure: Figure
    first: date
    last: date
    columns: list[ColumnOut]
    rows: list[dict[str, Cell]]
    total: int
    next: int | None


class WaitOut(Schema):
    """Months of a large book are being worked out; the same request answers in a while."""

    detail: str


class SegmentsOut(Schema):
    """By what the book can be cut."""

    segments: list[str]


@router.get("/segments", response=SegmentsOut)
def list_segments(request: HttpRequest) -> dict[str, list[str]]:
    """The names that ``by``, ``where`` and ``segment`` take."""
    _require(request)
    return {"segments": list(SEGMENTS)}


@router.get("/{figure}", response={200: FigureOut, 202: WaitOut})
def read_figure(
    request: HttpRequest,
    figure: Figure,
    asked: Query[QuestionIn],
    limit: Annotated[int, Field(ge=1, le=_MOST_ROWS)] = 1000,
    after: Annotated[int, Field(ge=0)] = 0,
) -> Status[dict[str, Any]]:
    """A figure of the book, page by page; 202 while its months are worked out."""
    _require(request)
    question = asked.question(figure)
    try:
        table = ask_soon(question)
    except NotReadyError as error:
        return Status(202, {"detail": str(error)})
    except WorkError as error:
        raise HttpError(503, str(error)) from error
    rows = table.slice(after, limit).to_pylist()
    end = after + len(rows)
    answer = {
        "figure": figure,
        "first": question.first,
        "last": question.last,
        "columns": [{"name": name, "unit": unit_of(name)} for name in table.column_names],
        "rows": [{name: _cell(value) for name, value in row.items()} for row in rows],
        "total": table.num_rows,
        "next": end if end < table.num_rows else None,
    }
    return Status(200, answer)


@router.get("/{figure}/file", response={200: None, 202: WaitOut})
def download_figure(
    request: HttpRequest,
    figure: Figure,
    asked: Query[QuestionIn],
    format: Literal["csv", "parquet"] = "csv",  # noqa: A002  the name in the address
) -> HttpResponse | Status[dict[str, str]]:
    """The whole figure as a file; 202 while its months are worked out."""
    _require(request)
    try:
        table = ask_soon(asked.question(figure))
    except NotReadyError as error:
        return Status(202, {"detail": str(error)})
    except WorkError as error:
        raise HttpError(503, str(error)) from error
    return HttpResponse(
        as_bytes(table, format),
        content_type=FORMATS[format],
        headers={"Content-Disposition": f'attachment; filename="{figure}.{format}"'},
    )


def _cell(value: Any) -> Cell:
    return value.isoformat() if isinstance(value, date) else value


def _require(request: HttpRequest) -> None:
    permission = "dayrun.view_dayrun"
    if not (isinstance(request.user, User) and request.user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
