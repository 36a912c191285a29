from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from carrears.workbench.queries.ask import ask_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_http_methods(["GET", "HEAD", "POST"])
@staff("conduct.view_verdictrecord")
def ask(request: StaffRequest) -> HttpResponse:
    """Ask the gate about a loan, or about a case that is told freely. Nothing is kept."""
    told = request.POST.get("case", "") if request.method == "POST" else None
    page = ask_page(request.user, request.GET, told=told)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if page.free.faults else HTTPStatus.OK
    return render(request, "workbench/ask.html", {"page": page}, status=status)
