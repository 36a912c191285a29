from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from carrears.analytics.figures import QuestionError
from carrears.analytics.files import FORMATS, as_bytes
from carrears.analytics.services import NotReadyError, WorkError, ask_soon, try_again
from carrears.portfolio.services import BookError
from carrears.workbench.queries.analytics import analytics_page, definitions, question_of
from carrears.workbench.views.gate import StaffRequest, is_part, staff

_PERMISSION = "dayrun.view_dayrun"


@require_safe
@staff(_PERMISSION)
def show_analytics(request: StaffRequest) -> HttpResponse:
    """A figure by month and segment; to htmx only its changing part."""
    template = "_analytics.html" if is_part(request) else "analytics.html"
    page = analytics_page(request.GET)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if page.problem else HTTPStatus.OK
    return render(request, f"workbench/{template}", {"page": page}, status=status)


@require_safe
@staff(_PERMISSION)
def show_definitions(request: StaffRequest) -> HttpResponse:
    """What each figure is."""
    return render(request, "workbench/analytics_definitions.html", {"page": definitions()})


@require_safe
@staff(_PERMISSION)
def download_figure(request: StaffRequest) -> HttpResponse:
    """The rows of the figure shown, all of them, as a file."""
    kind = request.GET.get("format", "csv")
    if kind not in FORMATS:
        return _plain(f"format: one of {', '.join(FORMATS)}", HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        question = question_of(request.GET)
        table = ask_soon(question)
    except QuestionError as error:
        return _plain(str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    except BookError as error:
        return _plain(str(error), HTTPStatus.CONFLICT)
    except (NotReadyError, WorkError) as error:
        return _plain(str(error), HTTPStatus.SERVICE_UNAVAILABLE)
    name = f"{question.figure}-{question.first:%Y-%m}-{question.last:%Y-%m}.{kind}"
    response = HttpResponse(as_bytes(table, kind), content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


@require_POST
@staff(_PERMISSION)
def work_out_again(request: StaffRequest) -> HttpResponse:
    """Begin anew the background work that has failed."""
    try:
        try_again(question_of(request.GET))
    except (QuestionError, BookError) as error:
        return _plain(str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(f"{reverse('workbench:analytics')}?{request.GET.urlencode()}")


def _plain(text: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
